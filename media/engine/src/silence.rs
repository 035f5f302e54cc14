//! Tells when a speaker has stopped talking, for recordings that are to end then. Pure.
//!
//! What counts as sound says `ears::activity`, packet by packet, from the codes: a table gives their
//! squares, so that nothing is decoded. What sends no packets is silent, too, so a phone with silence
//! suppression needs no rule of its own.

use crate::ears::activity::Activity;
use crate::g711::Law;
use crate::ring::Spoken;

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
    activity: Activity,
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
            activity: Activity::new(),
            limit: u64::from(limit_ms) * NS_PER_MS,
            quiet_since: now,
            has_fallen: false,
            heard_at: None,
            sound: 0,
        }
    }

    /// Takes a packet.
    pub fn hear(&mut self, spoken: Spoken, now: u64) {
        let (power, length) = match spoken {
            Spoken::Codes(codes, law) => (power(codes, law), spoken.frames()),
            Spoken::Samples(samples, _) => (power_of(samples), spoken.frames()),
        };
        if self.activity.is_sound(power, length as u32) {
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

/// Whether a packet's mean square is above that.
pub fn is_louder(spoken: Spoken, mean_square: u64) -> bool {
    let power = match spoken {
        Spoken::Codes(codes, law) => power(codes, law),
        Spoken::Samples(samples, _) => power_of(samples),
    };
    power > mean_square as f32
}

/// The mean square of their samples.
///
/// A byte always lies within a table of 256; the compiler knows it too and checks nothing.
#[allow(clippy::indexing_slicing)]
fn power(codes: &[u8], law: Law) -> f32 {
    let squares = match law {
        Law::A => &SQUARES_A,
        Law::Mu => &SQUARES_MU,
    };
    let sum: u64 = codes
        .iter()
        .map(|&code| u64::from(squares[code as usize]))
        .sum();
    sum as f32 / codes.len().max(1) as f32
}

fn power_of(samples: &[i16]) -> f32 {
    let square = |&sample: &i16| i64::from(sample).pow(2) as u64;
    let sum: u64 = samples.iter().map(square).sum();
    sum as f32 / samples.len().max(1) as f32
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

    /// Whether a packet of that level is sound on a line without noise.
    fn is_sound(codes: &[u8], law: Law) -> bool {
        let mut activity = Activity::new();
        activity.is_sound(0.0, 160);
        activity.is_sound(power(codes, law), codes.len() as u32)
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
                assert_eq!(power_of(&samples), power(&codes, law), "{level}");
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
    fn a_noisy_line_is_silent() {
        let mut watch = SilenceWatch::new(3000, 0);
        for n in 0..200 {
            watch.hear(Spoken::Codes(&sine(Law::A, -38.0), Law::A), n * 20 * MS);
        }
        assert!(watch.falls_silent(4000 * MS) && watch.is_blank());
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
