//! The sending half of a port: whatever its phone is to hear, as one RTP stream.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::codec::{Codec, Decoder, Encoder, MAX_SAMPLES};
use crate::conceal::Past;
use crate::format::Format;
use crate::g711::Law;
use crate::keying::{self, EventPacket, Keying, Press};
use crate::player::{Change, Player, Step};
use crate::rate::Rate;
use crate::rtp::{Header, HEADER_LEN, MAX_DATAGRAM, UNITS_PER_MS};
use crate::srtp::{Protection, Sealer, MAX_ADDED};
use crate::statistics::Counters;
use crate::stream::{OutStream, Relayed, SourceId};

/// A report's weight in the loss that is expected: one bad interval is not the network.
const LOSS_GAIN: f64 = 0.5;
/// In percent: a network that has been good may turn bad at once, and beyond the other end a second copy
/// helps no more.
const LEAST_LOSS: u8 = 2;
const MOST_LOSS: u8 = 30;

/// Where and how a port sends, as long as it may send.
#[derive(Clone, Copy, Debug)]
pub struct Destination {
    pub target: SocketAddr,
    pub format: Format,
}

/// The sending half of a port.
#[derive(Debug)]
#[repr(C)]
pub struct Outbound {
    destination: Option<Destination>,
    player: Option<Box<Player>>,
    /// Keys that are being sent, in place of all else that is heard.
    keying: Option<Box<Keying>>,
    codec: Codec,
    protection: Protection<Sealer>,
    counters: Arc<Counters>,
    stream: OutStream,
    /// For what is made here.
    encoder: Encoder,
    /// The key that was passed on last: whose, and when it was pressed.
    passed: Option<(SourceId, u32)>,
    /// The share that is lost on its way, as the peer reports it, and what is coded for, in percent.
    loss: f64,
    expected_loss: Option<u8>,
}

impl Outbound {
    pub fn new(random: [u8; 10], counters: Arc<Counters>) -> Outbound {
        Outbound {
            stream: OutStream::new(random),
            player: None,
            keying: None,
            destination: None,
            encoder: Encoder::new(Codec::G711(Law::A)),
            codec: Codec::G711(Law::A),
            passed: None,
            loss: 0.0,
            expected_loss: None,
            protection: Protection::Absent,
            counters,
        }
    }

    /// How packets are protected from now on; a change takes effect at the next `direct`.
    pub fn protection(&mut self) -> &mut Protection<Sealer> {
        &mut self.protection
    }

    /// Where to send from now on; `None` while there is nowhere.
    pub fn direct(&mut self, destination: Option<Destination>) {
        let destination = destination.filter(|_| !self.protection.is_awaited());
        match destination {
            Some(to) if to.format.codec != self.codec => {
                self.codec = to.format.codec;
                self.renew_encoder();
                self.stream.count_in(self.codec.units_per_ms());
            }
            Some(_) => {}
            None => self.stream.interrupt(),
        }
        self.destination = destination;
    }

    /// The one stream of this port.
    pub fn stream(&self) -> &OutStream {
        &self.stream
    }

    /// Where relayed packets go; `None` while there is nowhere, or a player or keys are heard
    /// instead.
    pub fn relay_destination(&self) -> Option<Destination> {
        self.destination.filter(|_| !self.is_playing())
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
        let is_audio = self
            .destination
            .is_some_and(|to| to.format.payload_type == payload_type);
        let units = match packet.get(HEADER_LEN..) {
            Some(payload) if is_audio => self.codec.units(payload),
            _ => 0,
        };
        let Some(header) = self.stream.relay(relayed, payload_type, units, now) else {
            return;
        };
        if let Some(place) = packet.get_mut(..HEADER_LEN) {
            place.copy_from_slice(&header.to_bytes());
            self.send(socket, packet, target);
        }
    }

    /// A mix follows what the phone heard last, no wider than that: what is coded next goes on from there.
    pub fn go_on(&mut self, past: &Past, width: Rate) {
        if self.codec.has_memory() {
            let rate = self.codec.rate();
            self.renew_encoder();
            self.encoder.expect_width(width);
            let past = past.at(rate);
            let newest = past.recent().rchunks(2 * rate.frame()).next();
            // What comes of it the phone has heard in other words.
            self.encoder
                .encode(newest.unwrap_or_default(), rate, &mut [0; MAX_DATAGRAM]);
        }
    }

    /// Sends a packet of the mix, of voices no wider than that. Where it cannot be coded nothing is sent, and
    /// no number used up.
    pub fn mix(
        &mut self,
        socket: &UdpSocket,
        to: Destination,
        (samples, width): (&[i16], Rate),
        now: u64,
    ) {
        if self.codec.is_opaque() {
            return;
        }
        let rate = self.codec.rate();
        let units = self.units(samples.len() / rate.times());
        let made = self.stream.mix(to.format.payload_type, units, now);
        self.encoder.expect_width(width);
        self.encode(socket, to.target, made, (samples, rate));
    }

    /// Sends samples at a rate.
    fn encode(
        &mut self,
        socket: &UdpSocket,
        target: SocketAddr,
        made: Header,
        (samples, rate): (&[i16], Rate),
    ) {
        let mut buffer = [0; MAX_DATAGRAM];
        let (header, payload) = buffer.split_at_mut(HEADER_LEN);
        header.copy_from_slice(&made.to_bytes());
        let length = self.encoder.encode(samples, rate, payload);
        if let Some(packet) = buffer.get(..HEADER_LEN + length) {
            self.send(socket, packet, target);
        }
    }

    /// RTP timestamp units of so many samples at 8000 Hz.
    fn units(&self, samples: usize) -> u32 {
        samples as u32 * (self.codec.units_per_ms() / UNITS_PER_MS)
    }

    /// What is made here is coded for the loss that the peer reports.
    pub fn heed_reports(&mut self) {
        let Some(remote) = self.counters.report().remote else {
            return;
        };
        self.loss += (remote.loss - self.loss) * LOSS_GAIN;
        let percent = (self.loss * 100.0).round() as u8;
        let percent = percent.clamp(LEAST_LOSS, MOST_LOSS);
        self.encoder.expect_loss(percent);
        self.expected_loss = Some(percent);
    }

    /// Nothing is kept of what was said, but what is known of the way.
    fn renew_encoder(&mut self) {
        self.encoder = Encoder::new(self.codec);
        if let Some(percent) = self.expected_loss {
            self.encoder.expect_loss(percent);
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
        self.player.replace(Box::new(player)).map(|before| *before)
    }

    /// Changes the player of that number; nothing if another one plays, or none.
    pub fn change_player(&mut self, id: u64, change: Change) {
        if let Some(player) = self.player.as_mut().filter(|player| player.id == id) {
            player.change(change);
        }
    }

    /// Takes the player away.
    pub fn stop_play(&mut self) -> Option<Player> {
        self.player.take().map(|player| *player)
    }

    /// Sends these keys after those that are being sent; a player waits meanwhile.
    pub fn send_keys(&mut self, presses: &[Press]) {
        self.keying.get_or_insert_default().press(presses);
    }

    /// Whether what is heard is made here.
    pub fn is_playing(&self) -> bool {
        self.player.is_some() || self.keying.is_some()
    }

    /// When there is something to do again, as far as that is known; 0: it may be at any moment.
    pub fn next_due(&self) -> u64 {
        let player = self.player.as_ref().filter(|_| self.keying.is_none());
        player.and_then(|player| player.due()).unwrap_or(0)
    }

    /// Sends what keys and player have due; returns the player when it has finished. They wait
    /// until there is somewhere to send to, so that nothing of them is lost.
    pub fn advance(&mut self, socket: &UdpSocket, now: u64) -> Option<Player> {
        if let Some(mut keying) = self.keying.take() {
            if !self.advance_keys(&mut keying, socket, now) {
                self.keying = Some(keying);
                return None;
            }
        }
        self.advance_player(socket, now)
    }

    /// Sends what the keys have due; whether all of them were sent.
    fn advance_keys(&mut self, keying: &mut Keying, socket: &UdpSocket, now: u64) -> bool {
        let Some(to) = self.destination else {
            return false;
        };
        let mut codes = [0; MAX_SAMPLES];
        let units = (to.format.packet_ms * UNITS_PER_MS) as usize;
        let codes = codes.get_mut(..units).unwrap_or_default();
        let mut burst = 0;
        loop {
            match keying.step(now, burst, &to.format, codes) {
                keying::Step::Wait => return false,
                keying::Step::Finished => return true,
                keying::Step::Restart => self.stream.interrupt(),
                keying::Step::Event(event) => self.send_event(socket, to, event, now),
                keying::Step::Tones { .. } if self.codec.is_opaque() => burst += 1,
                keying::Step::Tones { due } => {
                    let made = self
                        .stream
                        .play(to.format.payload_type, self.units(units), due);
                    let mut samples = [0; MAX_SAMPLES];
                    let samples = Decoder::G711(to.format.codec.law()).decode(codes, &mut samples);
                    self.encoder.expect_width(Rate::Narrow);
                    self.encode(socket, to.target, made, (samples, Rate::Narrow));
                    burst += 1;
                }
            }
        }
    }

    fn send_event(&mut self, socket: &UdpSocket, to: Destination, event: EventPacket, now: u64) {
        let Some(payload_type) = to.format.event_payload_type else {
            return;
        };
        let units = self.units(usize::from(event.duration));
        let header = self.stream.event(payload_type, event.starts, units, now);
        let mut packet = [0; HEADER_LEN + 4];
        let (head, payload) = packet.split_at_mut(HEADER_LEN);
        head.copy_from_slice(&header.to_bytes());
        payload.copy_from_slice(&event.payload);
        self.send(socket, &packet, to.target);
    }

    /// Passes on a packet of a key that is not relayed with its speaker's voice, which is coded anew.
    pub fn pass_event(&mut self, socket: &UdpSocket, key: Relayed, payload: &[u8], now: u64) {
        let Some(to) = self.relay_destination() else {
            return;
        };
        let (Some(payload_type), &[.., d0, d1]) = (to.format.event_payload_type, payload) else {
            return;
        };
        let begun = (key.source, key.timestamp);
        let starts = self.passed.replace(begun) != Some(begun);
        let units = self.units(usize::from(u16::from_be_bytes([d0, d1])));
        let header = self.stream.event(payload_type, starts, units, now);
        let mut packet = [0; MAX_DATAGRAM];
        let end = HEADER_LEN + payload.len();
        if let Some(packet) = packet.get_mut(..end) {
            let (head, body) = packet.split_at_mut(HEADER_LEN);
            head.copy_from_slice(&header.to_bytes());
            body.copy_from_slice(payload);
            self.send(socket, packet, to.target);
        }
    }

    fn advance_player(&mut self, socket: &UdpSocket, now: u64) -> Option<Player> {
        let Destination { target, format } = self.destination?;
        let samples = (format.packet_ms * UNITS_PER_MS) as usize;
        let units = self.units(samples);
        let mut buffer = [0; MAX_DATAGRAM];
        let packet = buffer.get_mut(..HEADER_LEN + samples)?;
        let mut burst = 0;
        loop {
            let (header, codes) = packet.split_at_mut(HEADER_LEN);
            let law = format.codec.law();
            match self.player.as_mut()?.step(now, burst, law, codes) {
                Step::Wait => return None,
                Step::Finished => return self.stop_play(),
                Step::Restart => self.stream.interrupt(),
                // It plays on in silence, so that its end comes when it is expected.
                Step::Send { .. } if self.codec.is_opaque() => burst += 1,
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
                    self.encoder.expect_width(Rate::Narrow);
                    self.encode(socket, target, made, (samples, Rate::Narrow));
                }
            }
        }
    }

    /// A packet that the kernel does not take is lost, as any packet may be; it is counted.
    fn send(&mut self, socket: &UdpSocket, packet: &[u8], target: SocketAddr) {
        let sent = match &mut self.protection {
            Protection::Absent => socket.send_to(packet, target),
            Protection::Awaited => return,
            Protection::Keyed(sealer) => send_sealed(sealer, socket, packet, target),
        };
        match sent {
            Ok(bytes) => {
                self.counters.packets_sent.add(1);
                self.counters.bytes_sent.add(bytes as u64);
            }
            Err(_) => self.counters.send_errors.add(1),
        }
    }
}

/// Seals a copy: the packet may have other listeners, too.
fn send_sealed(
    sealer: &mut Sealer,
    socket: &UdpSocket,
    packet: &[u8],
    target: SocketAddr,
) -> io::Result<usize> {
    let mut room = [0; MAX_DATAGRAM + MAX_ADDED];
    if let Some(copy) = room.get_mut(..packet.len()) {
        copy.copy_from_slice(packet);
    }
    let sealed = sealer.seal_rtp(&mut room, packet.len());
    match sealed.and_then(|end| room.get(..end)) {
        Some(sealed) => socket.send_to(sealed, target),
        None => Err(io::ErrorKind::InvalidInput.into()),
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::statistics::Remote;
    use crate::testing::sine_at;

    const OPUS: Codec = Codec::Opus;

    /// Payloads of a mix that follows something else, of a way that loses much: reported before that, after
    /// it, or never.
    fn mixed(is_known_before: Option<bool>) -> Vec<Vec<u8>> {
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let counters = Arc::<Counters>::default();
        counters.update(|report| {
            report.remote = Some(Remote {
                loss: 0.4,
                ..Remote::default()
            });
        });
        let to = Destination {
            target: phone.local_addr().unwrap(),
            format: Format {
                payload_type: 96,
                codec: OPUS,
                event_payload_type: None,
                comfort_noise: false,
                packet_ms: 20,
            },
        };
        let mut outbound = Outbound::new([7; 10], counters);
        outbound.direct(Some(to));
        if is_known_before == Some(true) {
            outbound.heed_reports();
        }
        outbound.go_on(&Past::silent(Rate::Wide), Rate::Wide);
        if is_known_before == Some(false) {
            outbound.heed_reports();
        }
        let heard = (0..20).map(|nth| {
            let samples = sine_at(Rate::Wide, 440.0, 8000.0, nth * 320, 320);
            let now = nth as u64 * 20_000_000;
            outbound.mix(&socket, to, (&samples, Rate::Wide), now);
            let mut datagram = [0; MAX_DATAGRAM];
            let length = phone.recv(&mut datagram).unwrap();
            datagram[HEADER_LEN..length].to_vec()
        });
        heard.collect()
    }

    #[test]
    fn who_is_mixed_again_is_still_known_to_lose_much() {
        assert_eq!(mixed(Some(true)), mixed(Some(false)));
        assert_ne!(mixed(Some(true)), mixed(None));
    }
}
