//! Whether the voice of one whom somebody listens to is there. Pure; time is passed in.
//!
//! Looked at only while the port is heard: who waits in a queue or listens to a menu may be silent.

use crate::codec::Codec;
use crate::silence::is_louder;

/// The mean square of 16-bit samples at −60 dBm0: below are muted phones, above is any room.
const FLOOR: u64 = 259;
/// Every so many packets are looked at; a voice lasts longer.
const SAMPLED: u32 = 8;

/// Something that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No packets, or nothing but silence in them, for as long as was to be watched for.
    Missing { no_packets: bool },
    /// It is there again.
    Back,
}

/// Watches one port's voice.
#[derive(Debug, Default)]
pub struct Presence {
    packets: u32,
    packet_at: u64,
    sound_at: u64,
    is_watched: bool,
    missing_since: Option<u64>,
    /// Nanoseconds for which it was missing, but for a time that lasts.
    missed: u64,
}

impl Presence {
    /// Takes an audio packet. Codecs that cannot be looked into cheaply count as sound.
    pub fn hear(&mut self, payload: &[u8], codec: Codec, now: u64) {
        self.packet_at = now;
        self.packets = self.packets.wrapping_add(1);
        if self.packets % SAMPLED != 1 && self.missing_since.is_none() {
            return;
        }
        let is_sound = match codec {
            Codec::G711(law) => is_louder(payload, law, FLOOR),
            _ => true,
        };
        if is_sound {
            self.sound_at = now;
        }
    }

    /// What has changed by now. `is_heard`: somebody listens. `limit` in nanoseconds, 0 is never.
    pub fn advance(&mut self, is_heard: bool, limit: u64, now: u64) -> Option<Change> {
        if !is_heard || !self.is_watched {
            self.end(now);
            self.is_watched = is_heard;
            self.sound_at = now;
            return None;
        }
        if self.missing_since.is_some() {
            if now.saturating_sub(self.sound_at) >= limit {
                return None;
            }
            self.end(now);
            return Some(Change::Back);
        }
        if limit == 0 || now.saturating_sub(self.sound_at) < limit {
            return None;
        }
        self.missing_since = Some(self.sound_at);
        let no_packets = now.saturating_sub(self.packet_at) >= limit;
        Some(Change::Missing { no_packets })
    }

    fn end(&mut self, now: u64) {
        if let Some(since) = self.missing_since.take() {
            self.missed += now.saturating_sub(since);
        }
    }

    /// Nanoseconds for which it was missing while somebody listened.
    pub fn missed(&self, now: u64) -> u64 {
        let lasting = self
            .missing_since
            .map_or(0, |since| now.saturating_sub(since));
        self.missed + lasting
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use crate::testing::sine;

    const S: u64 = 1_000_000_000;
    const PACKET: u64 = 20_000_000;
    const A: Codec = Codec::G711(Law::A);

    fn coded(amplitude: f32) -> Vec<u8> {
        let encode = |&sample: &i16| Law::A.encode(sample);
        sine(400.0, amplitude, 0, 160).iter().map(encode).collect()
    }

    /// A voice of packets of that loudness from one second to another; what changed and when.
    fn run(
        presence: &mut Presence,
        spans: &[(u64, u64, Option<f32>)],
        is_heard: bool,
    ) -> Vec<(u64, Change)> {
        let mut changes = Vec::new();
        for &(from, to, amplitude) in spans {
            let payload = amplitude.map(coded);
            for n in 0..(to - from) * 50 {
                let now = from * S + n * PACKET;
                if let Some(payload) = &payload {
                    presence.hear(payload, A, now);
                }
                if n % 5 == 0 {
                    let change = presence.advance(is_heard, 10 * S, now);
                    changes.extend(change.map(|change| (now / S, change)));
                }
            }
        }
        changes
    }

    #[test]
    fn a_voice_that_falls_silent_is_missed_once_and_its_return_told() {
        let mut presence = Presence::default();
        let spans = [
            (1, 5, Some(3000.0)),
            (5, 20, Some(4.0)),
            (20, 22, Some(3000.0)),
            (22, 40, None),
        ];
        let silent = Change::Missing { no_packets: false };
        let gone = Change::Missing { no_packets: true };
        assert_eq!(
            run(&mut presence, &spans, true),
            [(14, silent), (20, Change::Back), (32, gone)]
        );
        assert_eq!(presence.missed(40 * S) / S, 15 + 18);
    }

    #[test]
    fn nobody_is_missed_whom_nobody_hears() {
        let mut presence = Presence::default();
        assert_eq!(run(&mut presence, &[(1, 60, None)], false), []);
        // the time begins when somebody listens
        assert_eq!(run(&mut presence, &[(60, 69, None)], true), []);
    }

    #[test]
    fn room_noise_is_a_voice() {
        let mut presence = Presence::default();
        assert_eq!(run(&mut presence, &[(1, 60, Some(40.0))], true), []);
    }
}
