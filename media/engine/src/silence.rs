//! Tells when a speaker has stopped talking, for recordings that are to end then. Pure.
//!
//! A packet counts as sound when its mean power is above the threshold. What sends no packets is
//! silent, too, so a phone with silence suppression needs no rule of its own.

use crate::g711::Law;
use crate::track::Spoken;

/// The mean square of 16-bit samples at −45 dBm0. Full scale is +3.14 dBm0 in A-law and +3.17 in
/// µ-law (ITU-T G.711 §4): an rms of 90.8 and of 90.1. Speech lies above −35 dBm0, lines' noise
/// below −50.
const SOUND: u64 = 8_180;
/// Less sound than this is no speech: a click, the echo of a beep, the start of a key's tone.
const LEAST_SPEECH: u64 = 100 * 8;
const NS_PER_MS: u64 = 1_000_000;

static SQUARES_A: [u32; 256] = squares(Law::A);
static SQUARES_MU: [u32; 256] = squares(Law::Mu);

#[allow(clippy::indexing_slicing)] // const evaluation: a wrong index would not compile
const fn squares(law: Law) -> [u32; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let sample = law.decode(code as u8) as i32;
        table[code] = (sample * sample) as u32;
        code += 1;
    }
    table
}

/// Watches one speaker from the moment it is made.
#[derive(Debug)]
pub struct SilenceWatch {
    limit: u64,
    quiet_since: u64,
    has_fallen: bool,
    /// When the first packet of sound came.
    heard_at: Option<u64>,
    /// Frames in packets of sound.
    sound: u64,
}

impl SilenceWatch {
    /// Waits for `limit_ms` of silence, counted from `now` (nanoseconds) at first.
    pub fn new(limit_ms: u32, now: u64) -> SilenceWatch {
        SilenceWatch {
            limit: u64::from(limit_ms) * NS_PER_MS,
            quiet_since: now,
            has_fallen: false,
            heard_at: None,
            sound: 0,
        }
    }

    /// Takes a packet.
    pub fn hear(&mut self, spoken: Spoken, now: u64) {
        let (is_sound, length) = match spoken {
            Spoken::Codes(codes, law) => (is_sound(codes, law), codes.len()),
            Spoken::Samples(samples) => (are_sound(samples), samples.len()),
        };
        if is_sound {
            self.heard_at.get_or_insert(now);
            self.quiet_since = now;
            self.sound += length as u64;
        }
    }

    /// From the first packet of sound to the last so far.
    pub fn heard(&self) -> Option<(u64, u64)> {
        self.heard_at.map(|first| (first, self.quiet_since))
    }

    /// Whether the silence has just become long enough; said once.
    pub fn falls_silent(&mut self, now: u64) -> bool {
        if self.has_fallen || now.saturating_sub(self.quiet_since) < self.limit {
            return false;
        }
        self.has_fallen = true;
        true
    }

    /// Whether nothing that could be speech has been heard so far.
    pub fn is_blank(&self) -> bool {
        self.sound < LEAST_SPEECH
    }
}

fn is_sound(codes: &[u8], law: Law) -> bool {
    is_louder(codes, law, SOUND)
}

/// Whether a packet's mean square is above that. A byte always lies within a table of 256; the
/// compiler knows it too and checks nothing.
#[allow(clippy::indexing_slicing)]
pub fn is_louder(codes: &[u8], law: Law, mean_square: u64) -> bool {
    let squares = match law {
        Law::A => &SQUARES_A,
        Law::Mu => &SQUARES_MU,
    };
    let power: u64 = codes
        .iter()
        .map(|&code| u64::from(squares[code as usize]))
        .sum();
    power > mean_square * codes.len() as u64
}

fn are_sound(samples: &[i16]) -> bool {
    let square = |&sample: &i16| i64::from(sample).pow(2) as u64;
    samples.iter().map(square).sum::<u64>() > SOUND * samples.len() as u64
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;
    const LAWS: [Law; 2] = [Law::A, Law::Mu];

    /// 20 ms of a 400 Hz sine (20 samples a period), its level in dBm0 (± 0.02 dB, law by law).
    fn sine(law: Law, level: f64) -> Vec<u8> {
        let peak = 32_768.0 * 10f64.powf((level - 3.155) / 20.0);
        let sample = |n: i32| peak * (f64::from(n) * std::f64::consts::TAU / 20.0).sin();
        (0..160)
            .map(|n| law.encode(sample(n).round() as i16))
            .collect()
    }

    fn speak(watch: &mut SilenceWatch, packets: u64, from: u64) {
        for n in 0..packets {
            watch.hear(
                Spoken::Codes(&sine(Law::A, -20.0), Law::A),
                from + n * 20 * MS,
            );
        }
    }

    #[test]
    fn sound_is_what_is_louder_than_minus_45_dbm0() {
        let cases = [
            (0.0, true),
            (-35.0, true),
            // the quantisation of so weak a tone costs up to 1 dB
            (-44.0, true),
            (-46.0, false),
            (-50.0, false),
            (-70.0, false),
        ];
        for law in LAWS {
            for (level, expected) in cases {
                let codes = sine(law, level);
                assert_eq!(is_sound(&codes, law), expected, "{law:?} {level}");
                let samples: Vec<i16> = codes.iter().map(|&code| law.decode(code)).collect();
                assert_eq!(are_sound(&samples), expected, "{level}");
            }
            assert!(!is_sound(&[law.silence(); 160], law), "{law:?}");
            assert!(!is_sound(&[], law));
        }
    }

    #[test]
    fn the_longest_and_loudest_packet_fits() {
        assert!(is_sound(&[0x2a; 65_535], Law::A));
    }

    #[test]
    fn a_speaker_who_says_nothing_falls_silent_once() {
        let mut watch = SilenceWatch::new(3000, 7000 * MS);
        let asked = [
            (9999, false),
            (10_000, true),
            (10_100, false),
            (60_000, false),
        ];
        for (ms, expected) in asked {
            assert_eq!(watch.falls_silent(ms * MS), expected, "at {ms} ms");
        }
        assert!(watch.is_blank());
    }

    #[test]
    fn sound_puts_silence_off_and_quiet_packets_do_not() {
        let mut watch = SilenceWatch::new(3000, 0);
        speak(&mut watch, 10, 2000 * MS);
        let spoken = 2180;
        for ms in (spoken..6000).step_by(20) {
            watch.hear(Spoken::Codes(&[0xd5; 160], Law::A), ms * MS);
            watch.hear(Spoken::Codes(&sine(Law::Mu, -50.0), Law::Mu), ms * MS);
        }
        assert!(!watch.falls_silent((spoken + 2999) * MS));
        assert!(watch.falls_silent((spoken + 3000) * MS));
        speak(&mut watch, 1, 6000 * MS);
        assert!(!watch.falls_silent(60_000 * MS), "only once");
        assert!(!watch.is_blank());
    }

    #[test]
    fn a_click_is_no_speech() {
        let mut watch = SilenceWatch::new(3000, 0);
        speak(&mut watch, 4, 0);
        assert!(watch.is_blank());
        speak(&mut watch, 1, 80 * MS);
        assert!(!watch.is_blank());
    }

    proptest! {
        #[test]
        fn any_packets_at_any_times_are_harmless(
            packets in prop::collection::vec(
                (prop::collection::vec(any::<u8>(), 0..200), any::<bool>(), any::<u64>()), 0..40),
            limit in any::<u32>(),
        ) {
            let mut watch = SilenceWatch::new(limit, 1000 * MS);
            let mut fallen = 0;
            for (codes, a_law, now) in packets {
                watch.hear(Spoken::Codes(&codes, LAWS[usize::from(a_law)]), now);
                fallen += u32::from(watch.falls_silent(now));
            }
            prop_assert!(fallen <= 1);
        }
    }
}
