//! Whether the voice of one whom somebody listens to is there. Pure; time is passed in.
//!
//! Looked at only while the port is heard: who waits in a queue or listens to a menu may be silent.

use crate::codec::{Codec, Decoder, MAX_SAMPLES};
use crate::ring::Spoken;
use crate::silence::is_louder;

/// The mean square of 16-bit samples at −60 dBm0: below are muted phones, above is any room.
const FLOOR: u64 = 259;
/// The same as comfort noise tells it, in -dBov.
const FAINTEST: u8 = 66;
/// So long a phone is believed that it sends nothing because nobody speaks. Most repeat it in less than
/// a minute; of a path that has broken meanwhile nothing else tells.
const PAUSE_NS: u64 = 180_000_000_000;
/// Every so many packets are looked at; a voice lasts longer.
const SAMPLED: u32 = 8;
/// Who decodes for others holds a packet behind a gap no longer than for so many.
const HELD: u32 = 8;

/// Something that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No packets, or nothing but silence in them, for as long as was to be watched for.
    Missing { no_packets: bool },
    /// It is there again.
    Back,
}

/// The phone sends nothing because nobody speaks.
#[derive(Clone, Copy, Debug)]
struct Pause {
    /// When it last said so.
    told_at: u64,
    /// Whether its room is to be heard.
    is_heard: bool,
}

/// Watches one port's voice.
#[derive(Debug, Default)]
pub struct Presence {
    /// Of a codec whose loudness the codes do not show; made when it is first needed.
    decoder: Option<(Codec, Decoder)>,
    /// For so many packets more what others decode is relied on.
    told: u32,
    packets: u32,
    packet_at: u64,
    sound_at: u64,
    is_watched: bool,
    pause: Option<Pause>,
    missing_since: Option<u64>,
    /// Nanoseconds for which it was missing, but for a time that lasts.
    missed: u64,
}

impl Presence {
    /// Takes an audio packet.
    pub fn hear(&mut self, payload: &[u8], codec: Codec, now: u64) {
        self.packet_at = now;
        self.packets = self.packets.wrapping_add(1);
        if !matches!(codec, Codec::G711(_)) && self.told > 0 {
            self.told -= 1;
        } else if self.is_due() && self.is_sound(payload, codec) {
            self.sound_at = now;
        }
    }

    /// The last packet of the phone's order is audio: it pauses no longer.
    pub fn speak(&mut self) {
        self.pause = None;
    }

    /// Takes comfort noise (RFC 3389): until its next audio packet the phone is as loud as that says, but
    /// not for ever.
    pub fn pause(&mut self, payload: &[u8], now: u64) {
        let level = payload.first().map(|first| first & 0x7f);
        self.pause = Some(Pause {
            told_at: now,
            is_heard: level.is_some_and(|level| level <= FAINTEST),
        });
    }

    /// Takes what somebody else has decoded of the packets, which need not be decoded here then.
    pub fn hear_decoded(&mut self, spoken: Spoken, now: u64) {
        self.told = HELD;
        self.decoder = None;
        if self.is_due() && is_louder(spoken, FLOOR) {
            self.sound_at = now;
        }
    }

    fn is_due(&self) -> bool {
        self.is_watched && (self.packets % SAMPLED == 1 || self.missing_since.is_some())
    }

    /// That a decoder misses most packets does not matter: what it makes of the others is as loud.
    fn is_sound(&mut self, payload: &[u8], codec: Codec) -> bool {
        if let Codec::G711(law) = codec {
            return is_louder(Spoken::Codes(payload, law), FLOOR);
        }
        if codec.is_opaque() {
            return true;
        }
        let decoder = match &mut self.decoder {
            Some((known, decoder)) if *known == codec => decoder,
            other => &mut other.insert((codec, Decoder::of_samples(codec))).1,
        };
        let mut samples = [0; MAX_SAMPLES];
        let samples = decoder.decode(payload, &mut samples);
        // The rate is all the same to a mean square.
        is_louder(Spoken::Samples(samples, codec.rate()), FLOOR)
    }

    /// What has changed by now. `is_heard`: somebody listens. `limit` in nanoseconds, 0 is never.
    pub fn advance(&mut self, is_heard: bool, limit: u64, now: u64) -> Option<Change> {
        if !is_heard || !self.is_watched {
            self.end(now);
            self.is_watched = is_heard;
            self.sound_at = now;
            return None;
        }
        self.pause = self
            .pause
            .filter(|pause| now.saturating_sub(pause.told_at) < PAUSE_NS);
        if self.pause.is_some_and(|pause| pause.is_heard) {
            self.sound_at = now;
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
        // The last packets that came were not all looked at: some may be newer than the last sound.
        let no_packets = self.pause.is_none() && now.saturating_sub(self.packet_at) >= limit / 2;
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
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::codec::Encoder;
    use crate::g711::Law;
    use crate::testing::sine_at;

    const S: u64 = 1_000_000_000;
    const PACKET: u64 = 20_000_000;
    const A: Codec = Codec::G711(Law::A);
    const ALL: [Codec; 4] = [A, Codec::G722, Codec::L16, Codec::Opus];

    /// A voice of packets of that loudness from one second to another; what changed and when.
    fn run(
        presence: &mut Presence,
        codec: Codec,
        spans: &[(u64, u64, Option<f32>)],
        is_heard: bool,
    ) -> Vec<(u64, Change)> {
        let mut changes = Vec::new();
        let mut encoder = Encoder::new(codec);
        for &(from, to, amplitude) in spans {
            for n in 0..(to - from) * 50 {
                let now = from * S + n * PACKET;
                if let Some(amplitude) = amplitude {
                    let count = 2 * codec.rate().frame();
                    let samples =
                        sine_at(codec.rate(), 400.0, amplitude, n as usize * count, count);
                    let mut payload = [0; MAX_SAMPLES];
                    let length = encoder.encode(&samples, codec.rate(), &mut payload);
                    presence.hear(&payload[..length], codec, now);
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
        let spans = [
            (1, 5, Some(3000.0)),
            (5, 20, Some(4.0)),
            (20, 22, Some(3000.0)),
            (22, 40, None),
        ];
        let silent = Change::Missing { no_packets: false };
        let gone = Change::Missing { no_packets: true };
        for codec in ALL {
            let mut presence = Presence::default();
            let changes = run(&mut presence, codec, &spans, true);
            let kinds: Vec<Change> = changes.iter().map(|&(_, change)| change).collect();
            assert_eq!(kinds, [silent, Change::Back, gone], "{codec:?}");
            // codecs with a memory are silent a moment later
            for ((at, _), expected) in changes.into_iter().zip([14, 20, 32]) {
                assert!((expected..=expected + 1).contains(&at), "{codec:?} at {at}");
            }
            assert!(
                (32..=33).contains(&(presence.missed(40 * S) / S)),
                "{codec:?}"
            );
        }
    }

    #[test]
    fn what_others_decode_is_not_decoded_again_and_as_good() {
        let mut presence = Presence::default();
        let (mut encoder, mut changes) = (Encoder::new(Codec::Opus), Vec::new());
        presence.advance(true, 10 * S, 0);
        for n in 0..2000u64 {
            let now = n * PACKET;
            // heard mixed at first, and then relayed; silent from the 10th second on
            let amplitude = if n < 500 { 3000.0 } else { 0.0 };
            let samples = sine_at(Codec::Opus.rate(), 400.0, amplitude, n as usize * 320, 320);
            let mut payload = [0; MAX_SAMPLES];
            let length = encoder.encode(&samples, Codec::Opus.rate(), &mut payload);
            presence.hear(&payload[..length], Codec::Opus, now);
            if n < 1000 {
                presence.hear_decoded(Spoken::Samples(&samples, Codec::Opus.rate()), now);
                assert!(presence.decoder.is_none(), "{n}");
            }
            let change = presence.advance(true, 10 * S, now);
            changes.extend(change.map(|change| (now / S, change)));
        }
        assert!(presence.decoder.is_some());
        let silent = Change::Missing { no_packets: false };
        assert_eq!(changes, [(19, silent)]);
    }

    #[test]
    fn nobody_is_missed_whom_nobody_hears() {
        let mut presence = Presence::default();
        assert_eq!(run(&mut presence, A, &[(1, 60, None)], false), []);
        // the time begins when somebody listens
        assert_eq!(run(&mut presence, A, &[(60, 69, None)], true), []);
    }

    #[test]
    fn room_noise_is_a_voice() {
        for codec in ALL {
            let mut presence = Presence::default();
            assert_eq!(
                run(&mut presence, codec, &[(1, 60, Some(40.0))], true),
                [],
                "{codec:?}"
            );
        }
    }
}
