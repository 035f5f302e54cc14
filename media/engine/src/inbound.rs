//! The receiving half of a port: is this datagram what the peer agreed to send, from where the
//! peer is, and what does it say? Pure but for the counters; time is passed in.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::Arc;

use crate::codec::Codec;
use crate::dtmf::{self, Digit};
use crate::format::Format;
use crate::latch::{Latch, Verdict};
use crate::presence::{Change, Presence};
use crate::receive::{self, Order};
use crate::ring::Spoken;
use crate::rtp;
use crate::statistics::Counters;

/// Comfort noise's static payload type (RFC 3389): senders use it without asking.
pub const COMFORT_NOISE: u8 = 13;

/// A packet that ends so is a bug's in tests.
#[cfg(test)]
pub const TRIPWIRE: &[u8] = b"trip";

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Audio(Codec),
    TelephoneEvent,
    ComfortNoise,
}

/// A packet that passed every check.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub content: Content,
    /// Where in the datagram.
    pub payload: Range<usize>,
    /// Extended sequence number.
    pub number: u64,
    pub restarts: u32,
    pub timestamp: u32,
    pub marker: bool,
    /// The first packet that this port ever accepted.
    pub is_first: bool,
    /// The source was learned just now.
    pub is_learned: bool,
    pub digit: Option<Digit>,
    /// A press that its source did not live to end.
    pub earlier_digit: Option<Digit>,
}

/// The receiving half of a port.
#[derive(Debug)]
#[repr(C)]
pub struct Inbound {
    format: Option<Format>,
    has_started: bool,
    timed_out: bool,
    /// When the peer was last heard, or since when it is expected to be.
    heard_at: u64,
    counters: Arc<Counters>,
    latch: Latch,
    presence: Presence,
    receiver: receive::Receiver,
    dtmf: dtmf::Receiver,
}

impl Inbound {
    pub fn new(counters: Arc<Counters>) -> Inbound {
        Inbound {
            format: None,
            latch: Latch::default(),
            receiver: receive::Receiver::default(),
            dtmf: dtmf::Receiver::default(),
            counters,
            has_started: false,
            heard_at: 0,
            timed_out: false,
            presence: Presence::default(),
        }
    }

    /// From now on this is what the peer sends. The time until a timeout begins anew.
    pub fn configure(&mut self, remote: SocketAddr, format: Format, now: u64) {
        self.latch.signal(remote);
        self.format = Some(format);
        self.heard_at = now;
        self.timed_out = false;
    }

    /// Judges a datagram; one that is not to be used is counted and `None`.
    pub fn receive(&mut self, datagram: &[u8], source: SocketAddr, now: u64) -> Option<Arrival> {
        let Some((packet, content)) = self.recognise(datagram) else {
            self.counters.discarded.add(1);
            return None;
        };
        // Only now: what is no valid packet must not be able to take the port over.
        let verdict = self.latch.judge(source, now);
        match verdict {
            Verdict::Accept => {}
            Verdict::Learn => self.counters.learn(source),
            Verdict::Refuse => {
                self.counters.refused.add(1);
                return None;
            }
        }
        #[cfg(test)]
        assert!(!datagram.ends_with(TRIPWIRE), "tripped");
        self.heard_at = now;
        self.timed_out = false;
        self.counters.packets_received.add(1);
        self.counters.bytes_received.add(datagram.len() as u64);
        let (number, order) = self.receiver.receive(packet.ssrc, packet.sequence);
        let payload = datagram.get(packet.payload.clone()).unwrap_or_default();
        match (content, order.is_usable()) {
            (Content::Audio(codec), true) => {
                self.receiver
                    .time(packet.timestamp, codec.units_per_ms(), now);
                self.presence.hear(payload, codec, now);
                if order != Order::Late {
                    self.presence.speak();
                }
            }
            (Content::ComfortNoise, true) if order != Order::Late => {
                self.presence.pause(payload, now);
            }
            _ => {}
        }
        self.publish();
        if !order.is_usable() {
            return None;
        }
        let restarted = order == Order::Restart;
        let earlier_digit = restarted.then(|| self.dtmf.reset()).flatten();
        let digit = match (content, datagram.get(packet.payload.clone())) {
            (Content::TelephoneEvent, Some(event)) => {
                self.dtmf.receive(event, packet.timestamp, now)
            }
            _ => None,
        };
        Some(Arrival {
            content,
            payload: packet.payload,
            number,
            restarts: self.receiver.restarts(),
            timestamp: packet.timestamp,
            marker: packet.marker,
            is_first: !std::mem::replace(&mut self.has_started, true),
            is_learned: verdict == Verdict::Learn,
            digit,
            earlier_digit,
        })
    }

    /// Its voice was decoded for somebody else.
    pub fn hear_decoded(&mut self, spoken: Spoken, now: u64) {
        self.presence.hear_decoded(spoken, now);
    }

    /// The digit whose end was lost, once it is due.
    pub fn advance(&mut self, now: u64) -> Option<Digit> {
        self.dtmf.advance(now)
    }

    /// Whether the peer has just been silent for `limit` nanoseconds; said once until it speaks.
    pub fn times_out(&mut self, now: u64, limit: u64) -> bool {
        if self.format.is_none() || self.timed_out || now.saturating_sub(self.heard_at) < limit {
            return false;
        }
        self.timed_out = true;
        true
    }

    /// Whether the voice has gone missing or is back; `is_heard`: somebody listens.
    pub fn watch(&mut self, is_heard: bool, limit: u64, now: u64) -> Option<Change> {
        let change = self.presence.advance(is_heard, limit, now);
        self.counters
            .missing_ms
            .set(self.presence.missed(now) / 1_000_000);
        change
    }

    /// What was agreed on, once it was.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Where the peer is, whether or not it wants to be sent voice.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.latch.peer()
    }

    /// What was counted of the peer's stream.
    pub fn receiver(&self) -> &receive::Receiver {
        &self.receiver
    }

    /// From now on ICE says who the peer is.
    pub fn await_checks(&mut self) {
        self.latch.await_checks();
    }

    /// An authentic check came from there; whether the peer is to be sent to elsewhere now.
    pub fn check(&mut self, source: SocketAddr, is_nominated: bool) -> bool {
        self.latch.check(source, is_nominated)
    }

    /// Whether a handshake may come from there.
    pub fn admits(&self, source: SocketAddr) -> bool {
        self.latch.admits(source)
    }

    /// A datagram that is not for this port, as it was agreed on.
    pub fn discard(&self) {
        self.counters.discarded.add(1);
    }

    /// Where the peer is to be sent to.
    pub fn target(&self) -> Option<SocketAddr> {
        self.latch.target()
    }

    fn recognise(&self, datagram: &[u8]) -> Option<(rtp::Packet, Content)> {
        let format = self.format?;
        let packet = rtp::parse(datagram).ok()?;
        let content = match packet.payload_type {
            audio if audio == format.payload_type => Content::Audio(format.codec),
            event if Some(event) == format.event_payload_type => Content::TelephoneEvent,
            COMFORT_NOISE => Content::ComfortNoise,
            _ => return None,
        };
        Some((packet, content))
    }

    fn publish(&self) {
        let counters = &self.counters;
        counters.lost.set(self.receiver.lost());
        counters.duplicates.set(self.receiver.duplicates);
        counters.reordered.set(self.receiver.reordered);
        counters
            .jitter
            .store(self.receiver.jitter_us(), Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use crate::rtp::Header;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;
    const FORMAT: Format = Format {
        payload_type: 8,
        codec: Codec::G711(Law::A),
        event_payload_type: Some(101),
        comfort_noise: true,
        packet_ms: 20,
    };

    fn peer() -> SocketAddr {
        "192.0.2.1:4000".parse().unwrap()
    }

    fn stranger() -> SocketAddr {
        "203.0.113.9:9".parse().unwrap()
    }

    fn inbound() -> Inbound {
        let mut inbound = Inbound::new(Arc::default());
        inbound.configure(peer(), FORMAT, 0);
        inbound
    }

    fn datagram(payload_type: u8, sequence: u16, payload: &[u8]) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload_type,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc: 1,
        };
        [&header.to_bytes()[..], payload].concat()
    }

    #[test]
    fn only_what_was_agreed_on_is_accepted() {
        let rows: &[(&str, Vec<u8>, Option<Content>)] = &[
            (
                "audio",
                datagram(8, 1, &[0xd5; 160]),
                Some(Content::Audio(Codec::G711(Law::A))),
            ),
            (
                "an event",
                datagram(101, 2, &[1, 0, 0, 1]),
                Some(Content::TelephoneEvent),
            ),
            (
                "comfort noise",
                datagram(13, 3, &[40]),
                Some(Content::ComfortNoise),
            ),
            ("the other law", datagram(0, 4, &[0xff; 160]), None),
            ("RTCP", datagram(72, 5, &[0; 16]), None),
            ("half a header", vec![0x80; 7], None),
        ];
        let mut inbound = inbound();
        for (name, bytes, content) in rows {
            let arrival = inbound.receive(bytes, peer(), 0);
            assert_eq!(arrival.map(|arrival| arrival.content), *content, "{name}");
        }
        assert_eq!(inbound.counters.discarded.get(), 3);
        assert_eq!(inbound.counters.packets_received.get(), 3);
    }

    #[test]
    fn who_sends_comfort_noise_in_a_pause_is_not_missed_unless_it_says_that_it_is_mute() {
        let limit = 10_000 * MS;
        let missing = |no_packets| Some(Change::Missing { no_packets });
        // what comes after two seconds of voice, and what is told within the minute
        let rows: [(Option<u8>, Option<Change>); 4] = [
            (Some(40), None),
            (Some(66), None),
            (Some(127), missing(false)),
            (None, missing(true)),
        ];
        for (level, expected) in rows {
            let mut inbound = inbound();
            let mut told = None;
            for tenth in 0..600 {
                let (now, sequence) = (tenth * 100 * MS, tenth as u16);
                let packet = match (level, tenth) {
                    (_, 0..20) => Some(datagram(8, sequence, &[0x2a; 160])),
                    (Some(level), 20) => Some(datagram(13, sequence, &[level])),
                    _ => None,
                };
                if let Some(packet) = packet {
                    inbound.receive(&packet, peer(), now);
                }
                told = told.or(inbound.watch(true, limit, now));
            }
            assert_eq!(told, expected, "{level:?}");
        }
    }

    #[test]
    fn who_announced_a_pause_long_ago_and_never_again_is_missed() {
        let (second, limit) = (1000 * MS, 20_000 * MS);
        for repeats in [1, 4] {
            let mut inbound = inbound();
            let mut told = Vec::new();
            for at in 0..1800u64 {
                let pause = at % 60 == 1 && at / 60 < repeats;
                if at == 0 {
                    inbound.receive(&datagram(8, 0, &[0x2a; 160]), peer(), 0);
                } else if pause {
                    inbound.receive(&datagram(13, at as u16, &[40]), peer(), at * second);
                }
                let change = inbound.watch(true, limit, at * second);
                told.extend(change.map(|change| (at, change)));
            }
            let expected = 60 * (repeats - 1) + 180 + 20;
            let gone = Change::Missing { no_packets: true };
            assert_eq!(told, [(expected, gone)], "{repeats}");
        }
    }

    #[test]
    fn a_pause_begins_and_ends_in_the_order_in_which_packets_were_sent() {
        let gone = Change::Missing { no_packets: true };
        // what was sent, in the order in which it came
        let rows = [
            ([(8, 0), (13, 2), (8, 1)], None),
            ([(8, 0), (8, 2), (13, 1)], Some(gone)),
        ];
        for (packets, expected) in rows {
            let mut inbound = inbound();
            inbound.watch(true, 10_000 * MS, 0);
            for (payload_type, sequence) in packets {
                inbound.receive(&datagram(payload_type, sequence, &[0x2a]), peer(), MS);
            }
            let told = (1..60).find_map(|at| inbound.watch(true, 10_000 * MS, at * 1000 * MS));
            assert_eq!(told, expected, "{packets:?}");
        }
    }

    #[test]
    fn nothing_is_accepted_or_learned_before_the_port_is_configured() {
        let mut inbound = Inbound::new(Arc::default());
        assert!(inbound
            .receive(&datagram(8, 1, &[0; 160]), stranger(), 0)
            .is_none());
        assert_eq!(inbound.counters.remote(), None);
    }

    #[test]
    fn an_invalid_packet_does_not_take_the_port_over() {
        let mut inbound = inbound();
        inbound.receive(&datagram(99, 1, &[0; 160]), stranger(), 0);
        let arrival = inbound
            .receive(&datagram(8, 1, &[0; 160]), peer(), 0)
            .unwrap();
        assert!(arrival.is_first && arrival.is_learned);
        inbound.receive(&datagram(8, 2, &[0; 160]), stranger(), MS);
        assert_eq!(inbound.counters.refused.get(), 1);
        assert_eq!(inbound.counters.remote(), Some(peer()));
    }

    #[test]
    fn a_duplicate_is_counted_and_not_used() {
        let mut inbound = inbound();
        assert!(inbound
            .receive(&datagram(8, 1, &[0; 160]), peer(), 0)
            .is_some());
        assert!(inbound
            .receive(&datagram(8, 1, &[0; 160]), peer(), 0)
            .is_none());
        assert_eq!(inbound.counters.duplicates.get(), 1);
    }

    #[test]
    fn silence_is_reported_once_until_the_peer_speaks_again() {
        let mut inbound = inbound();
        let limit = 1000 * MS;
        assert!(!inbound.times_out(999 * MS, limit));
        assert!(inbound.times_out(1000 * MS, limit));
        assert!(!inbound.times_out(5000 * MS, limit));
        inbound.receive(&datagram(8, 1, &[0; 160]), peer(), 6000 * MS);
        assert!(!inbound.times_out(6999 * MS, limit));
        assert!(inbound.times_out(7000 * MS, limit));
    }

    #[test]
    fn a_port_that_was_never_configured_does_not_time_out() {
        assert!(!Inbound::new(Arc::default()).times_out(u64::MAX, 1));
    }

    #[test]
    fn a_press_cut_off_by_a_new_source_is_reported() {
        let mut inbound = inbound();
        inbound.receive(&datagram(101, 1, &[5, 0, 1, 64]), peer(), 0);
        let mut restarted = datagram(8, 700, &[0; 160]);
        restarted[8] = 99; // another SSRC
        let arrival = inbound.receive(&restarted, peer(), MS).unwrap();
        assert_eq!(arrival.earlier_digit.map(|digit| digit.key), Some('5'));
    }

    proptest! {
        #[test]
        fn any_datagrams_are_harmless(
            datagrams in prop::collection::vec(
                (prop::collection::vec(any::<u8>(), 0..40), any::<bool>(), 0..1u64 << 50), 0..40)
        ) {
            let mut inbound = inbound();
            for (mut bytes, plausible, now) in datagrams {
                if let (true, [first, second, ..]) = (plausible, &mut bytes[..]) {
                    *first = 0x80 | (*first & 0x0f);
                    *second = [8, 101, 13, 0][usize::from(*second % 4)];
                }
                if let Some(arrival) = inbound.receive(&bytes, peer(), now) {
                    prop_assert!(bytes.get(arrival.payload).is_some());
                }
                inbound.advance(now);
            }
        }
    }
}
