//! Keys that we press for a phone to hear: telephone events (RFC 4733), or tones (ITU-T Q.23) where
//! the peer takes no events. Pure; time is passed in.
//!
//! An event is a train of packets with one timestamp and a growing duration, the last of which says
//! that the key was let go, three times (§2.5.1.4). As with all audio made here, a packet goes out
//! when what it tells begins: the first at once, telling of its own length.

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::dtmf;
use crate::format::Format;
use crate::player::{Audio, Player, Step as PlayerStep};
use crate::rtp::UNITS_PER_MS;

/// How long a key may be held: what every receiver must take (ITU-T Q.24), what one segment holds.
pub const PRESS_MS: RangeInclusive<u32> = 40..=8_000;
/// And how long it rests: room for the repeated end packets.
pub const GAP_MS: RangeInclusive<u32> = 50..=8_000;
/// Keys that may wait to be sent on one port; what is beyond is dropped.
pub const MAX_KEYS: usize = 64;

const NS_PER_MS: u64 = 1_000_000;
/// Between an event's packets; those of longer audio packets would tell of a short key too late.
const MAX_INTERVAL_MS: u32 = 20;
const ENDS: u8 = 3;
/// −10 dBm0, as telephones say (§2.3.4).
const VOLUME: u8 = 10;
const END: u8 = 0x80;

/// The rows and columns of the keypad (ITU-T Q.23), in hertz.
pub const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
pub const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
pub const KEYPAD: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];
/// Peaks of −9 and −7 dBm0: lines take more of the higher tone, so it starts louder.
const ROW_PEAK: f64 = 8_110.0;
const COLUMN_PEAK: f64 = 10_210.0;
/// Edges without a click: 2 ms.
const RAMP: usize = 16;

/// One key to be pressed, and how long it is held and rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    pub key: char,
    pub press_ms: u32,
    pub gap_ms: u32,
}

impl Press {
    fn press_ns(self) -> u64 {
        u64::from(self.press_ms) * NS_PER_MS
    }

    fn gap_ns(self) -> u64 {
        u64::from(self.gap_ms) * NS_PER_MS
    }
}

/// What is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is due yet.
    Wait,
    /// Nothing is left.
    Finished,
    /// The next packet of a telephone event.
    Event(EventPacket),
    /// A packet of the tones; its codes were filled in.
    Tones { due: u64 },
    /// The tones begin anew, as a talkspurt of their own.
    Restart,
}

/// A packet of a telephone event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    pub payload: [u8; 4],
    /// Its first one.
    pub starts: bool,
    /// In timestamp units, so far.
    pub duration: u16,
}

/// A key that is down, or has just been let go.
#[derive(Clone, Copy, Debug)]
struct Train {
    press: Press,
    code: u8,
    began: u64,
    due: u64,
    has_begun: bool,
    ends: u8,
}

#[derive(Debug)]
enum Now {
    /// Until when the last key rests.
    Rest(u64),
    Event(Train),
    Tones(Player),
}

/// The keys of one port that are yet to be sent.
#[derive(Debug)]
pub struct Keying {
    waiting: VecDeque<Press>,
    now: Now,
}

impl Keying {
    pub fn new() -> Keying {
        Keying {
            waiting: VecDeque::new(),
            now: Now::Rest(0),
        }
    }

    /// Adds keys behind those that wait.
    pub fn press(&mut self, presses: &[Press]) {
        let room = MAX_KEYS.saturating_sub(self.waiting.len());
        self.waiting.extend(presses.iter().take(room));
    }

    /// The next step at `now`, having sent `burst` packets at this wake. `Tones` has filled all of
    /// `codes`.
    pub fn step(&mut self, now: u64, burst: u32, format: &Format, codes: &mut [u8]) -> Step {
        loop {
            match &mut self.now {
                Now::Rest(until) if now < *until => return Step::Wait,
                Now::Rest(_) => match self.waiting.pop_front() {
                    Some(press) => self.now = begin(press, format, now),
                    None => return Step::Finished,
                },
                Now::Event(train) if train.ends == ENDS => {
                    let press = train.press;
                    self.now = Now::Rest(train.began + press.press_ns() + press.gap_ns());
                }
                Now::Event(train) => return train.step(now, format),
                Now::Tones(player) => match player.step(now, burst, format.codec.law(), codes) {
                    PlayerStep::Wait => return Step::Wait,
                    PlayerStep::Send { due } => return Step::Tones { due },
                    PlayerStep::Restart => return Step::Restart,
                    PlayerStep::Finished => self.now = Now::Rest(now),
                },
            }
        }
    }
}

impl Default for Keying {
    fn default() -> Keying {
        Keying::new()
    }
}

fn begin(press: Press, format: &Format, now: u64) -> Now {
    match (format.event_payload_type, dtmf::code(press.key)) {
        (Some(_), Some(code)) => Now::Event(Train {
            press,
            code,
            began: now,
            due: now,
            has_begun: false,
            ends: 0,
        }),
        _ => Now::Tones(Player::new(0, vec![Arc::new(tones(press))], false, false)),
    }
}

impl Train {
    /// A late wake tells how long the key has been down by now; nothing is sent in a burst.
    fn step(&mut self, now: u64, format: &Format) -> Step {
        if now < self.due {
            return Step::Wait;
        }
        let interval = u64::from(format.packet_ms.min(MAX_INTERVAL_MS)) * NS_PER_MS;
        let packets = (now - self.began) / interval + 1;
        let told = (packets * interval).min(self.press.press_ns());
        let is_end = told == self.press.press_ns();
        self.due = self.began + packets * interval;
        self.ends += u8::from(is_end);
        let duration = (told / NS_PER_MS) as u32 * UNITS_PER_MS;
        let duration = u16::try_from(duration).unwrap_or(u16::MAX);
        let [d0, d1] = duration.to_be_bytes();
        let flags = if is_end { END | VOLUME } else { VOLUME };
        Step::Event(EventPacket {
            payload: [self.code, flags, d0, d1],
            starts: !std::mem::replace(&mut self.has_begun, true),
            duration,
        })
    }
}

/// A key as it sounds, and its rest. The hook flash has no tones.
fn tones(press: Press) -> Audio {
    let samples = |ms: u32| (ms * UNITS_PER_MS) as usize;
    let (held, rest) = (samples(press.press_ms), samples(press.gap_ms));
    let frequencies = frequencies(press.key);
    let sample = |n: usize| {
        let Some((row, column)) = frequencies else {
            return 0;
        };
        let edge = n.min(held - 1 - n).min(RAMP) as f64 / RAMP as f64;
        let at = n as f64 * TAU / 8000.0;
        (edge * (ROW_PEAK * (row * at).sin() + COLUMN_PEAK * (column * at).sin())) as i16
    };
    Audio::from_samples(
        (0..held)
            .map(sample)
            .chain(std::iter::repeat_n(0, rest))
            .collect::<Vec<i16>>()
            .as_slice(),
    )
}

/// The two tones of a key, the lower first.
pub fn frequencies(key: char) -> Option<(f64, f64)> {
    for (row, keys) in ROWS.into_iter().zip(KEYPAD) {
        for (column, candidate) in COLUMNS.into_iter().zip(keys) {
            if candidate == key {
                return Some((row, column));
            }
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use crate::g711::Law;
    use crate::testing::share;

    const MS: u64 = NS_PER_MS;

    fn format(event_payload_type: Option<u8>, packet_ms: u32) -> Format {
        Format {
            payload_type: 8,
            codec: Codec::G711(Law::A),
            event_payload_type,
            comfort_noise: false,
            packet_ms,
        }
    }

    fn keys(keys: &str, press_ms: u32, gap_ms: u32) -> Vec<Press> {
        let press = |key| Press {
            key,
            press_ms,
            gap_ms,
        };
        keys.chars().map(press).collect()
    }

    /// When, which event, its end, its duration, whether it starts.
    type Row = (u64, u8, bool, u16, bool);

    fn events(keying: &mut Keying, packet_ms: u32, wakes: impl Iterator<Item = u64>) -> Vec<Row> {
        let format = format(Some(101), packet_ms);
        let mut rows = Vec::new();
        for wake in wakes {
            let mut burst = 0;
            while let Step::Event(packet) = keying.step(wake * MS, burst, &format, &mut []) {
                burst += 1;
                let [code, flags, d0, d1] = packet.payload;
                let duration = u16::from_be_bytes([d0, d1]);
                assert_eq!((flags & 0x7f, duration), (VOLUME, packet.duration));
                rows.push((wake, code, flags & END != 0, duration, packet.starts));
            }
        }
        rows
    }

    #[test]
    fn a_key_is_a_train_of_packets_with_three_ends_and_the_next_comes_after_its_rest() {
        let mut keying = Keying::new();
        keying.press(&keys("5#", 50, 60));
        assert_eq!(
            events(&mut keying, 20, (0..300).step_by(10)),
            [
                (0, 5, false, 160, true),
                (20, 5, false, 320, false),
                (40, 5, true, 400, false),
                (60, 5, true, 400, false),
                (80, 5, true, 400, false),
                (110, 11, false, 160, true),
                (130, 11, false, 320, false),
                (150, 11, true, 400, false),
                (170, 11, true, 400, false),
                (190, 11, true, 400, false),
            ]
        );
        let mut step = |now| keying.step(now * MS, 0, &format(Some(101), 20), &mut []);
        assert_eq!([219, 220].map(&mut step), [Step::Wait, Step::Finished]);
    }

    #[test]
    fn a_late_wake_bursts_nothing_and_the_key_is_as_long_as_it_was_asked_to_be() {
        let mut keying = Keying::new();
        keying.press(&keys("!", 100, 50));
        assert_eq!(
            events(
                &mut keying,
                60,
                [0, 73, 500, 510, 520, 541, 900].into_iter()
            ),
            [
                (0, 16, false, 160, true),
                (73, 16, false, 640, false),
                (500, 16, true, 800, false),
                (520, 16, true, 800, false),
                (541, 16, true, 800, false),
            ]
        );
    }

    #[test]
    fn keys_beyond_what_may_wait_are_dropped() {
        let mut keying = Keying::new();
        keying.press(&keys(&"1".repeat(MAX_KEYS - 1), 40, 50));
        keying.press(&keys("23", 40, 50));
        let sent = events(&mut keying, 20, (0..20_000).step_by(10));
        let pressed: Vec<u8> = sent.iter().filter(|row| row.4).map(|row| row.1).collect();
        assert_eq!(pressed.len(), MAX_KEYS);
        assert_eq!(pressed.last(), Some(&2));
    }

    #[test]
    fn a_peer_without_events_hears_the_two_tones_of_each_key_and_silence_between() {
        let all = "123A456B789C*0#D";
        let mut keying = Keying::new();
        keying.press(&keys(all, 100, 60));
        let mut heard = Vec::new();
        let mut packet = [0; 160];
        for wake in (0..3_000).step_by(20) {
            if let Step::Tones { due } = keying.step(wake * MS, 0, &format(None, 20), &mut packet) {
                assert_eq!(due, wake * MS);
                heard.extend(packet.map(|code| Law::A.decode(code)));
            }
        }
        assert_eq!(heard.len(), all.len() * 160 * 8);
        for (key, sound) in all.chars().zip(heard.chunks(160 * 8)) {
            let (row, column) = frequencies(key).unwrap();
            let (tone, rest) = sound.split_at(800);
            let (low, high) = (share(tone, row as f32), share(tone, column as f32));
            assert!(
                low > 0.3 && high > 0.45 && low + high > 0.9,
                "{key}: {low} {high}"
            );
            assert!(rest.iter().all(|&sample| sample.abs() <= 8), "{key}");
        }
    }

    #[test]
    fn a_flash_that_cannot_be_told_is_a_pause() {
        let mut keying = Keying::new();
        keying.press(&keys("!", 100, 60));
        let mut packet = [0; 160];
        let step = keying.step(0, 0, &format(None, 20), &mut packet);
        assert_eq!((step, packet), (Step::Tones { due: 0 }, [0xd5; 160]));
    }
}
