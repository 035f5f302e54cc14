//! What a voice would have gone on saying: fills gaps, and smooths the seams between two sounds.
//!
//! The last pitch period is repeated, fading away (the idea of ITU-T G.711 appendix I). Pure.

use std::ops::RangeInclusive;

use crate::halfband::Converter;
use crate::rate::Rate;

/// Samples at 8000 Hz, here and below; at other rates it is as many more.
///
/// Periods from 3 to 20 ms: voices from 50 to 333 Hz, and several periods of whatever is higher.
pub const SHORTEST: usize = 24;
pub const LONGEST: usize = 160;
const WINDOW: usize = 80;
/// Of the past a continuation is made from so many: the longest period and a window to compare.
const HISTORY: usize = LONGEST + WINDOW;
/// The end of the period is led over to its begin, so that the repetition has no edge.
const OVERLAP: usize = 16;
/// As loud as before for 10 ms, gone after 60.
const FULL: usize = 80;
const GONE: usize = 480;

/// The last of a sound, the newest sample at the end.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    rate: Rate,
    /// At the lowest rate only the end is used.
    samples: [i16; HISTORY * Rate::MOST],
}

impl Past {
    pub fn silent(rate: Rate) -> Past {
        Past {
            rate,
            samples: [0; HISTORY * Rate::MOST],
        }
    }

    /// Of the end of these samples, after silence if they are few.
    pub fn of(rate: Rate, samples: impl DoubleEndedIterator<Item = i16>) -> Past {
        let mut past = Past::silent(rate);
        for (slot, sample) in past.samples.iter_mut().rev().zip(samples.rev()) {
            *slot = sample;
        }
        past
    }

    /// How many samples it has.
    pub fn len(rate: Rate) -> usize {
        HISTORY * rate.times()
    }

    /// These have followed.
    pub fn push(&mut self, samples: &[i16]) {
        let newest = samples
            .get(samples.len().saturating_sub(self.samples.len())..)
            .unwrap_or_default();
        let kept = self.samples.len() - newest.len();
        self.samples.copy_within(newest.len().., 0);
        if let Some(end) = self.samples.get_mut(kept..) {
            end.copy_from_slice(newest);
        }
    }

    /// The same sound at a rate.
    pub fn at(&self, rate: Rate) -> Past {
        let Some(mut converter) = Converter::between(self.rate, rate) else {
            return *self;
        };
        let mut past = Past::silent(rate);
        let from = past.samples.len() - Past::len(rate);
        if let Some(samples) = past.samples.get_mut(from..) {
            converter.convert(self.recent(), samples);
        }
        past
    }

    /// All of it.
    pub fn recent(&self) -> &[i16] {
        let from = self.samples.len() - Past::len(self.rate);
        self.samples.get(from..).unwrap_or_default()
    }
}

/// A sound that goes on.
#[derive(Clone, Debug)]
pub struct Continuation {
    period: [i16; LONGEST * Rate::MOST],
    lag: usize,
    at: usize,
    made: usize,
    full: usize,
    gone: usize,
}

impl Continuation {
    /// Of nothing: silence.
    pub fn of_silence() -> Continuation {
        Continuation {
            period: [0; LONGEST * Rate::MOST],
            lag: LONGEST,
            at: 0,
            made: GONE,
            full: FULL,
            gone: GONE,
        }
    }

    /// Of what was heard last.
    pub fn of(past: &Past) -> Continuation {
        let (history, times) = (past.recent(), past.rate.times());
        let mut period = [0; LONGEST * Rate::MOST];
        let lag = period_of(history, times);
        let (from, overlap) = (history.len() - lag, OVERLAP * times);
        for (slot, &sample) in period.iter_mut().zip(history.iter().skip(from)) {
            *slot = sample;
        }
        let before = history.iter().skip(from - overlap);
        for (step, (slot, &earlier)) in period
            .iter_mut()
            .take(lag)
            .skip(lag - overlap)
            .zip(before)
            .enumerate()
        {
            *slot = blend(*slot, earlier, step + 1, overlap + 1);
        }
        Continuation {
            period,
            lag,
            at: 0,
            made: 0,
            full: FULL * times,
            gone: GONE * times,
        }
    }

    /// The next sample.
    pub fn next_sample(&mut self) -> i16 {
        if self.is_silent() {
            return 0;
        }
        let sample = self.period.get(self.at).copied().unwrap_or_default();
        self.at = (self.at + 1) % self.lag;
        let left = self.gone - self.made.max(self.full);
        self.made += 1;
        (i32::from(sample) * left as i32 / (self.gone - self.full) as i32) as i16
    }

    /// Whether nothing but silence follows.
    pub fn is_silent(&self) -> bool {
        self.made >= self.gone
    }
}

/// From `old` to `new` in `steps` steps.
pub fn blend(old: i16, new: i16, step: usize, steps: usize) -> i16 {
    let (old, new) = (i32::from(old), i32::from(new));
    (old + (new - old) * step as i32 / steps as i32) as i16
}

/// The distance at which the last samples resemble earlier ones most. At a higher rate it is looked for
/// in every other sample, and then around what was found.
fn period_of(history: &[i16], times: usize) -> usize {
    let mut thinned = [0; HISTORY];
    for (slot, samples) in thinned.iter_mut().zip(history.chunks_exact(times)) {
        let sum: i32 = samples.iter().copied().map(i32::from).sum();
        *slot = (sum / times as i32) as i16;
    }
    let lag = lag_among(&thinned, SHORTEST..=LONGEST, 1).unwrap_or(LONGEST);
    if times == 1 {
        return lag;
    }
    let around = (times * lag - 1)..=(times * lag + 1).min(times * LONGEST);
    lag_among(history, around, times).unwrap_or(times * lag)
}

fn lag_among(history: &[i16], lags: RangeInclusive<usize>, times: usize) -> Option<usize> {
    let (longest, window) = (LONGEST * times, WINDOW * times);
    let newest = history.get(longest..).unwrap_or_default();
    best_lag(lags, |lag| {
        let from = longest.saturating_sub(lag);
        likeness(newest, history.get(from..from + window).unwrap_or_default())
    })
}

/// The lag of the greatest likeness; the shorter one where two are equal.
pub fn best_lag(
    lags: impl Iterator<Item = usize>,
    likeness: impl Fn(usize) -> f32,
) -> Option<usize> {
    let mut best = None;
    for lag in lags {
        let value = likeness(lag);
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((lag, value));
        }
    }
    best.map(|(lag, _)| lag)
}

/// How alike two stretches are, -1 to 1; 0 where one of them is silent.
pub fn likeness(a: &[i16], b: &[i16]) -> f32 {
    let (mut product, mut power_a, mut power_b) = (0.0f32, 0.0f32, 0.0f32);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f32::from(a), f32::from(b));
        product += a * b;
        power_a += a * a;
        power_b += b * b;
    }
    let power = (power_a * power_b).sqrt();
    if power > 0.0 {
        product / power
    } else {
        0.0
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{largest_step, sine_at};

    const RATES: [Rate; 2] = [Rate::Narrow, Rate::Wide];

    fn history(rate: Rate, hz: f32) -> Past {
        let said = sine_at(rate, hz, 8000.0, 0, Past::len(rate));
        Past::of(rate, said.into_iter())
    }

    #[test]
    fn a_tone_goes_on_as_if_nothing_had_happened() {
        for rate in RATES {
            for hz in [100.0, 200.0, 350.0, 440.0, 1000.0] {
                let mut continuation = Continuation::of(&history(rate, hz));
                let full = FULL * rate.times();
                let expected = sine_at(rate, hz, 8000.0, Past::len(rate), full);
                for (at, expected) in expected.into_iter().enumerate() {
                    let error = i32::from(continuation.next_sample()) - i32::from(expected);
                    assert!(error.abs() < 1600, "{rate:?} {hz} Hz: {error} at {at}");
                }
            }
        }
    }

    #[test]
    fn it_fades_to_silence_without_a_step() {
        for rate in RATES {
            let gone = GONE * rate.times();
            let mut continuation = Continuation::of(&history(rate, 440.0));
            let made: Vec<i16> = (0..gone + 80).map(|_| continuation.next_sample()).collect();
            assert!(continuation.is_silent());
            assert!(made[gone..].iter().all(|&sample| sample == 0));
            // 440 Hz of amplitude 8000 has slopes up to 2765
            assert!(largest_step(&made) < 3600 / rate.times() as i32);
        }
    }

    #[test]
    fn silence_goes_on_as_silence() {
        for rate in RATES {
            assert_eq!(Continuation::of(&Past::silent(rate)).next_sample(), 0);
        }
        assert!(Continuation::of_silence().is_silent());
    }

    #[test]
    fn the_past_is_what_came_last_and_the_same_at_another_rate() {
        for (from, to) in [(Rate::Narrow, Rate::Wide), (Rate::Wide, Rate::Narrow)] {
            let mut past = Past::silent(from);
            let said = sine_at(from, 440.0, 8000.0, 0, 5 * Past::len(from));
            for piece in said.chunks(7 * Past::len(from) / 10) {
                past.push(piece);
            }
            assert!(past.recent().iter().eq(&said[4 * Past::len(from)..]));
            let mut continuation = Continuation::of(&past.at(to));
            let made: Vec<i16> = (0..FULL).map(|_| continuation.next_sample()).collect();
            let loudest = made.iter().max().unwrap();
            assert!((7000..8200).contains(loudest), "{loudest}");
            assert!(largest_step(&made) < 3600 / to.times() as i32);
        }
    }
}
