//! Keys heard as tones (ITU-T Q.23, Q.24), of phones that send no telephone events. Pure.
//!
//! Every 5 ms a window of 20 ms is looked at. It holds a key if it consists of one tone of a row and
//! one of a column, each near its frequency, about as loud as the other, and of next to nothing
//! else: that is what speech and music hardly ever do, and never for long. Frequencies are measured
//! by how the phase goes on from window to window, to a few hertz, as no window this short could.
//!
//! | | accepted | refused |
//! | --- | --- | --- |
//! | length | from 40 ms | below 23 ms |
//! | pause | from 30 ms | interruption up to 10 ms |
//! | level of each tone | 0 to -27 dBm0 | below -31 dBm0 |
//! | column louder than row | -8 to +6 dB | beyond -12 and +10 dB |
//! | frequency | within 1.5 % + 2 Hz | beyond 3.5 % |
//! | noise | 15 dB below | |

use std::f32::consts::{PI, TAU};
use std::sync::LazyLock;

use crate::dtmf::Digit;
use crate::keying::{COLUMNS, KEYPAD, ROWS};

const HOP: usize = 40;
const HOP_MS: u32 = 5;
const WINDOW: usize = 160;
const RATE: f32 = 8000.0;

/// Windows in a row that hold a key, until it counts; and without it, until it is over.
const ENOUGH: u32 = 5;
const OVER: u32 = 6;
/// A key's windows span its length less this.
const EDGES_MS: u32 = 8;

/// The mean square of a sine of −29 dBm0 (full scale is a peak of 32,768 at +3.14 dBm0).
const FAINTEST: f32 = 328_000.0;
/// Column over row, in power: −10 and +8 dB.
const TWIST: std::ops::RangeInclusive<f32> = 0.1..=6.3;
/// How much of the window's power must be in the two tones.
const PURITY: f32 = 0.9;
/// How far a tone may be from its frequency.
const DEVIATION: f32 = 0.023;
/// How much of the past phase steps is kept for the measure of frequency.
const MEMORY: f32 = 0.6;

type Complex = (f32, f32);

/// A Hann window times the eight frequencies.
struct Tables {
    window: [f32; WINDOW],
    waves: [Wave; 8],
    sum: f32,
    square_sum: f32,
}

struct Wave {
    hz: f32,
    cos: [f32; WINDOW],
    sin: [f32; WINDOW],
    /// By how much its phase goes on from window to window.
    step: Complex,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut window = [0.0; WINDOW];
    for (n, slot) in window.iter_mut().enumerate() {
        *slot = 0.5 - 0.5 * (TAU * (n as f32 + 0.5) / WINDOW as f32).cos();
    }
    let mut frequencies = ROWS.into_iter().chain(COLUMNS).map(|hz| hz as f32);
    Tables {
        window,
        waves: [(); 8].map(|()| wave(frequencies.next().unwrap_or_default(), &window)),
        sum: window.iter().sum(),
        square_sum: window.iter().map(|weight| weight * weight).sum(),
    }
});

fn wave(hz: f32, window: &[f32; WINDOW]) -> Wave {
    let angle = |n: usize| TAU * hz * n as f32 / RATE;
    let mut wave = Wave {
        hz,
        cos: *window,
        sin: *window,
        step: (angle(HOP).cos(), angle(HOP).sin()),
    };
    for (n, slot) in wave.cos.iter_mut().enumerate() {
        *slot *= angle(n).cos();
    }
    for (n, slot) in wave.sin.iter_mut().enumerate() {
        *slot *= angle(n).sin();
    }
    wave
}

/// One tone in a window.
#[derive(Clone, Copy)]
struct Tone {
    index: usize,
    /// Mean square.
    power: f32,
    /// Off its frequency, as a fraction of it.
    deviation: f32,
}

/// A key that is heard.
#[derive(Clone, Copy, Debug)]
struct Press {
    key: char,
    /// Windows from its first to its last.
    windows: u32,
    /// Windows since its last.
    missed: u32,
}

/// Listens to one phone.
#[derive(Debug)]
pub struct KeyEar {
    recent: [f32; WINDOW],
    /// Samples of the next hop that are there.
    filled: usize,
    before: [Complex; 8],
    /// Phase steps of late, summed.
    steps: [Complex; 8],
    /// What the last windows held, and how many of them.
    candidate: Option<char>,
    run: u32,
    press: Option<Press>,
}

impl KeyEar {
    pub fn new() -> KeyEar {
        KeyEar {
            recent: [0.0; WINDOW],
            filled: 0,
            before: [(0.0, 0.0); 8],
            steps: [(0.0, 0.0); 8],
            candidate: None,
            run: 0,
            press: None,
        }
    }

    /// Takes the next samples; tells each key that was let go.
    pub fn hear(&mut self, samples: &[i16], mut tell: impl FnMut(Digit)) {
        for &sample in samples {
            if let Some(slot) = self.recent.get_mut(WINDOW - HOP + self.filled) {
                *slot = f32::from(sample);
            }
            self.filled += 1;
            if self.filled == HOP {
                let held = self.look();
                self.follow(held).into_iter().for_each(&mut tell);
                self.recent.copy_within(HOP.., 0);
                self.filled = 0;
            }
        }
    }

    /// The key that the window holds.
    fn look(&mut self) -> Option<char> {
        let tables = &*TABLES;
        let power = power(&self.recent, tables);
        if power < FAINTEST {
            self.before = [(0.0, 0.0); 8];
            return None;
        }
        let mut powers = [0.0; 8];
        let channels = self.before.iter_mut().zip(self.steps.iter_mut());
        for ((wave, power), (before, steps)) in tables.waves.iter().zip(&mut powers).zip(channels) {
            let here = transform(&self.recent, wave);
            *power = 2.0 * (here.0 * here.0 + here.1 * here.1) / (tables.sum * tables.sum);
            let step = times(times(here, conjugate(*before)), conjugate(wave.step));
            steps.0 = MEMORY * steps.0 + step.0;
            steps.1 = MEMORY * steps.1 + step.1;
            *before = here;
        }
        let row = self.loudest(&powers, 0)?;
        let column = self.loudest(&powers, 4)?;
        let is_key = row.power >= FAINTEST
            && column.power >= FAINTEST
            && TWIST.contains(&(column.power / row.power))
            && row.deviation.abs() <= DEVIATION
            && column.deviation.abs() <= DEVIATION
            && row.power + column.power >= PURITY * power;
        let keys = KEYPAD.get(row.index).filter(|_| is_key)?;
        keys.get(column.index - 4).copied()
    }

    /// The loudest of four tones, its loss by being off the window's middle made up for.
    fn loudest(&self, powers: &[f32; 8], first: usize) -> Option<Tone> {
        let four = powers.iter().enumerate().skip(first).take(4);
        let (index, &power) = four.max_by(|a, b| a.1.total_cmp(b.1))?;
        let wave = TABLES.waves.get(index)?;
        let &(real, imaginary) = self.steps.get(index)?;
        let off = imaginary.atan2(real) * RATE / (TAU * HOP as f32);
        let response = response(off * WINDOW as f32 / RATE);
        Some(Tone {
            index,
            power: power / (response * response),
            deviation: off / wave.hz,
        })
    }

    /// Counts windows; tells the key that is over by now.
    fn follow(&mut self, held: Option<char>) -> Option<Digit> {
        self.run = if held.is_some() && held == self.candidate {
            self.run + 1
        } else {
            u32::from(held.is_some())
        };
        self.candidate = held;
        if let Some(press) = &mut self.press {
            if held == Some(press.key) && press.missed < OVER {
                press.windows += press.missed + 1;
                press.missed = 0;
                return None;
            }
            press.missed += 1;
        }
        let begun = held.filter(|_| self.run == ENOUGH).map(|key| Press {
            key,
            windows: self.run,
            missed: 0,
        });
        match self.press {
            Some(press) if press.missed >= OVER || begun.is_some() => {
                self.press = begun;
                Some(Digit {
                    key: press.key,
                    duration_ms: press.windows * HOP_MS + EDGES_MS,
                })
            }
            Some(_) => None,
            None => {
                self.press = begun;
                None
            }
        }
    }
}

impl Default for KeyEar {
    fn default() -> KeyEar {
        KeyEar::new()
    }
}

fn transform(samples: &[f32; WINDOW], wave: &Wave) -> Complex {
    (product(samples, &wave.cos), -product(samples, &wave.sin))
}

/// The windowed samples' mean square.
fn power(samples: &[f32; WINDOW], tables: &Tables) -> f32 {
    let mut windowed = *samples;
    for (sample, weight) in windowed.iter_mut().zip(&tables.window) {
        *sample *= weight;
    }
    product(&windowed, &windowed) / tables.square_sum
}

/// A function of its own, lest the compiler mixes the lanes of several.
#[inline(never)]
fn product(samples: &[f32; WINDOW], weights: &[f32; WINDOW]) -> f32 {
    let mut sums = [0.0; LANES];
    for (samples, weights) in lanes(samples).iter().zip(lanes(weights)) {
        for ((sample, weight), sum) in samples.iter().zip(weights).zip(&mut sums) {
            *sum += sample * weight;
        }
    }
    sums.iter().sum()
}

/// Sums side by side, each of every eighth sample: the compiler then works on several at once.
const LANES: usize = 8;

fn lanes(samples: &[f32; WINDOW]) -> &[[f32; LANES]] {
    samples.as_chunks().0
}

fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn conjugate(a: Complex) -> Complex {
    (a.0, -a.1)
}

/// What a Hann window leaves of a tone so many bins off its middle.
fn response(bins: f32) -> f32 {
    let bins = bins.abs().min(0.9);
    if bins < 1e-3 {
        return 1.0;
    }
    (PI * bins).sin() / (PI * bins) / (1.0 - bins * bins)
}

#[cfg(test)]
#[path = "keys_test.rs"]
mod tests;
