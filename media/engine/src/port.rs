//! One phone's end of the media: a socket, what comes in, what goes out, and who hears whom.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::codec::{Codec, Decoder};
use crate::format::Format;
use crate::g711::Law;
use crate::inbound::Inbound;
use crate::mix::Mix;
use crate::outbound::{Destination, Outbound};
use crate::recordings::Tap;
use crate::statistics::Counters;
use crate::voice::Voice;

/// One RTP port. Other ports are named by their slots in the switchboard.
#[derive(Debug)]
pub struct Port {
    pub id: u64,
    pub socket: UdpSocket,
    pub inbound: Inbound,
    pub outbound: Outbound,
    /// Whose packets are relayed to this port's phone.
    pub speaker: Option<usize>,
    /// To whom this port's phone's packets are relayed.
    pub listeners: Vec<usize>,
    /// What this port's phone hears, if that is mixed.
    pub mix: Option<Box<Mix>>,
    /// What this port's phone says, if it is in a mix.
    pub voice: Option<Box<Voice>>,
    pub taps: Vec<Tap>,
    /// Of what this port's phone says.
    pub decoder: Decoder,
}

impl Port {
    pub fn new(id: u64, socket: UdpSocket, random: [u8; 10], counters: Arc<Counters>) -> Port {
        Port {
            id,
            socket,
            inbound: Inbound::new(Arc::clone(&counters)),
            outbound: Outbound::new(random, counters),
            speaker: None,
            listeners: Vec::new(),
            mix: None,
            voice: None,
            taps: Vec::new(),
            decoder: Decoder::new(Codec::G711(Law::A)),
        }
    }

    pub fn configure(&mut self, remote: SocketAddr, format: Format, now: u64) {
        let before = self.inbound.format().map(|format| format.codec);
        if before != Some(format.codec) {
            self.decoder = Decoder::new(format.codec);
        }
        self.inbound.configure(remote, format, now);
        self.redirect();
    }

    /// Sends to where the peer is now known to be.
    pub fn redirect(&mut self) {
        let target = self.inbound.target();
        let format = self.inbound.format();
        let destination = target
            .zip(format)
            .map(|(target, format)| Destination { target, format });
        self.outbound.direct(destination);
    }
}
