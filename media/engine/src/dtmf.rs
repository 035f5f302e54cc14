//! Keys pressed on a phone: the receiver of RFC 4733 telephone events. Pure; time is passed in.
//!
//! A press is a train of packets which share one RTP timestamp while their duration grows; its
//! last packet carries the end bit and is sent three times. Any of them may be lost or late. One
//! press gives one `Digit`, when it ends: at the first end packet, at the next press, or, if every
//! end packet was lost, when nothing more was heard of it for `SILENCE_NS`.

use crate::rtp::UNITS_PER_MS;

/// Events 0–16 of RFC 4733 §3.2, by their code; `!` is the hook flash. The tones beyond are no keys.
const DIGITS: [char; 17] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D', '!',
];

/// Senders repeat an event every 20–50 ms; so long without one, the end packets were lost.
const SILENCE_NS: u64 = 200_000_000;

/// An event packet older than the press at hand by less than this is a late one, not a new press.
const LATE_UNITS: u32 = 5_000 * UNITS_PER_MS;

/// No hand and no dialler presses more keys than this without a pause; a flood of forged presses
/// must not become a flood of events. Beyond a store of `KEY_STORE`, one key each `KEY_NS`.
const KEY_STORE: u64 = 32;
const KEY_NS: u64 = 50_000_000;

/// The event of a key.
pub fn code(key: char) -> Option<u8> {
    let at = DIGITS.iter().position(|&digit| digit == key)?;
    u8::try_from(at).ok()
}

/// One press of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digit {
    pub key: char,
    pub duration_ms: u32,
}

/// The four bytes of a telephone event (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    code: u8,
    end: bool,
    duration: u16,
}

impl Event {
    fn parse(payload: &[u8]) -> Option<Event> {
        // Longer payloads hold further events of RFC 2833's redundancy; the first is the current.
        let &[code, flags, d0, d1, ..] = payload else {
            return None;
        };
        Some(Event {
            code,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Press {
    code: u8,
    key: char,
    /// Of the segment at hand.
    timestamp: u32,
    duration: u16,
    /// Of the segments before it (§2.5.1.3: a press longer than 8.19 s is sent in several).
    earlier: u32,
    heard_at: u64,
    ended: bool,
}

impl Press {
    fn digit(&self) -> Digit {
        Digit {
            key: self.key,
            duration_ms: self.earlier.saturating_add(u32::from(self.duration)) / UNITS_PER_MS,
        }
    }
}

/// Turns one phone's event packets into digits.
#[derive(Debug, Default)]
pub struct Receiver {
    press: Option<Press>,
    /// Until when the keys reported so far have used up the rate that is allowed.
    paid_until: u64,
}

impl Receiver {
    /// Takes one event packet; returns the press that it ends, be it its own or the one before.
    pub fn receive(&mut self, payload: &[u8], timestamp: u32, now: u64) -> Option<Digit> {
        let digit = self.follow(payload, timestamp, now)?;
        self.is_affordable(now).then_some(digit)
    }

    fn follow(&mut self, payload: &[u8], timestamp: u32, now: u64) -> Option<Digit> {
        let event = Event::parse(payload)?;
        let key = *DIGITS.get(usize::from(event.code))?;
        if let Some(press) = self.press.as_mut() {
            if press.timestamp == timestamp && press.code == event.code {
                press.heard_at = now;
                press.duration = press.duration.max(event.duration);
                return (event.end && !std::mem::replace(&mut press.ended, true))
                    .then(|| press.digit());
            }
            let since = timestamp.wrapping_sub(press.timestamp);
            if since.wrapping_neg() < LATE_UNITS {
                return None;
            }
            if !press.ended && press.code == event.code && continues(since, press.duration) {
                press.earlier = press.earlier.saturating_add(since);
                press.timestamp = timestamp;
                press.duration = event.duration;
                press.heard_at = now;
                press.ended = event.end;
                return event.end.then(|| press.digit());
            }
        }
        let before = self.take_unended();
        let press = Press {
            code: event.code,
            key,
            timestamp,
            duration: event.duration,
            earlier: 0,
            heard_at: now,
            // Two digits cannot be returned at once: where the press before lost its end and of
            // this one only an end packet arrived, `advance` reports this one a moment later.
            ended: event.end && before.is_none(),
        };
        self.press = Some(press);
        before.or_else(|| event.end.then(|| press.digit()))
    }

    /// Reports the press whose end packets were all lost, once it has been quiet for long enough.
    pub fn advance(&mut self, now: u64) -> Option<Digit> {
        let press = self.press.as_mut()?;
        if press.ended || now.saturating_sub(press.heard_at) < SILENCE_NS {
            return None;
        }
        press.ended = true;
        Some(press.digit())
    }

    /// Whether a press waits for its end, that is, whether `advance` has something to watch.
    pub fn is_pressed(&self) -> bool {
        self.press.is_some_and(|press| !press.ended)
    }

    /// Forgets the stream (its source changed); returns the press that was under way.
    pub fn reset(&mut self) -> Option<Digit> {
        let digit = self.take_unended();
        self.press = None;
        digit
    }

    fn is_affordable(&mut self, now: u64) -> bool {
        let paid_until = self.paid_until.max(now) + KEY_NS;
        let affordable = paid_until - now <= KEY_STORE * KEY_NS;
        if affordable {
            self.paid_until = paid_until;
        }
        affordable
    }

    fn take_unended(&mut self) -> Option<Digit> {
        let press = self.press.as_mut().filter(|press| !press.ended)?;
        press.ended = true;
        Some(press.digit())
    }
}

/// Whether a new timestamp is the next segment of a long press: it starts where the last, full,
/// segment ends. Its last packets may have been lost, so its duration may look a little short.
fn continues(since: u32, duration: u16) -> bool {
    const NEARLY_FULL: u16 = u16::MAX - 4_000;
    duration >= NEARLY_FULL && since >= u32::from(duration) && since <= 1 << 16
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    /// One packet: time (ms), timestamp, code, end, duration in units.
    type Row = (u64, u32, u8, bool, u16);

    fn digits(rows: &[Row]) -> Vec<(char, u32)> {
        let mut receiver = Receiver::default();
        let mut out = Vec::new();
        let mut take = |digit: Option<Digit>| {
            out.extend(digit.map(|digit| (digit.key, digit.duration_ms)));
        };
        for &(at, timestamp, code, end, duration) in rows {
            take(receiver.advance(at * MS));
            let [d0, d1] = duration.to_be_bytes();
            let payload = [code, u8::from(end) << 7 | 10, d0, d1];
            take(receiver.receive(&payload, timestamp, at * MS));
        }
        take(receiver.advance(1 << 60));
        take(receiver.advance(1 << 60));
        out
    }

    #[test]
    fn presses_are_counted_once_whatever_is_lost_or_late() {
        type Case = (&'static str, &'static [Row], &'static [(char, u32)]);
        let cases: &[Case] = &[
            (
                "a whole press",
                &[
                    (0, 1000, 5, false, 160),
                    (20, 1000, 5, false, 320),
                    (40, 1000, 5, true, 480),
                    (41, 1000, 5, true, 480),
                    (42, 1000, 5, true, 480),
                ],
                &[('5', 60)],
            ),
            (
                "only one end packet left",
                &[(0, 9, 11, true, 800)],
                &[('#', 100)],
            ),
            (
                "all end packets lost",
                &[(0, 1, 10, false, 160), (20, 1, 10, false, 320)],
                &[('*', 40)],
            ),
            (
                "ends lost, then another press",
                &[(0, 1000, 1, false, 160), (150, 2200, 2, true, 400)],
                &[('1', 20), ('2', 50)],
            ),
            (
                "the same key twice",
                &[(0, 1000, 7, true, 400), (100, 1800, 7, true, 400)],
                &[('7', 50), ('7', 50)],
            ),
            (
                "the same key twice, ends of the first lost",
                &[(0, 1000, 7, false, 400), (100, 1800, 7, true, 400)],
                &[('7', 50), ('7', 50)],
            ),
            (
                "packets out of order",
                &[
                    (0, 1000, 3, false, 320),
                    (1, 1000, 3, false, 160),
                    (40, 1000, 3, true, 640),
                    (41, 1000, 3, false, 480),
                ],
                &[('3', 80)],
            ),
            (
                "an old press's packet after a new one began",
                &[
                    (0, 1000, 3, true, 320),
                    (60, 1800, 4, false, 160),
                    (61, 1000, 3, true, 320),
                    (80, 1800, 4, true, 320),
                ],
                &[('3', 40), ('4', 40)],
            ),
            (
                "a press that stopped growing is not reported again by late ends",
                &[(0, 1000, 9, false, 320), (300, 1000, 9, true, 480)],
                &[('9', 40)],
            ),
            (
                "the hook flash, and no keys beyond",
                &[
                    (0, 1, 16, true, 0),
                    (50, 900, 17, true, 160),
                    (90, 1800, 255, true, 160),
                ],
                &[('!', 0)],
            ),
            (
                "across the wrap of the timestamp",
                &[(0, u32::MAX - 5, 1, true, 160), (200, 1600, 2, true, 160)],
                &[('1', 20), ('2', 20)],
            ),
        ];
        for (name, rows, expected) in cases {
            assert_eq!(&digits(rows)[..], *expected, "{name}");
        }
    }

    #[test]
    fn a_press_longer_than_a_segment_is_one_press() {
        let mut rows: Vec<Row> = (1..=409u64)
            .map(|n| (n * 20, 1000, 6, false, (n * 160) as u16))
            .collect();
        let next = 1000 + 65_535;
        rows.extend((1..=40u64).map(|n| (8192 + n * 20, next, 6, false, (n * 160) as u16)));
        rows.push((9012, next, 6, true, 6560));
        assert_eq!(digits(&rows), [('6', 9011)]);
    }

    #[test]
    fn too_short_a_payload_is_no_event() {
        let mut receiver = Receiver::default();
        assert_eq!(receiver.receive(&[5, 0x80, 1], 0, 0), None);
        assert!(!receiver.is_pressed());
    }

    #[test]
    fn a_reset_ends_the_press_under_way_and_forgets_the_old_timestamps() {
        let mut receiver = Receiver::default();
        assert_eq!(receiver.receive(&[5, 0, 1, 64], 90_000, 0), None);
        assert!(receiver.is_pressed());
        assert_eq!(receiver.reset().map(|digit| digit.key), Some('5'));
        let digit = receiver.receive(&[6, 0x80, 1, 64], 89_000, MS);
        assert_eq!(digit.map(|digit| digit.key), Some('6'));
    }

    #[test]
    fn a_flood_of_presses_is_not_a_flood_of_digits() {
        let mut receiver = Receiver::default();
        let mut press = |n: u32, now| receiver.receive(&[5, 0x80, 1, 64], n * 9000, now).is_some();
        let burst = (0..1000).filter(|&n| press(n, 0)).count();
        assert_eq!(burst as u64, KEY_STORE);
        assert!(!press(1001, KEY_NS - 1));
        assert!(press(1002, KEY_NS));
    }

    proptest! {
        #[test]
        fn no_train_of_packets_gives_more_digits_than_it_has_timestamps(
            rows in prop::collection::vec(
                (0..5u64, 0..6u32, 0..20u8, any::<bool>(), any::<u16>()), 0..60)
        ) {
            let mut at = 0;
            let rows: Vec<Row> = rows.into_iter().map(|(gap, step, code, end, duration)| {
                at += gap * 60;
                (at, step * 50_000, code, end, duration)
            }).collect();
            let presses = rows.len();
            prop_assert!(digits(&rows).len() <= presses);
        }

        #[test]
        fn any_payload_is_harmless(
            payload in prop::collection::vec(any::<u8>(), 0..12),
            timestamp in any::<u32>(),
            now in 0..1u64 << 62,
        ) {
            let mut receiver = Receiver::default();
            let first = receiver.receive(&payload, timestamp, now);
            let again = receiver.receive(&payload, timestamp, now);
            prop_assert!(first.is_none() || again.is_none());
        }
    }
}
