//! Who answered, a person or a machine, and when the machine has beeped. Pure.
//!
//! People say a word or two and wait for the other; machines speak on. What is heard is measured as
//! a greeting: from the first sound to the last before a silence that is long enough to be an
//! invitation to speak. A beep is a tone that is one in nothing but a machine.

use std::ops::RangeInclusive;

use super::cadence::{Part, Tone};
use super::sign::{Heard, Sign};
use super::spectrum::FRAME_MS;

/// Sound that begins a greeting.
const ONSET_MS: u32 = 60;
/// So long after an answer somebody would have spoken.
const NOBODY_MS: u32 = 4_000;
/// Whoever is silent for so long waits for us.
const INVITATION_MS: u32 = 760;
/// Nobody greets for so long.
const SPEECH_MS: u32 = 3_000;

const BEEP_HZ: RangeInclusive<f32> = 470.0..=2_300.0;
const BEEP_MS: RangeInclusive<u32> = 120..=3_000;
/// A beep is nothing but a tone.
const PURE: f32 = 0.9;
/// So long after a beep nothing else is said.
const AFTER_BEEP_MS: u32 = 80;

/// Listens to whoever answered, from that moment on.
#[derive(Debug, Default)]
pub struct MachineEar {
    elapsed_ms: u32,
    /// Since the greeting's first sound, and since its last; before it, sound so far.
    begun: bool,
    run_ms: u32,
    length_ms: u32,
    silence_ms: u32,
    verdict: Option<Sign>,
    beep: Option<Tone>,
}

impl MachineEar {
    /// Takes what a frame ended and is part of, and whether it is sound; tells at most two things.
    pub fn hear(
        &mut self,
        (ended, part): (Option<Tone>, Part),
        is_sound: bool,
    ) -> [Option<Heard>; 2] {
        let beep = self.beeps(ended, part);
        let said = match beep {
            Some(_) => (self.verdict != Some(Sign::Machine)).then(|| Heard::new(Sign::Machine, 97)),
            None if self.verdict.is_none() => self.judge(is_sound),
            None => None,
        };
        if let Some(said) = said {
            self.verdict = Some(said.sign);
        }
        [said, beep]
    }

    fn judge(&mut self, is_sound: bool) -> Option<Heard> {
        self.elapsed_ms += FRAME_MS;
        if !self.begun {
            self.run_ms = if is_sound { self.run_ms + FRAME_MS } else { 0 };
            if self.run_ms >= ONSET_MS {
                self.begun = true;
                self.length_ms = self.run_ms;
            }
            return (!self.begun && self.elapsed_ms >= NOBODY_MS)
                .then(|| Heard::new(Sign::Silent, 60));
        }
        if is_sound {
            self.length_ms += self.silence_ms + FRAME_MS;
            self.silence_ms = 0;
        } else {
            self.silence_ms += FRAME_MS;
        }
        if self.length_ms >= SPEECH_MS {
            return Some(Heard::new(Sign::Machine, 80));
        }
        (self.silence_ms >= INVITATION_MS).then(|| {
            let confidence = match self.length_ms {
                0..=1_000 => 95,
                1_001..=1_800 => 85,
                _ => 65,
            };
            Heard::new(Sign::Human, confidence)
        })
    }

    /// A tone that was one, once it is clear that nothing goes on after it.
    fn beeps(&mut self, ended: Option<Tone>, part: Part) -> Option<Heard> {
        if let Some(tone) = ended {
            let is_beep = tone.high.is_none()
                && BEEP_HZ.contains(&tone.low)
                && BEEP_MS.contains(&tone.ms)
                && tone.share >= PURE;
            self.beep = is_beep.then_some(tone);
        }
        match part {
            Part::Pause(ms) if ms >= AFTER_BEEP_MS => {
                self.beep.take().map(|_| Heard::new(Sign::Beep, 92))
            }
            Part::Pause(_) => None,
            Part::Tone(_) | Part::Sound => {
                self.beep = None;
                None
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::super::sign::Sign::{Beep, Human, Machine, Silent};
    use super::*;
    use crate::ears::activity::Activity;
    use crate::ears::cadence::Cadence;
    use crate::ears::spectrum::{Analyser, FRAME};
    use crate::testing::{sine, Dice};

    enum Said {
        Nothing(usize),
        Words(usize),
        Tone(f32, usize),
    }
    use Said::{Nothing, Tone, Words};

    /// What is told, and when in ms.
    fn heard(parts: &[Said]) -> Vec<(u32, Sign)> {
        let mut dice = Dice(2);
        let mut sound: Vec<i16> = Vec::new();
        for part in parts {
            match *part {
                Nothing(ms) => sound.extend(vec![0; ms * 8]),
                Words(ms) => sound.extend((0..ms * 8).map(|n| match n % 2400 {
                    0..2000 => dice.up_to(8000) as i16 - 4000,
                    _ => 0,
                })),
                Tone(hz, ms) => sound.extend(sine(hz, 4000.0, 0, ms * 8)),
            }
        }
        let (mut analyser, mut cadence) = (Analyser::new(), Cadence::new());
        let (mut activity, mut ear) = (Activity::new(), MachineEar::default());
        let (mut told, mut now) = (Vec::new(), 0);
        analyser.hear(&sound, |frame| {
            now += FRAME_MS;
            let is_sound = activity.is_sound(frame.level, FRAME as u32);
            let both = ear.hear(cadence.hear(&frame), is_sound);
            told.extend(both.into_iter().flatten().map(|heard| (now, heard.sign)));
        });
        told
    }

    fn signs(parts: &[Said]) -> Vec<Sign> {
        heard(parts).into_iter().map(|(_, sign)| sign).collect()
    }

    #[test]
    fn people_say_little_and_wait_and_machines_speak_on() {
        assert_eq!(signs(&[Nothing(500), Words(700), Nothing(3000)]), [Human]);
        assert_eq!(signs(&[Nothing(500), Words(1900), Nothing(3000)]), [Human]);
        assert_eq!(
            signs(&[Nothing(300), Words(6000), Nothing(2000)]),
            [Machine]
        );
        assert_eq!(signs(&[Nothing(6000)]), [Silent]);
        let click = [Nothing(900), Words(40), Nothing(6000)];
        assert_eq!(signs(&click), [Silent]);
    }

    #[test]
    fn the_end_of_a_beep_is_told_and_means_a_machine() {
        let told = heard(&[
            Nothing(300),
            Words(5000),
            Nothing(400),
            Tone(1000.0, 400),
            Nothing(900),
        ]);
        assert_eq!(
            told.iter().map(|one| one.1).collect::<Vec<_>>(),
            [Machine, Beep]
        );
        assert!((6100..6300).contains(&told[1].0), "{told:?}");
        let short = [Words(900), Nothing(1000), Tone(1400.0, 300), Nothing(500)];
        assert_eq!(signs(&short), [Human, Machine, Beep]);
        assert_eq!(
            signs(&[Nothing(800), Tone(850.0, 250), Nothing(500)]),
            [Machine, Beep]
        );
    }

    #[test]
    fn neither_busy_nor_a_tone_within_words_is_a_beep() {
        let busy = [
            Tone(450.0, 350),
            Nothing(350),
            Tone(450.0, 350),
            Nothing(350),
        ];
        assert!(!signs(&busy).contains(&Beep));
        assert!(!signs(&[Words(500), Tone(700.0, 200), Words(500), Nothing(300)]).contains(&Beep));
    }
}
