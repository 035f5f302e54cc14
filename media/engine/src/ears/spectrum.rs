//! What a sound consists of, 50 times a second: how loud it is, its two strongest tones, and how
//! much of it these are. Pure.

use std::f32::consts::TAU;
use std::sync::LazyLock;

use microfft::real::rfft_512;

/// A frame is 20 ms.
pub const FRAME: usize = 160;
pub const FRAME_MS: u32 = 20;
/// 64 ms: tones 40 Hz apart are told from each other.
const WINDOW: usize = 512;
const HZ_PER_BIN: f32 = 8000.0 / WINDOW as f32;
/// Tones are looked for from 200 to 3400 Hz.
const FIRST: usize = 13;
const LAST: usize = 218;
/// A second tone fainter than this, beside the first, is none: -10 dB.
const BESIDE: f32 = 0.1;

static HANN: LazyLock<[f32; WINDOW]> = LazyLock::new(|| {
    let mut window = [0.0; WINDOW];
    for (n, slot) in window.iter_mut().enumerate() {
        *slot = 0.5 - 0.5 * (TAU * (n as f32 + 0.5) / WINDOW as f32).cos();
    }
    window
});

/// One frame, and the window that ends with it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spectrum {
    /// Mean square of the frame.
    pub level: f32,
    /// Mean square of the window, its middle weighing most.
    pub window_level: f32,
    /// The strongest tone, in hertz.
    pub first: f32,
    /// The next, if there is one.
    pub second: Option<f32>,
    /// How much of the window's power these are, 0 to 1.
    pub share: f32,
}

/// Cuts a sound into frames.
#[derive(Debug)]
pub struct Analyser {
    recent: [f32; WINDOW],
    filled: usize,
}

impl Analyser {
    pub fn new() -> Analyser {
        Analyser {
            recent: [0.0; WINDOW],
            filled: 0,
        }
    }

    /// Takes the next samples; tells of each frame that they complete.
    pub fn hear(&mut self, samples: &[i16], mut tell: impl FnMut(Spectrum)) {
        for &sample in samples {
            if let Some(slot) = self.recent.get_mut(WINDOW - FRAME + self.filled) {
                *slot = f32::from(sample);
            }
            self.filled += 1;
            if self.filled == FRAME {
                tell(spectrum(&self.recent));
                self.recent.copy_within(FRAME.., 0);
                self.filled = 0;
            }
        }
    }
}

impl Default for Analyser {
    fn default() -> Analyser {
        Analyser::new()
    }
}

fn spectrum(recent: &[f32; WINDOW]) -> Spectrum {
    let frame = recent.iter().skip(WINDOW - FRAME);
    let level = frame.map(|sample| sample * sample).sum::<f32>() / FRAME as f32;
    let mut windowed = *recent;
    for (sample, weight) in windowed.iter_mut().zip(HANN.iter()) {
        *sample *= weight;
    }
    let bins = rfft_512(&mut windowed);
    let mut powers = [0.0f32; WINDOW / 2];
    // The first bin holds the mean, and the Nyquist frequency beside it; neither is a sound.
    for (power, bin) in powers.iter_mut().zip(bins.iter()).skip(1) {
        *power = bin.re * bin.re + bin.im * bin.im;
    }
    let total: f32 = powers.iter().sum();
    // Parseval, with the window's mean square of 3/8.
    let window_level = 2.0 * total / (WINDOW as f32).powi(2) / 0.375;
    let Some(first) = strongest(&powers, None) else {
        return Spectrum {
            level,
            window_level,
            ..Spectrum::default()
        };
    };
    let power = |bin: usize| powers.get(bin).copied().unwrap_or_default();
    let second = strongest(&powers, Some(first)).filter(|&bin| power(bin) > BESIDE * power(first));
    let near =
        |bin: usize| bin.abs_diff(first) <= 2 || second.is_some_and(|s| bin.abs_diff(s) <= 2);
    let tones: f32 = powers
        .iter()
        .enumerate()
        .filter(|&(bin, _)| near(bin))
        .map(|(_, power)| power)
        .sum();
    Spectrum {
        level,
        window_level,
        first: frequency(&powers, first),
        second: second.map(|bin| frequency(&powers, bin)),
        share: tones / total.max(1.0),
    }
}

/// The strongest peak, not that of `beside`.
fn strongest(powers: &[f32; WINDOW / 2], beside: Option<usize>) -> Option<usize> {
    let mut found: Option<(usize, f32)> = None;
    for (n, three) in powers.windows(3).enumerate() {
        let &[left, power, right] = three else {
            continue;
        };
        let bin = n + 1;
        let is_peak = (FIRST..=LAST).contains(&bin) && power > left && power >= right;
        let is_other = beside.is_none_or(|beside| bin.abs_diff(beside) >= 2);
        if is_peak && is_other && found.is_none_or(|(_, most)| power > most) {
            found = Some((bin, power));
        }
    }
    found.map(|(bin, _)| bin)
}

/// Where between the bins a peak is, by a parabola through the logarithms.
fn frequency(powers: &[f32; WINDOW / 2], bin: usize) -> f32 {
    let log = |bin: usize| powers.get(bin).copied().unwrap_or_default().max(1e-9).ln();
    let (left, here, right) = (log(bin - 1), log(bin), log(bin + 1));
    let bend = left - 2.0 * here + right;
    let off = if bend < -1e-6 {
        0.5 * (left - right) / bend
    } else {
        0.0
    };
    (bin as f32 + off) * HZ_PER_BIN
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{sine, Dice};

    fn last(samples: &[i16]) -> Spectrum {
        let mut frames = Vec::new();
        Analyser::new().hear(samples, |frame| frames.push(frame));
        assert_eq!(frames.len(), samples.len() / FRAME);
        *frames.last().unwrap()
    }

    fn sum(tones: &[f32]) -> Vec<i16> {
        let tones: Vec<Vec<i16>> = tones.iter().map(|&hz| sine(hz, 4000.0, 0, 1600)).collect();
        (0..1600)
            .map(|n| tones.iter().map(|tone| tone[n]).sum())
            .collect()
    }

    #[test]
    fn one_tone_is_measured_to_a_hertz() {
        for hz in [400.0, 425.0, 450.0, 913.8, 1428.5, 1776.7] {
            let seen = last(&sum(&[hz]));
            assert!((seen.first - hz).abs() < 1.0, "{hz}: {seen:?}");
            assert!(seen.share > 0.98 && seen.second.is_none(), "{seen:?}");
            assert!((seen.level - 8e6).abs() < 4e5 && (seen.window_level - 8e6).abs() < 4e5);
        }
    }

    #[test]
    fn two_tones_of_the_network_are_told_apart() {
        for (low, high) in [(440.0, 480.0), (400.0, 450.0), (480.0, 620.0)] {
            let seen = last(&sum(&[low, high]));
            let mut heard = [seen.first, seen.second.unwrap()];
            heard.sort_by(f32::total_cmp);
            assert!(
                (heard[0] - low).abs() < 8.0 && (heard[1] - high).abs() < 8.0,
                "{seen:?}"
            );
            assert!(seen.share > 0.95);
        }
    }

    #[test]
    fn noise_has_no_tones_and_silence_is_nothing() {
        let mut dice = Dice(1);
        let noise: Vec<i16> = (0..1600).map(|_| dice.up_to(8000) as i16 - 4000).collect();
        assert!(last(&noise).share < 0.3);
        assert_eq!(last(&[0; 1600]), Spectrum::default());
    }
}
