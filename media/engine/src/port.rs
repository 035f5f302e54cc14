//! One phone's end of the media: a socket, what comes in, what goes out, and who hears whom.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::format::Format;
use crate::inbound::Inbound;
use crate::outbound::{Destination, Outbound};
use crate::recordings::Tap;
use crate::statistics::Counters;

/// One RTP port. Other ports are named by their slots in the switchboard.
#[derive(Debug)]
pub struct Port {
    pub id: u64,
    pub socket: UdpSocket,
    pub inbound: Inbound,
    pub outbound: Outbound,
    /// Whom this port's phone hears.
    pub speaker: Option<usize>,
    /// Who hears this port's phone.
    pub listeners: Vec<usize>,
    pub taps: Vec<Tap>,
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
            taps: Vec::new(),
        }
    }

    pub fn configure(&mut self, remote: SocketAddr, format: Format, now: u64) {
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
