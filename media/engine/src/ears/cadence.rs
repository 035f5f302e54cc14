//! Frames as a cadence: which tone sounded for how long, and what was between. Pure.
//!
//! A window that is half tone and half silence has a quarter of the tone's power: tones are counted
//! from and to there, so that their length comes out right though the window is long.

use super::activity::FAINT;
use super::spectrum::{Spectrum, FRAME_MS};

/// The least share that tones have of a frame; what is beyond may be noise.
const TONAL: f32 = 0.72;
/// A tone stays within 3 % of its frequency.
const STEADY: f32 = 0.03;
/// Of a tone's power, where it begins and ends: -6 dB.
const EDGE: f32 = 0.25;
/// After so long nothing of a tone is left in the window.
const FADED_MS: u32 = 80;
/// Fewer frames are no tone: a vowel, a note in passing.
const SHORTEST: usize = 3;
/// The window over a lost packet, in frames.
const BRIDGED: usize = 5;
/// Frames at a tone's begin whose power is remembered.
const RISE: usize = 4;

/// A tone, so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// In hertz.
    pub low: f32,
    /// Of two that sound together.
    pub high: Option<f32>,
    pub ms: u32,
    /// The pause before it, since the tone before.
    pub before_ms: u32,
    /// Nothing else sounded since the tone before.
    pub is_next: bool,
    /// The mean share of the frames' power.
    pub share: f32,
}

/// What a frame is part of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    Tone(Tone),
    /// Nothing that could be heard beside the tone before; for so long by now.
    Pause(u32),
    /// Something else.
    Sound,
}

/// A tone that sounds.
#[derive(Clone, Copy, Debug, Default)]
struct Sounding {
    first: f32,
    lows: f32,
    highs: f32,
    single: f32,
    /// Frames with one tone, and with two.
    ones: usize,
    twos: usize,
    shares: f32,
    level: f32,
    rise: [f32; RISE],
    /// Frames that a lost packet has spoilt, and those of late, of which it is not yet clear.
    bridged: usize,
    missed: usize,
    /// The strongest tone of the last of these.
    other: f32,
}

impl Sounding {
    fn frames(&self) -> usize {
        self.ones + self.twos
    }

    /// Whether the frame is still of this tone: it is, or what is there instead is as loud, soon
    /// over, and no other tone.
    fn goes_on(&mut self, frame: &Spectrum, is_tonal: bool) -> bool {
        if is_tonal && self.takes(frame) {
            self.take(frame);
            self.bridged += std::mem::take(&mut self.missed);
            self.other = 0.0;
            return true;
        }
        let is_loud = frame.window_level > EDGE * self.level;
        let is_other = is_tonal && (frame.first / self.other - 1.0).abs() < STEADY;
        self.missed += 1;
        self.other = if is_tonal { frame.first } else { 0.0 };
        is_loud && !is_other && self.missed <= BRIDGED
    }

    fn takes(&self, frame: &Spectrum) -> bool {
        let is_same = |hz: f32| (hz / self.first - 1.0).abs() < STEADY;
        let is_steady = is_same(frame.first) || frame.second.is_some_and(is_same);
        is_steady && frame.window_level > EDGE * self.level
    }

    fn take(&mut self, frame: &Spectrum) {
        let nth = self.frames();
        if let Some(slot) = self.rise.get_mut(nth) {
            *slot = frame.window_level;
        }
        match frame.second {
            Some(second) => {
                self.twos += 1;
                self.lows += frame.first.min(second);
                self.highs += frame.first.max(second);
            }
            None => {
                self.ones += 1;
                self.single += frame.first;
            }
        }
        self.shares += frame.share;
        self.level = self.level.max(frame.window_level);
    }

    fn tone(&self, pause_ms: u32, is_next: bool) -> Tone {
        let rise = self.rise.iter().take(self.frames());
        let early = rise.filter(|&&power| power < EDGE * self.level).count();
        let (ones, twos) = (self.ones as f32, self.twos as f32);
        let (low, high) = if self.twos > self.ones {
            (self.lows / twos, Some(self.highs / twos))
        } else {
            (self.single / ones, None)
        };
        Tone {
            low,
            high,
            ms: (self.frames() + self.bridged - early) as u32 * FRAME_MS,
            before_ms: pause_ms + early as u32 * FRAME_MS,
            is_next,
            share: self.shares / self.frames() as f32,
        }
    }
}

/// Follows one sound.
#[derive(Debug)]
pub struct Cadence {
    sounding: Option<Sounding>,
    /// Of the tone before.
    level: f32,
    pause_ms: u32,
    is_next: bool,
}

impl Cadence {
    pub fn new() -> Cadence {
        Cadence {
            sounding: None,
            level: 0.0,
            pause_ms: 0,
            is_next: false,
        }
    }

    /// Takes the next frame: the tone that is over by now, and what the frame is.
    pub fn hear(&mut self, frame: &Spectrum) -> (Option<Tone>, Part) {
        let is_tonal = frame.share >= TONAL && frame.window_level >= FAINT;
        if let Some(sounding) = &mut self.sounding {
            if sounding.goes_on(frame, is_tonal) {
                let tone = sounding.tone(self.pause_ms, self.is_next);
                return (None, Part::Tone(tone));
            }
        }
        let ended = self.end();
        // What the window still holds of the tone before is not another one.
        let is_faded = self.pause_ms >= FADED_MS;
        if is_tonal && (is_faded || frame.window_level > EDGE * self.level) {
            let mut sounding = Sounding {
                first: frame.first,
                ..Sounding::default()
            };
            sounding.take(frame);
            self.sounding = Some(sounding);
            return (
                ended,
                Part::Tone(sounding.tone(self.pause_ms, self.is_next)),
            );
        }
        self.pause_ms += FRAME_MS;
        if frame.window_level < FAINT.max(EDGE * self.level) {
            return (ended, Part::Pause(self.pause_ms));
        }
        self.is_next = false;
        (ended, Part::Sound)
    }

    fn end(&mut self) -> Option<Tone> {
        let sounding = self.sounding.take()?;
        if sounding.frames() < SHORTEST {
            self.pause_ms += sounding.frames() as u32 * FRAME_MS;
            return None;
        }
        let tone = sounding.tone(self.pause_ms, self.is_next);
        (self.level, self.pause_ms, self.is_next) = (sounding.level, 0, true);
        Some(tone)
    }
}

impl Default for Cadence {
    fn default() -> Cadence {
        Cadence::new()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ears::spectrum::Analyser;
    use crate::testing::sine;

    /// The tones that are over, with frequencies to 10 Hz: low, high, length, pause before.
    fn tones(parts: &[(&[f32], u32)]) -> Vec<(u32, u32, u32, u32)> {
        let mut sound = Vec::new();
        for &(tones, ms) in parts {
            let count = ms as usize * 8;
            let tones: Vec<Vec<i16>> = tones.iter().map(|&hz| sine(hz, 4000.0, 0, count)).collect();
            sound.extend((0..count).map(|n| tones.iter().map(|tone| tone[n]).sum::<i16>()));
        }
        let (mut analyser, mut cadence) = (Analyser::new(), Cadence::new());
        let mut ended = Vec::new();
        analyser.hear(&sound, |frame| ended.extend(cadence.hear(&frame).0));
        let round = |hz: f32| (hz / 10.0).round() as u32 * 10;
        ended
            .iter()
            .map(|t| (round(t.low), t.high.map_or(0, round), t.ms, t.before_ms))
            .collect()
    }

    #[test]
    fn tones_and_pauses_have_their_lengths_to_a_frame_or_two() {
        for (on, off) in [(350, 350), (240, 240), (1000, 700), (100, 100)] {
            let one: (&[f32], u32) = (&[450.0], on);
            let heard = tones(&[
                (&[], 300),
                one,
                (&[], off),
                one,
                (&[], off),
                one,
                (&[], 400),
            ]);
            assert_eq!(heard.len(), 3, "{on} {off}: {heard:?}");
            for (nth, &(low, high, ms, before)) in heard.iter().enumerate() {
                assert_eq!((low, high), (450, 0));
                assert!(ms.abs_diff(on) <= 20, "{on} {off}: {heard:?}");
                assert!(
                    nth == 0 || before.abs_diff(off) <= 20,
                    "{on} {off}: {heard:?}"
                );
            }
        }
    }

    #[test]
    fn pairs_are_pairs_and_a_step_in_frequency_is_another_tone() {
        let heard = tones(&[
            (&[440.0, 480.0], 400),
            (&[], 200),
            (&[480.0, 620.0], 300),
            (&[], 200),
        ]);
        let pairs: Vec<_> = heard.iter().map(|tone| (tone.0, tone.1)).collect();
        assert_eq!(pairs, [(440, 480), (480, 620)]);
        let steps = tones(&[
            (&[950.0], 330),
            (&[1400.0], 330),
            (&[1800.0], 330),
            (&[], 200),
        ]);
        assert_eq!(steps.len(), 3, "{steps:?}");
        for (&(low, _, ms, before), hz) in steps.iter().zip([950, 1400, 1800]) {
            assert_eq!(low, hz);
            assert!(ms.abs_diff(330) <= 60 && before <= 60, "{steps:?}");
        }
    }
}
