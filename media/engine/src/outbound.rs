//! The sending half of a port: whatever its phone is to hear, as one RTP stream.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::codec::{Codec, Decoder, Encoder, MAX_SAMPLES};
use crate::format::Format;
use crate::g711::Law;
use crate::player::{Player, Step};
use crate::rtp::{Header, HEADER_LEN, MAX_DATAGRAM, UNITS_PER_MS};
use crate::statistics::Counters;
use crate::stream::{OutStream, Relayed};

/// Where and how a port sends, as long as it may send.
#[derive(Clone, Copy, Debug)]
pub struct Destination {
    pub target: SocketAddr,
    pub format: Format,
}

/// The sending half of a port.
#[derive(Debug)]
pub struct Outbound {
    stream: OutStream,
    player: Option<Player>,
    destination: Option<Destination>,
    /// For what is made here.
    encoder: Encoder,
    codec: Codec,
    counters: Arc<Counters>,
}

impl Outbound {
    pub fn new(random: [u8; 10], counters: Arc<Counters>) -> Outbound {
        Outbound {
            stream: OutStream::new(random),
            player: None,
            destination: None,
            encoder: Encoder::new(Codec::G711(Law::A)),
            codec: Codec::G711(Law::A),
            counters,
        }
    }

    /// Where to send from now on; `None` while there is nowhere.
    pub fn direct(&mut self, destination: Option<Destination>) {
        match destination {
            Some(to) if to.format.codec != self.codec => {
                self.codec = to.format.codec;
                self.encoder = Encoder::new(self.codec);
            }
            Some(_) => {}
            None => self.stream.interrupt(),
        }
        self.destination = destination;
    }

    /// Where relayed packets go; `None` while there is nowhere or a player is heard instead.
    pub fn relay_destination(&self) -> Option<Destination> {
        self.destination.filter(|_| self.player.is_none())
    }

    /// Sends a relayed packet whose payload lies at `HEADER_LEN` of `packet`, room for the header
    /// before it.
    pub fn relay(
        &mut self,
        socket: &UdpSocket,
        relayed: Relayed,
        (payload_type, target): (u8, SocketAddr),
        packet: &mut [u8],
        now: u64,
    ) {
        let units = self.codec.samples(packet.len().saturating_sub(HEADER_LEN)) as u32;
        let Some(header) = self.stream.relay(relayed, payload_type, units, now) else {
            return;
        };
        if let Some(place) = packet.get_mut(..HEADER_LEN) {
            place.copy_from_slice(&header.to_bytes());
            self.send(socket, packet, target);
        }
    }

    /// Sends a packet of the mix.
    pub fn mix(&mut self, socket: &UdpSocket, to: Destination, samples: &[i16], now: u64) {
        let units = samples.len() as u32;
        let made = self.stream.mix(to.format.payload_type, units, now);
        self.encode(socket, to.target, made, samples);
    }

    fn encode(&mut self, socket: &UdpSocket, target: SocketAddr, made: Header, samples: &[i16]) {
        let mut buffer = [0; MAX_DATAGRAM];
        let end = HEADER_LEN + self.codec.bytes(samples.len());
        let Some(packet) = buffer.get_mut(..end) else {
            return;
        };
        let (header, payload) = packet.split_at_mut(HEADER_LEN);
        header.copy_from_slice(&made.to_bytes());
        self.encoder.encode(samples, payload);
        self.send(socket, packet, target);
    }

    /// Whether what was sent so far has been heard by now, or nearly.
    pub fn is_due(&self, now: u64) -> bool {
        self.stream.is_due(now)
    }

    /// A packet of the present speaker is not for this phone.
    pub fn omit(&mut self, relayed: Relayed) {
        self.stream.omit(relayed);
    }

    /// The speaker changed.
    pub fn interrupt(&mut self) {
        self.stream.interrupt();
    }

    /// Puts a player in place of whatever is heard; returns the one that it ends.
    pub fn play(&mut self, player: Player) -> Option<Player> {
        self.stream.interrupt();
        self.player.replace(player)
    }

    /// Takes the player away.
    pub fn stop_play(&mut self) -> Option<Player> {
        self.player.take()
    }

    pub fn is_playing(&self) -> bool {
        self.player.is_some()
    }

    /// Sends what the player has due; returns it when it has finished. A player waits until
    /// there is somewhere to send to, so that nothing of it is lost.
    pub fn advance(&mut self, socket: &UdpSocket, now: u64) -> Option<Player> {
        let Destination { target, format } = self.destination?;
        let units = format.packet_ms * UNITS_PER_MS;
        let mut buffer = [0; MAX_DATAGRAM];
        let packet = buffer.get_mut(..HEADER_LEN + units as usize)?;
        let mut burst = 0;
        loop {
            let (header, codes) = packet.split_at_mut(HEADER_LEN);
            let law = format.codec.law();
            match self.player.as_mut()?.step(now, burst, law, codes) {
                Step::Wait => return None,
                Step::Finished => return self.player.take(),
                Step::Restart => self.stream.interrupt(),
                Step::Send { due } => {
                    let made = self.stream.play(format.payload_type, units, due);
                    burst += 1;
                    if let Codec::G711(_) = format.codec {
                        header.copy_from_slice(&made.to_bytes());
                        self.send(socket, packet, target);
                        continue;
                    }
                    let mut samples = [0; MAX_SAMPLES];
                    let samples = Decoder::G711(law).decode(codes, &mut samples);
                    self.encode(socket, target, made, samples);
                }
            }
        }
    }

    /// A packet that the kernel does not take is lost, as any packet may be; it is counted.
    fn send(&self, socket: &UdpSocket, packet: &[u8], target: SocketAddr) {
        match socket.send_to(packet, target) {
            Ok(bytes) => {
                self.counters.packets_sent.add(1);
                self.counters.bytes_sent.add(bytes as u64);
            }
            Err(_) => self.counters.send_errors.add(1),
        }
    }
}
