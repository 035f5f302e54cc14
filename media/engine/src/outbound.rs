//! The sending half of a port: whatever its phone is to hear, as one RTP stream.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::format::Format;
use crate::player::{Player, Step};
use crate::rtp::{HEADER_LEN, MAX_DATAGRAM, UNITS_PER_MS};
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
    counters: Arc<Counters>,
}

impl Outbound {
    pub fn new(random: [u8; 10], counters: Arc<Counters>) -> Outbound {
        Outbound {
            stream: OutStream::new(random),
            player: None,
            destination: None,
            counters,
        }
    }

    /// Where to send from now on; `None` while there is nowhere.
    pub fn direct(&mut self, destination: Option<Destination>) {
        if destination.is_none() {
            self.stream.interrupt();
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
        let units = packet.len().saturating_sub(HEADER_LEN) as u32;
        let Some(header) = self.stream.relay(relayed, payload_type, units, now) else {
            return;
        };
        if let Some(place) = packet.get_mut(..HEADER_LEN) {
            place.copy_from_slice(&header.to_bytes());
            self.send(socket, packet, target);
        }
    }

    /// Sends a packet of the mix whose payload lies at `HEADER_LEN` of `packet`.
    pub fn mix(&mut self, socket: &UdpSocket, to: Destination, packet: &mut [u8], now: u64) {
        let units = packet.len().saturating_sub(HEADER_LEN) as u32;
        let header = self.stream.mix(to.format.payload_type, units, now);
        if let Some(place) = packet.get_mut(..HEADER_LEN) {
            place.copy_from_slice(&header.to_bytes());
            self.send(socket, packet, to.target);
        }
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
            match self.player.as_mut()?.step(now, burst, format.law, codes) {
                Step::Wait => return None,
                Step::Finished => return self.player.take(),
                Step::Restart => self.stream.interrupt(),
                Step::Send { due } => {
                    let made = self.stream.play(format.payload_type, units, due);
                    header.copy_from_slice(&made.to_bytes());
                    self.send(socket, packet, target);
                    burst += 1;
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
