//! What arrives at a port, counted as RFC 3550 appendix A says: order, loss, jitter. Pure.

use crate::losses::Losses;

/// Appendix A.1: a larger step forward is a new numbering, not a loss.
const MAX_DROPOUT: u16 = 3000;
/// Appendix A.1: a larger step back is a new numbering, not a late packet.
const MAX_MISORDER: u16 = 100;
/// A step in transit time beyond this is a restarted clock, not jitter.
const MAX_TRANSIT_STEP_MS: u32 = 1000;

/// So far behind the highest number a missing packet is certainly lost.
const SETTLED: u64 = 64;

/// Where a packet stands in its source's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first packet of a source, or of its new numbering. What was learned before is void.
    Restart,
    /// The next one, or one after a gap.
    Forward,
    /// It comes late; packets after it were here first.
    Late,
    /// It was here before: drop it.
    Duplicate,
    /// Its number fits nowhere; if the next one follows it, that one is a `Restart`. Drop it.
    Stray,
}

impl Order {
    /// Whether the packet's payload is to be used.
    pub fn is_usable(self) -> bool {
        matches!(self, Order::Restart | Order::Forward | Order::Late)
    }
}

/// The numbering of one source, from its first packet on.
#[derive(Clone, Copy, Debug)]
struct Numbering {
    ssrc: u32,
    first: u64,
    highest: u64,
    received: u64,
    /// Bit n: number `highest - n` was received.
    seen: u128,
    /// A.1's `bad_seq`: what the packet after a stray one must be numbered to be believed.
    expected_stray: Option<u16>,
    transit: Option<u32>,
}

impl Numbering {
    fn new(ssrc: u32, sequence: u16) -> Numbering {
        // One cycle up, so that packets which are older than the first have a number, too.
        let first = (1 << 16) + u64::from(sequence);
        Numbering {
            ssrc,
            first,
            highest: first,
            received: 1,
            seen: 1,
            expected_stray: None,
            transit: None,
        }
    }

    fn expected(&self) -> u64 {
        self.highest - self.first + 1
    }

    /// Tells of the packets whose fate is certain once the highest number is `step` further.
    fn settle(&self, step: u64, losses: &mut Losses) {
        let from = self.highest - (SETTLED - 1);
        for number in from.max(self.first)..from + step {
            let is_seen = self
                .highest
                .checked_sub(number)
                .is_some_and(|back| self.seen & 1 << back != 0);
            losses.put(!is_seen);
        }
    }

    /// The packet's extended number (A.1's cycles and sequence) and its order.
    fn place(&mut self, sequence: u16, losses: &mut Losses) -> (u64, Order) {
        let step = sequence.wrapping_sub(self.highest as u16);
        let back = step.wrapping_neg();
        if step == 0 {
            return (self.highest, Order::Duplicate);
        }
        if step < MAX_DROPOUT {
            self.settle(u64::from(step), losses);
            self.highest += u64::from(step);
            self.seen = self.seen.checked_shl(u32::from(step)).unwrap_or(0) | 1;
            self.received += 1;
            self.expected_stray = None;
            return (self.highest, Order::Forward);
        }
        if back > MAX_MISORDER {
            let believed = self.expected_stray == Some(sequence);
            self.expected_stray = Some(sequence.wrapping_add(1));
            return (
                0,
                if believed {
                    Order::Restart
                } else {
                    Order::Stray
                },
            );
        }
        let number = self.highest - u64::from(back);
        let bit = 1 << back;
        if self.seen & bit != 0 {
            return (number, Order::Duplicate);
        }
        self.seen |= bit;
        self.received += 1;
        self.first = self.first.min(number);
        (number, Order::Late)
    }
}

/// The present source of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub ssrc: u32,
    /// Cycles and sequence number, the first cycle is 0.
    pub highest: u32,
    pub expected: u64,
    pub received: u64,
}

/// Follows the packets that one port receives, over any number of sources one after another.
#[derive(Debug, Default)]
pub struct Receiver {
    numbering: Option<Numbering>,
    restarts: u32,
    lost_before: u64,
    jitter_16ths: u32,
    losses: Losses,
    units_per_ms: u32,
    pub duplicates: u64,
    pub reordered: u64,
    pub strays: u64,
}

impl Receiver {
    /// Counts one packet; returns its extended number within its numbering, and its order.
    pub fn receive(&mut self, ssrc: u32, sequence: u16) -> (u64, Order) {
        let (number, order) = match self.numbering.as_mut() {
            Some(numbering) if numbering.ssrc == ssrc => {
                numbering.place(sequence, &mut self.losses)
            }
            _ => (0, Order::Restart),
        };
        match order {
            Order::Forward => (number, order),
            Order::Restart => (self.restart(ssrc, sequence), order),
            Order::Late => {
                self.reordered += 1;
                (number, order)
            }
            Order::Duplicate => {
                self.duplicates += 1;
                (number, order)
            }
            Order::Stray => {
                self.strays += 1;
                (number, order)
            }
        }
    }

    fn restart(&mut self, ssrc: u32, sequence: u16) -> u64 {
        self.lost_before = self.lost();
        self.restarts = self.restarts.wrapping_add(1);
        let numbering = Numbering::new(ssrc, sequence);
        self.numbering = Some(numbering);
        numbering.first
    }

    /// Takes an audio packet's timestamp into the jitter (A.8). `now` in nanoseconds.
    pub fn time(&mut self, timestamp: u32, units_per_ms: u32, now: u64) {
        self.units_per_ms = units_per_ms;
        let Some(numbering) = self.numbering.as_mut() else {
            return;
        };
        let arrival = (now / 1_000 * u64::from(units_per_ms) / 1_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        let Some(before) = numbering.transit.replace(transit) else {
            return;
        };
        let step = transit.wrapping_sub(before);
        let step = step.min(step.wrapping_neg());
        if step <= MAX_TRANSIT_STEP_MS * units_per_ms {
            self.jitter_16ths += step;
            self.jitter_16ths -= (self.jitter_16ths - step + 8) >> 4;
        }
    }

    /// Packets missing so far, over all numberings. A late arrival takes its loss back.
    pub fn lost(&self) -> u64 {
        let here = self
            .numbering
            .map_or(0, |n| n.expected().saturating_sub(n.received));
        self.lost_before + here
    }

    /// Interarrival jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter_16ths >> 4
    }

    /// What a report says of the present source (RFC 3550 A.3).
    pub fn source(&self) -> Option<Source> {
        self.numbering.map(|numbering| Source {
            ssrc: numbering.ssrc,
            highest: (numbering.highest - (1 << 16)) as u32,
            expected: numbering.expected(),
            received: numbering.received,
        })
    }

    /// How packets were lost, as far as that is certain.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Interarrival jitter in microseconds.
    pub fn jitter_us(&self) -> u32 {
        self.jitter() * 1000 / self.units_per_ms.max(1)
    }

    /// Changes with every restart: tells the sources of one port apart.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use Order::{Duplicate, Forward, Late, Restart, Stray};

    fn orders(sequences: &[u16]) -> (Vec<Order>, Receiver) {
        let mut receiver = Receiver::default();
        let orders = sequences
            .iter()
            .map(|&sequence| receiver.receive(1, sequence).1)
            .collect();
        (orders, receiver)
    }

    #[test]
    fn every_packet_has_its_place() {
        // numbers, their orders, lost
        let cases: &[(&str, &[u16], &[Order], u64)] = &[
            ("in order", &[5, 6, 7], &[Restart, Forward, Forward], 0),
            ("a gap of two", &[5, 8], &[Restart, Forward], 2),
            (
                "a late one fills the gap",
                &[5, 7, 6],
                &[Restart, Forward, Late],
                0,
            ),
            (
                "twice the same",
                &[5, 5, 6, 5],
                &[Restart, Duplicate, Forward, Duplicate],
                0,
            ),
            (
                "a late one twice",
                &[5, 7, 6, 6],
                &[Restart, Forward, Late, Duplicate],
                0,
            ),
            (
                "older than the first",
                &[5, 4, 6],
                &[Restart, Late, Forward],
                0,
            ),
            (
                "across the wrap",
                &[65_534, 65_535, 0, 2, 1],
                &[Restart, Forward, Forward, Forward, Late],
                0,
            ),
            ("a stray", &[5, 9000, 6], &[Restart, Stray, Forward], 0),
            (
                "a new numbering",
                &[5, 9000, 9001, 9002],
                &[Restart, Stray, Restart, Forward],
                0,
            ),
            (
                "a loss before a new numbering stays",
                &[5, 7, 9000, 9001],
                &[Restart, Forward, Stray, Restart],
                1,
            ),
        ];
        for (name, sequences, expected, lost) in cases {
            let (orders, receiver) = orders(sequences);
            assert_eq!(&orders[..], *expected, "{name}");
            assert_eq!(receiver.lost(), *lost, "{name}");
        }
    }

    #[test]
    fn numbers_go_on_over_the_wrap() {
        let mut receiver = Receiver::default();
        let (first, _) = receiver.receive(1, 65_535);
        let (second, _) = receiver.receive(1, 1);
        let (late, _) = receiver.receive(1, 0);
        assert_eq!((second - first, late - first), (2, 1));
    }

    #[test]
    fn another_ssrc_starts_anew_without_loss() {
        let mut receiver = Receiver::default();
        receiver.receive(1, 5);
        let before = receiver.restarts();
        assert_eq!(receiver.receive(2, 60_000).1, Restart);
        assert_ne!(receiver.restarts(), before);
        assert_eq!(receiver.lost(), 0);
    }

    #[test]
    fn a_report_names_the_source_and_its_numbers() {
        let (_, receiver) = orders(&[65_534, 65_535, 1]);
        let source = receiver.source().unwrap();
        assert_eq!((source.ssrc, source.highest), (1, 0x1_0001));
        assert_eq!((source.expected, source.received), (4, 3));
    }

    #[test]
    fn how_packets_were_lost_is_told_when_it_is_certain() {
        // every tenth and the one after it; one comes late
        let mut receiver = Receiver::default();
        for sequence in (0..1000u16).filter(|sequence| sequence % 10 > 1) {
            receiver.receive(1, sequence);
            if sequence == 503 {
                receiver.receive(1, 500);
            }
        }
        // 2 of 10 in pairs: 2 · 0.8
        let ratio = receiver.losses().burst_ratio();
        assert!((ratio - 1.6).abs() < 0.02, "{ratio}");
    }

    #[test]
    fn even_spacing_has_no_jitter_and_uneven_spacing_has_its_mean() {
        let jitter = |offsets: &[u64]| {
            let mut receiver = Receiver::default();
            for n in 0..2000u32 {
                receiver.receive(1, n as u16);
                let offset = offsets[n as usize % offsets.len()];
                receiver.time(n * 160, 8, u64::from(n) * 20_000_000 + offset * 1_000_000);
            }
            receiver.jitter()
        };
        assert_eq!(jitter(&[3]), 0);
        let five_ms = jitter(&[0, 5]);
        assert!((38..=41).contains(&five_ms), "{five_ms}");
    }

    #[test]
    fn a_restarted_clock_is_no_jitter() {
        let mut receiver = Receiver::default();
        for (n, timestamp) in [0, 160, 4_000_000_000, 4_000_000_160]
            .into_iter()
            .enumerate()
        {
            receiver.receive(1, n as u16);
            receiver.time(timestamp, 8, n as u64 * 20_000_000);
        }
        assert_eq!(receiver.jitter(), 0);
    }

    proptest! {
        #[test]
        fn any_numbers_and_times_are_harmless(
            packets in prop::collection::vec(
                (0..3u32, any::<u16>(), any::<u32>(), any::<u64>()), 0..200)
        ) {
            let mut receiver = Receiver::default();
            let mut usable = 0u64;
            for &(ssrc, sequence, timestamp, now) in &packets {
                usable += u64::from(receiver.receive(ssrc, sequence).1.is_usable());
                receiver.time(timestamp, 8, now);
            }
            let dropped = receiver.duplicates + receiver.strays;
            prop_assert_eq!(usable + dropped, packets.len() as u64);
        }
    }
}
