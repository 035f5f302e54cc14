//! Help for this crate's own tests.

use std::path::{Path, PathBuf};

use crate::rate::Rate;

/// A directory of a test's own, gone with it.
pub struct Scratch(PathBuf);

#[allow(clippy::unwrap_used)]
impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("media-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A tone's samples at 8000 Hz from the `from`th on.
pub fn sine(hz: f32, amplitude: f32, from: usize, count: usize) -> Vec<i16> {
    sine_at(Rate::Narrow, hz, amplitude, from, count)
}

/// A tone's samples from the `from`th on.
pub fn sine_at(rate: Rate, hz: f32, amplitude: f32, from: usize, count: usize) -> Vec<i16> {
    let step = f64::from(hz) * std::f64::consts::TAU / f64::from(rate.hz());
    (from..from + count)
        .map(|n| (f64::from(amplitude) * (n as f64 * step).sin()) as i16)
        .collect()
}

/// How much of a sound's power is that tone, 0 to 1, the best of windows of 20 ms averaged:
/// the phase may move, as it does where a gap was filled. Of samples at 8000 Hz.
pub fn share(samples: &[i16], hz: f32) -> f64 {
    share_at(Rate::Narrow, samples, hz)
}

/// The same of samples at a rate.
pub fn share_at(rate: Rate, samples: &[i16], hz: f32) -> f64 {
    let step = f64::from(hz) * std::f64::consts::TAU / f64::from(rate.hz());
    let window = 2 * rate.frame();
    let (mut tone, mut all) = (0.0, 1.0);
    for window in samples.chunks_exact(window) {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (n, &sample) in window.iter().enumerate() {
            let sample = f64::from(sample);
            real += sample * (n as f64 * step).cos();
            imaginary += sample * (n as f64 * step).sin();
            all += sample * sample;
        }
        tone += (real * real + imaginary * imaginary) * 2.0 / window.len() as f64;
    }
    tone / all
}

/// Whether that tone is there, loud, and next to nothing else.
pub fn hears_only(samples: &[i16], hz: f32) -> bool {
    let power: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
    let loud = power / samples.len() as f64 > 1e6;
    loud && share(samples, hz) > 0.9
}

/// The largest jump from one sample to the next: a click is one.
pub fn largest_step(samples: &[i16]) -> i32 {
    let steps = samples.iter().zip(samples.iter().skip(1));
    steps
        .map(|(&a, &b)| (i32::from(b) - i32::from(a)).abs())
        .max()
        .unwrap_or_default()
}

/// The largest third difference: of a low tone next to nothing, of a step three times its height.
pub fn largest_kink(samples: &[i16]) -> i32 {
    let kinks = samples.windows(4).map(|window| match *window {
        [a, b, c, d] => {
            let [a, b, c, d] = [a, b, c, d].map(i32::from);
            (d - 3 * c + 3 * b - a).abs()
        }
        _ => 0,
    });
    kinks.max().unwrap_or_default()
}

/// Chance that is the same in every run (a linear congruential generator, Knuth's constants).
pub struct Dice(pub u64);

impl Dice {
    /// 0 up to but not including `end`; 0 for 0.
    pub fn up_to(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}
