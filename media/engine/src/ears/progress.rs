//! How an outgoing call goes, before it is answered: the network's tones (ITU-T E.180), or what a
//! called party has put in place of ring-back. Pure.
//!
//! Tones are told by cadence first: what rings is long and rests longer, what is busy alternates
//! evenly, quicker where the network is. Only 450 Hz, China's, is told by its own lengths.
//! Whatever else sounds for a while is a colour ring-back.

use std::ops::RangeInclusive;

use super::cadence::{Part, Tone};
use super::sign::{Colour, Heard, Sign, Special};
use super::spectrum::{Spectrum, FRAME_MS};

/// Tones that are remembered: a period of the longest cadence.
const MEMORY: usize = 5;

/// Where ring-back lies in all plans.
const RING_HZ: RangeInclusive<f32> = 370.0..=505.0;
/// The tones of busy and congestion.
const BUSY_HZ: RangeInclusive<f32> = 370.0..=650.0;
const CHINA_HZ: RangeInclusive<f32> = 439.0..=461.0;

/// A ring, each of a double ring, and the rests within and after.
const RING_MS: RangeInclusive<u32> = 640..=2_600;
const SHORT_RING_MS: RangeInclusive<u32> = 280..=520;
const INNER_REST_MS: RangeInclusive<u32> = 100..=320;
const REST_MS: u32 = 1_400;

/// Lengths in a cadence may differ by so much and an eighth.
const SLACK_MS: u32 = 50;

/// The three frequencies before an announcement, ±50 Hz and what lines add.
const SPECIAL_HZ: [RangeInclusive<f32>; 3] =
    [880.0..=1_020.0, 1_330.0..=1_470.0, 1_730.0..=1_870.0];
const SPECIAL_MS: RangeInclusive<u32> = 180..=500;

/// So much of anything else is a colour ring-back; silence takes a quarter of its length away.
const COLOUR_MS: u32 = 1_600;

/// Listens to one called party's line.
#[derive(Debug)]
pub struct ProgressEar {
    /// Tones of late, the newest last.
    tones: Vec<Tone>,
    has_rung: bool,
    /// The rest was told to be one of ring-back.
    is_rest_told: bool,
    told: Option<Sign>,
    after_special: bool,
    colour: ColourMeter,
}

impl ProgressEar {
    pub fn new() -> ProgressEar {
        ProgressEar {
            tones: Vec::with_capacity(MEMORY + 1),
            has_rung: false,
            is_rest_told: false,
            told: None,
            after_special: false,
            colour: ColourMeter::default(),
        }
    }

    /// Takes a frame, what it ended and is part of, and whether it can be heard at all.
    pub fn hear(
        &mut self,
        frame: &Spectrum,
        (ended, part): (Option<Tone>, Part),
        is_sound: bool,
    ) -> Option<Heard> {
        let heard = match (ended, part) {
            (Some(tone), _) => self.tone_ended(tone),
            (None, Part::Pause(ms)) if ms >= REST_MS => self.rests(),
            _ => None,
        };
        let coloured = self.colour.hear(frame, part, is_sound);
        let heard = heard.or_else(|| {
            let is_plain =
                self.after_special || matches!(self.told, Some(Sign::Busy | Sign::Congestion));
            coloured.filter(|_| !is_plain)
        })?;
        if self.told == Some(heard.sign) {
            return None;
        }
        self.told = Some(heard.sign);
        Some(heard)
    }

    fn tone_ended(&mut self, tone: Tone) -> Option<Heard> {
        self.is_rest_told = false;
        if self.tones.len() == MEMORY {
            self.tones.remove(0);
        }
        self.tones.push(tone);
        let found = self
            .special()
            .map(|special| Heard::new(Sign::SpecialInformation(special), 95))
            .or_else(|| self.no_such_number())
            .or_else(|| self.alternates());
        if let Some(Heard {
            sign: Sign::SpecialInformation(_),
            ..
        }) = found
        {
            self.after_special = true;
        }
        found
    }

    /// The last tone was a ring, if a long rest follows it.
    fn rests(&mut self) -> Option<Heard> {
        if std::mem::replace(&mut self.is_rest_told, true) {
            return None;
        }
        let last = self.tones.last()?;
        let is_ring = |tone: &Tone| within(tone, &RING_HZ);
        let is_double = match self.tones.as_slice() {
            [.., before, last] => {
                is_ring(before)
                    && last.is_next
                    && INNER_REST_MS.contains(&last.before_ms)
                    && [before, last]
                        .iter()
                        .all(|tone| SHORT_RING_MS.contains(&tone.ms))
            }
            _ => false,
        };
        if !is_ring(last) || !(RING_MS.contains(&last.ms) || is_double) {
            return None;
        }
        let confidence = if self.has_rung { 98 } else { 88 };
        self.has_rung = true;
        Some(Heard::new(Sign::Ringback, confidence))
    }

    /// Busy or congestion: three tones and two rests of even lengths. The first may be cut off.
    fn alternates(&self) -> Option<Heard> {
        let [.., first, second, third] = self.tones.as_slice() else {
            return None;
        };
        let is_train = second.is_next && third.is_next;
        if !is_train
            || ![first, second, third]
                .iter()
                .all(|tone| within(tone, &BUSY_HZ))
        {
            return None;
        }
        let (on, off) = (third.ms, third.before_ms);
        if is_uneven_train(first, second, third) {
            return Some(Heard::new(Sign::Congestion, 85));
        }
        if !alike(on, second.ms) || !alike(off, second.before_ms) || !alike(on, off) {
            return None;
        }
        let is_china = third.high.is_none() && CHINA_HZ.contains(&third.low);
        let sign = match on {
            130..=285 => Sign::Congestion,
            286..=520 => Sign::Busy,
            521..=850 if is_china => Sign::Congestion,
            _ => return None,
        };
        let confidence = if alike(on, first.ms) { 94 } else { 82 };
        Some(Heard::new(sign, confidence))
    }

    /// China's tone of a number that does not exist: three short, one long.
    fn no_such_number(&self) -> Option<Heard> {
        let [.., a, b, c, long] = self.tones.as_slice() else {
            return None;
        };
        let short = 40..=170;
        let are_short = [a, b, c].iter().all(|tone| short.contains(&tone.ms));
        let rests = [b, c, long];
        let are_next = rests
            .iter()
            .all(|tone| tone.is_next && short.contains(&tone.before_ms));
        let is_long = (280..=520).contains(&long.ms);
        let are_china = [a, b, c, long]
            .iter()
            .all(|tone| CHINA_HZ.contains(&tone.low));
        (are_short && are_next && is_long && are_china)
            .then(|| Heard::new(Sign::SpecialInformation(Special::Vacant), 92))
    }

    /// What the last three tones are as special information tones.
    fn special(&self) -> Option<Special> {
        let [.., first, second, third] = self.tones.as_slice() else {
            return None;
        };
        let three = [first, second, third];
        let are_theirs = three
            .iter()
            .zip(&SPECIAL_HZ)
            .all(|(tone, range)| range.contains(&tone.low) && SPECIAL_MS.contains(&tone.ms));
        let are_next = [second, third]
            .iter()
            .all(|tone| tone.is_next && tone.before_ms <= 100);
        (are_theirs && are_next).then(|| special(first, second))
    }
}

impl Default for ProgressEar {
    fn default() -> ProgressEar {
        ProgressEar::new()
    }
}

fn within(tone: &Tone, range: &RangeInclusive<f32>) -> bool {
    range.contains(&tone.low) && tone.high.is_none_or(|high| range.contains(&high))
}

fn alike(a: u32, b: u32) -> bool {
    a.abs_diff(b) <= SLACK_MS + a.max(b) / 8
}

/// The United Kingdom's congestion: 400 on, 350 off, 225 on, 525 off.
fn is_uneven_train(first: &Tone, second: &Tone, third: &Tone) -> bool {
    let near = |ms: u32, wanted: u32| ms.abs_diff(wanted) <= 70;
    let is = |on: u32, before: u32, tone: &Tone| near(tone.ms, on) && near(tone.before_ms, before);
    (is(225, 350, second) && is(400, 525, third) && first.ms >= 100)
        || (is(400, 525, second) && is(225, 350, third) && first.ms >= 100)
}

/// By the frequencies and lengths of the first two (ANSI T1.401).
fn special(first: &Tone, second: &Tone) -> Special {
    // The lower and the higher of each; ITU-T's own lie between and say nothing.
    let height = |tone: &Tone, low: f32, high: f32| {
        if (tone.low - low).abs() <= 16.0 {
            Some(false)
        } else if (tone.low - high).abs() <= 16.0 {
            Some(true)
        } else {
            None
        }
    };
    let is_long = |tone: &Tone| tone.ms > 327;
    let heights = (height(first, 913.8, 985.2), height(second, 1370.6, 1428.5));
    match (heights, is_long(first), is_long(second)) {
        ((Some(false), Some(false)), false, false) => Special::Intercept,
        ((Some(true), Some(false)), true, false) => Special::Vacant,
        ((Some(false), Some(true)), false, true) | ((Some(true), Some(false)), false, true) => {
            Special::Reorder
        }
        ((Some(false), Some(false)) | (Some(true), Some(true)), true, true) => Special::NoCircuit,
        ((Some(false), Some(true)), true, false) => Special::Ineffective,
        _ => Special::Unspecified,
    }
}

/// How much was heard that is no tone of the network, and whether it is more like music.
#[derive(Debug, Default)]
struct ColourMeter {
    other_ms: u32,
    frames: u32,
    /// Frames whose strongest tone is that of the frames before.
    steady: u32,
    before: [f32; 3],
}

impl ColourMeter {
    fn hear(&mut self, frame: &Spectrum, part: Part, is_sound: bool) -> Option<Heard> {
        if !is_sound {
            self.other_ms = self.other_ms.saturating_sub(FRAME_MS / 4);
            return None;
        }
        if matches!(part, Part::Tone(tone) if is_of_network(&tone)) {
            return None;
        }
        let is_steady = self
            .before
            .iter()
            .all(|hz| (hz / frame.first - 1.0).abs() < 0.015);
        self.before.rotate_right(1);
        self.before[0] = frame.first;
        self.frames += 1;
        self.steady += u32::from(is_steady);
        self.other_ms += FRAME_MS;
        if self.other_ms < COLOUR_MS {
            return None;
        }
        self.other_ms = 0;
        let is_music = 3 * self.steady > self.frames;
        let colour = if is_music {
            Colour::Music
        } else {
            Colour::Speech
        };
        Some(Heard::new(Sign::ColourRingback(colour), 85))
    }
}

/// Whether it may become one of the network's.
fn is_of_network(tone: &Tone) -> bool {
    let may_be_special = SPECIAL_HZ.iter().any(|range| range.contains(&tone.low));
    within(tone, &BUSY_HZ) || (may_be_special && tone.ms < *SPECIAL_MS.end())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::super::sign::Sign::{
        Busy, ColourRingback, Congestion, Ringback, SpecialInformation,
    };
    use super::*;
    use crate::ears::activity::Activity;
    use crate::ears::cadence::Cadence;
    use crate::ears::spectrum::{Analyser, FRAME};
    use crate::testing::{sine, Dice};

    /// Frequencies that sound together, and for how long in ms.
    type Burst = (&'static [f32], u32);

    fn sound(bursts: &[Burst], times: usize) -> Vec<i16> {
        let mut sound = vec![0; 2400];
        for &(tones, ms) in std::iter::repeat_n(bursts, times).flatten() {
            let count = ms as usize * 8;
            let tones: Vec<Vec<i16>> = tones.iter().map(|&hz| sine(hz, 3000.0, 0, count)).collect();
            sound.extend((0..count).map(|n| tones.iter().map(|tone| tone[n]).sum::<i16>()));
        }
        sound
    }

    fn heard(sound: &[i16]) -> Vec<Sign> {
        let (mut analyser, mut cadence) = (Analyser::new(), Cadence::new());
        let (mut activity, mut ear) = (Activity::new(), ProgressEar::new());
        let mut signs = Vec::new();
        analyser.hear(sound, |frame| {
            let is_sound = activity.is_sound(frame.level, FRAME as u32);
            let told = ear.hear(&frame, cadence.hear(&frame), is_sound);
            signs.extend(told.map(|heard| heard.sign));
        });
        signs
    }

    #[test]
    fn each_tone_of_each_plan_is_told_once_for_what_it_is() {
        let cases: &[(&str, &[Burst], usize, &[Sign])] = &[
            (
                "cn ring-back",
                &[(&[450.0], 1000), (&[], 4000)],
                3,
                &[Ringback],
            ),
            (
                "us ring-back",
                &[(&[440.0, 480.0], 2000), (&[], 4000)],
                2,
                &[Ringback],
            ),
            (
                "uk ring-back",
                &[
                    (&[400.0, 450.0], 400),
                    (&[], 200),
                    (&[400.0, 450.0], 400),
                    (&[], 2000),
                ],
                2,
                &[Ringback],
            ),
            ("cn busy", &[(&[450.0], 350), (&[], 350)], 5, &[Busy]),
            (
                "cn congestion",
                &[(&[450.0], 700), (&[], 700)],
                5,
                &[Congestion],
            ),
            ("us busy", &[(&[480.0, 620.0], 500), (&[], 500)], 5, &[Busy]),
            (
                "us congestion",
                &[(&[480.0, 620.0], 250), (&[], 250)],
                5,
                &[Congestion],
            ),
            ("uk busy", &[(&[400.0], 375), (&[], 375)], 5, &[Busy]),
            (
                "uk congestion",
                &[(&[400.0], 400), (&[], 350), (&[400.0], 225), (&[], 525)],
                4,
                &[Congestion],
            ),
            (
                "de congestion",
                &[(&[425.0], 240), (&[], 240)],
                5,
                &[Congestion],
            ),
            (
                "cn no such number",
                &[
                    (&[450.0], 100),
                    (&[], 100),
                    (&[450.0], 100),
                    (&[], 100),
                    (&[450.0], 100),
                    (&[], 100),
                    (&[450.0], 400),
                    (&[], 400),
                ],
                2,
                &[SpecialInformation(Special::Vacant)],
            ),
            ("a dial tone", &[(&[425.0], 6000)], 1, &[]),
            ("call waiting", &[(&[450.0], 400), (&[], 4000)], 2, &[]),
            ("silence", &[(&[], 6000)], 1, &[]),
        ];
        for (name, bursts, times, expected) in cases {
            assert_eq!(&heard(&sound(bursts, *times))[..], *expected, "{name}");
        }
    }

    #[test]
    fn special_information_tones_tell_their_kind() {
        let kinds = [
            (913.8, 274, 1370.6, 274, Special::Intercept),
            (985.2, 380, 1370.6, 274, Special::Vacant),
            (913.8, 274, 1428.5, 380, Special::Reorder),
            (985.2, 274, 1370.6, 380, Special::Reorder),
            (985.2, 380, 1428.5, 380, Special::NoCircuit),
            (913.8, 380, 1370.6, 380, Special::NoCircuit),
            (913.8, 380, 1428.5, 274, Special::Ineffective),
            (950.0, 330, 1400.0, 330, Special::Unspecified),
        ];
        for (first, first_ms, second, second_ms, special) in kinds {
            let mut sounds = vec![0; 2400];
            for (hz, ms) in [(first, first_ms), (second, second_ms), (1776.7, 380)] {
                sounds.extend(sine(hz, 3000.0, 0, ms * 8));
            }
            sounds.extend([0; 4000]);
            assert_eq!(heard(&sounds), [SpecialInformation(special)], "{special:?}");
        }
    }

    #[test]
    fn what_is_no_tone_of_the_network_colours_the_ring_back() {
        let chord = sound(
            &[(&[262.0, 330.0, 523.0], 700), (&[294.0, 349.0, 587.0], 700)],
            3,
        );
        assert_eq!(heard(&chord), [ColourRingback(Colour::Music)]);
        let mut dice = Dice(5);
        let words: Vec<i16> = (0..40_000)
            .map(|n| {
                if n % 3200 < 2000 {
                    dice.up_to(9000) as i16 - 4500
                } else {
                    0
                }
            })
            .collect();
        assert_eq!(heard(&words), [ColourRingback(Colour::Speech)]);
    }
}
