//! What a voice would have gone on saying: fills gaps, and smooths the seams between two sounds.
//!
//! The last pitch period is repeated, fading away (the idea of ITU-T G.711 appendix I). Pure.

/// Samples of the past that a continuation is made from: the longest period and a window to
/// compare.
pub const HISTORY: usize = LONGEST + WINDOW;

/// Periods from 3 to 20 ms: voices from 50 to 333 Hz, and several periods of whatever is higher.
pub const SHORTEST: usize = 24;
pub const LONGEST: usize = 160;
const WINDOW: usize = 80;
/// The end of the period is led over to its begin, so that the repetition has no edge.
const OVERLAP: usize = 16;
/// As loud as before for 10 ms, gone after 60.
const FULL: usize = 80;
const GONE: usize = 480;

/// A sound that goes on.
#[derive(Clone, Debug)]
pub struct Continuation {
    period: [i16; LONGEST],
    lag: usize,
    at: usize,
    made: usize,
}

impl Continuation {
    /// Of nothing: silence.
    pub fn of_silence() -> Continuation {
        Continuation {
            period: [0; LONGEST],
            lag: LONGEST,
            at: 0,
            made: GONE,
        }
    }

    /// Of what was heard last, the newest sample at the end.
    pub fn of(history: &[i16; HISTORY]) -> Continuation {
        let mut period = [0; LONGEST];
        let lag = period_of(history);
        let from = HISTORY - lag;
        for (slot, &sample) in period.iter_mut().zip(history.iter().skip(from)) {
            *slot = sample;
        }
        let before = history.iter().skip(from - OVERLAP);
        for (step, (slot, &earlier)) in period
            .iter_mut()
            .take(lag)
            .skip(lag - OVERLAP)
            .zip(before)
            .enumerate()
        {
            *slot = blend(*slot, earlier, step + 1, OVERLAP + 1);
        }
        Continuation {
            period,
            lag,
            at: 0,
            made: 0,
        }
    }

    /// The next sample.
    pub fn next_sample(&mut self) -> i16 {
        if self.made >= GONE {
            return 0;
        }
        let sample = self.period.get(self.at).copied().unwrap_or_default();
        self.at = (self.at + 1) % self.lag;
        let left = GONE - self.made.max(FULL);
        self.made += 1;
        (i32::from(sample) * left as i32 / (GONE - FULL) as i32) as i16
    }

    /// Whether nothing but silence follows.
    pub fn is_silent(&self) -> bool {
        self.made >= GONE
    }
}

/// From `old` to `new` in `steps` steps.
pub fn blend(old: i16, new: i16, step: usize, steps: usize) -> i16 {
    let (old, new) = (i32::from(old), i32::from(new));
    (old + (new - old) * step as i32 / steps as i32) as i16
}

/// The distance at which the last samples resemble earlier ones most.
fn period_of(history: &[i16; HISTORY]) -> usize {
    let window = history.get(LONGEST..).unwrap_or_default();
    best_lag(SHORTEST..=LONGEST, |lag| {
        let earlier = history
            .get(LONGEST - lag..LONGEST - lag + WINDOW)
            .unwrap_or_default();
        likeness(window, earlier)
    })
    .unwrap_or(LONGEST)
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
    use crate::testing::sine;

    fn history(hz: f32) -> [i16; HISTORY] {
        sine(hz, 8000.0, 0, HISTORY).try_into().unwrap()
    }

    #[test]
    fn a_tone_goes_on_as_if_nothing_had_happened() {
        for hz in [100.0, 200.0, 350.0, 440.0, 1000.0] {
            let mut continuation = Continuation::of(&history(hz));
            let expected = sine(hz, 8000.0, HISTORY, FULL);
            for (at, expected) in expected.into_iter().enumerate() {
                let error = (i32::from(continuation.next_sample()) - i32::from(expected)).abs();
                assert!(error < 1600, "{hz} Hz: {error} at {at}");
            }
        }
    }

    #[test]
    fn it_fades_to_silence_without_a_step() {
        let mut continuation = Continuation::of(&history(440.0));
        let made: Vec<i16> = (0..GONE + 80).map(|_| continuation.next_sample()).collect();
        assert!(continuation.is_silent());
        assert!(made[GONE..].iter().all(|&sample| sample == 0));
        let edge = made
            .windows(2)
            .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs());
        // 440 Hz of amplitude 8000 has slopes up to 2765
        assert!(edge.max().unwrap() < 3600);
    }

    #[test]
    fn silence_goes_on_as_silence() {
        assert_eq!(Continuation::of(&[0; HISTORY]).next_sample(), 0);
        assert!(Continuation::of_silence().is_silent());
    }
}
