//! How much of a voice is left behind every pair of codecs, and behind bad networks: floors in dB.
//!
//! The mark is the segmental signal-to-noise ratio: over pieces of 20 ms that sound, each bounded to what
//! the ear tells apart, averaged. What came is first shifted and made as loud as what was said: neither a
//! delay nor a gain is a fault. Time is virtual and chance seeded, so each mark is the same in every run;
//! docs/media.md has them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::f64::consts::{PI, TAU};
use std::sync::OnceLock;

use crate::codec::Codec;
use crate::halfband::Converter;
use crate::house::House;
use crate::rate::Rate;
use crate::testing::Dice;

const SECONDS: usize = 3;
/// Until what a phone says is heard evenly.
const SETTLED: usize = 8000;
/// How much the delay may change from one stretch to the next, either way.
const REACH: usize = 250;
const PIECE: usize = 160;
/// Over so much the delay is taken to stay the same.
const STRETCH: usize = 2000;
/// Jayant's bounds: a piece that is worse is lost, one that is better is perfect.
const WORST: f64 = -10.0;
const BEST: f64 = 35.0;
/// The first three formants of vowels that follow one another (Peterson and Barney 1952).
const VOWELS: [[f64; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [270.0, 2290.0, 3010.0],
    [300.0, 870.0, 2240.0],
    [530.0, 1840.0, 2480.0],
    [570.0, 840.0, 2410.0],
];

/// Syllables with a voice that rises and falls, and pauses.
fn speech() -> Vec<i16> {
    let syllable = 8000 / 4;
    let mut phase = 0.0;
    (0..SECONDS * 8000)
        .map(|n| {
            let (nth, within) = (n / syllable, (n % syllable) as f64 / syllable as f64);
            let pitch = 120.0 + 40.0 * (n as f64 / 8000.0 * TAU * 0.7).sin();
            phase += pitch / 8000.0;
            let voiced: f64 = (1..=24)
                .map(f64::from)
                .filter(|k| k * pitch < 3600.0)
                .map(|k| {
                    let near = |formant: f64| (-((k * pitch - formant) / 130.0).powi(2)).exp();
                    let loud: f64 = VOWELS[nth % 5].into_iter().map(near).sum();
                    (loud + 0.03) / k.sqrt() * (k * phase * TAU).sin()
                })
                .sum();
            let envelope = match within < 0.8 {
                true => (within / 0.8 * PI).sin(),
                false => 0.0,
            };
            (voiced * envelope * 9000.0) as i16
        })
        .collect()
}

static SPEECH: OnceLock<Vec<i16>> = OnceLock::new();

fn segmental_snr(said: &[i16], came: &[i16]) -> f64 {
    let floats = |samples: &[i16]| -> Vec<f64> { samples.iter().map(|&s| f64::from(s)).collect() };
    let (said, came) = (floats(said), floats(came));
    let loudest = said.chunks(PIECE).map(power).fold(0.0, f64::max);
    let mut delay = best_place(&said[STRETCH..2 * STRETCH], &came, STRETCH, 4000) - STRETCH;
    let mut marks = Vec::new();
    for at in (STRETCH..said.len() - STRETCH).step_by(STRETCH) {
        let wanted = &said[at..at + STRETCH];
        let from = (at + delay).saturating_sub(REACH);
        if from + STRETCH + 2 * REACH > came.len() {
            break;
        }
        let place = best_place(wanted, &came, from, 2 * REACH);
        delay = place.saturating_sub(at);
        let shifts = (-2..=2).map(|quarters| shifted(&came, place, f64::from(quarters) / 4.0));
        let best = shifts
            .map(|found| marks_of(wanted, &found, loudest))
            .max_by(|a, b| a.iter().sum::<f64>().total_cmp(&b.iter().sum()));
        marks.extend(best.unwrap());
    }
    marks.iter().sum::<f64>() / marks.len() as f64
}

fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64
}

/// Where in `came`, up to `reach` from `from` on, something is most like `wanted`.
fn best_place(wanted: &[f64], came: &[f64], from: usize, reach: usize) -> usize {
    let likeness = |place: usize| -> f64 {
        let found = came.get(place..place + wanted.len()).unwrap_or_default();
        wanted.iter().zip(found).map(|(a, b)| a * b).sum()
    };
    (from..=from + reach)
        .max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)))
        .unwrap()
}

/// A stretch from a place between two samples on: filters delay by no whole number of them.
fn shifted(came: &[f64], place: usize, part: f64) -> Vec<f64> {
    let weight = |tap: i32| -> f64 {
        let x = f64::from(tap) - part;
        let sinc = if x.abs() < 1e-9 {
            1.0
        } else {
            (PI * x).sin() / (PI * x)
        };
        sinc * (0.5 + 0.5 * (PI * x / 9.0).cos())
    };
    let taps: Vec<(i32, f64)> = (-8..=8).map(|tap| (tap, weight(tap))).collect();
    (place..place + STRETCH)
        .map(|at| {
            let sample = |tap: i32| came.get((at as i64 + i64::from(tap)) as usize);
            taps.iter()
                .map(|&(tap, weight)| sample(tap).copied().unwrap_or_default() * weight)
                .sum()
        })
        .collect()
}

fn marks_of(wanted: &[f64], found: &[f64], loudest: f64) -> Vec<f64> {
    let product: f64 = wanted.iter().zip(found).map(|(a, b)| a * b).sum();
    let gain = product / (power(found) * found.len() as f64).max(1.0);
    let pieces = wanted.chunks(PIECE).zip(found.chunks(PIECE));
    pieces
        .filter(|(wanted, _)| power(wanted) > loudest / 3000.0)
        .map(|(wanted, found)| {
            let errors: Vec<f64> = wanted
                .iter()
                .zip(found)
                .map(|(a, b)| a - gain * b)
                .collect();
            (10.0 * (power(wanted) / power(&errors).max(1e-9)).log10()).clamp(WORST, BEST)
        })
        .collect()
}

/// What happens to the packets of a voice.
#[derive(Clone, Copy)]
struct Network {
    /// In percent.
    loss: u64,
    burst: u64,
    jitter_ms: u64,
}

/// Two phones talk over a network; what the second hears of what the first says, over and over.
fn carried(codecs: [&str; 2], network: Network, dice: Dice, said: &[i16]) -> Vec<i16> {
    let mut house = House::new();
    house.dice = dice;
    for (name, hz) in codecs.into_iter().zip([350.0, 450.0]) {
        house.phone_of(hz, Codec::named(name).unwrap(), 20);
    }
    house.hear(&[(0, &[(1, 1.0)]), (1, &[(0, 1.0)])]);
    house.phones[0].says = said.to_vec();
    (house.loss, house.burst, house.jitter) = (network.loss, network.burst, network.jitter_ms);
    house.run((said.len() as u64 / 8000 + 1) * 1000);
    let heard = &house.phones[1].heard;
    // its first packet tells what it was, the timestamps where the others belong
    let codec = house.phones[1].codec;
    let units = codec.units_per_ms() / 8;
    let mut converter = Converter::between(codec.rate(), Rate::Narrow);
    let first = heard[0].packet.timestamp;
    let mut came = vec![0; said.len() + 2 * 8000];
    for one in heard {
        let at = (one.packet.timestamp.wrapping_sub(first) / units) as usize;
        if let Some(slots) = came.get_mut(at..at + one.samples.len() / codec.rate().times()) {
            match converter.as_mut() {
                Some(converter) => converter.convert(&one.samples, slots),
                None => slots.copy_from_slice(&one.samples),
            }
        }
    }
    came
}

/// What is left of the first one's voice.
fn mark(codecs: [&str; 2], (loss, burst, jitter_ms): (u64, u64, u64)) -> f64 {
    let mut said = SPEECH.get_or_init(speech).clone();
    let network = Network {
        loss,
        burst,
        jitter_ms,
    };
    // In so short a voice this is where as much is lost in runs as there should be.
    let dice = Dice(if burst > 1 { 8 } else { 5 });
    let came = carried(codecs, network, dice, &said);
    said.rotate_left(SETTLED);
    segmental_snr(&said, &came[SETTLED - 1600..])
}

/// For `tests/load/codec_speech.py`, which judges: each line of `CASES` is a file of 16-bit samples to be
/// said, one to be written, two codecs, and loss, burst, jitter and seed.
#[test]
#[ignore = "has nothing to do by itself"]
fn carries_files() {
    let cases = std::env::var("CASES").unwrap();
    for case in cases.lines() {
        let words: Vec<&str> = case.split(' ').collect();
        let bytes = std::fs::read(words[0]).unwrap();
        let pairs = bytes.chunks_exact(2);
        let said: Vec<i16> = pairs
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let numbers: Vec<u64> = words[4..]
            .iter()
            .map(|word| word.parse().unwrap())
            .collect();
        let network = Network {
            loss: numbers[0],
            burst: numbers[1],
            jitter_ms: numbers[2],
        };
        let came = carried([words[2], words[3]], network, Dice(numbers[3]), &said);
        let bytes: Vec<u8> = came
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        std::fs::write(words[1], bytes).unwrap();
    }
}

#[test]
fn what_came_is_judged_as_an_ear_would() {
    let said = speech();
    let delayed: Vec<i16> = [vec![0; 777], said.iter().map(|&s| s / 2).collect()].concat();
    assert!(segmental_snr(&said, &delayed) > 30.0);
    let noisy = |level: i32| -> Vec<i16> {
        let mut dice = Dice(9);
        let noise = |s: &i16| i32::from(*s) + dice.up_to(level as u64 * 2) as i32 - level;
        said.iter()
            .map(noise)
            .map(|s| s.clamp(-32_768, 32_767) as i16)
            .collect()
    };
    let marks = [100, 1000, 10_000].map(|level| segmental_snr(&said, &noisy(level)));
    assert!(
        marks[0] > marks[1] + 10.0 && marks[1] > marks[2] + 8.0,
        "{marks:?}"
    );
    let gaps: Vec<i16> = said
        .iter()
        .enumerate()
        .map(|(n, &s)| if n / 160 % 5 == 0 { 0 } else { s })
        .collect();
    assert!(segmental_snr(&said, &gaps) < BEST - 5.0);
}

#[test]
fn no_pair_of_codecs_spoils_a_voice() {
    let rows = [
        (["PCMA", "PCMU"], 30.0),
        (["PCMA", "G722"], 28.0),
        (["G722", "PCMU"], 28.0),
        (["G722", "L16"], 28.0),
        (["PCMA", "opus"], 10.0),
        (["opus", "PCMA"], 10.0),
        (["G722", "opus"], 10.0),
        (["opus", "L16"], 10.0),
    ];
    for (codecs, floor) in rows {
        let mark = mark(codecs, (0, 0, 0));
        println!("{codecs:?}: {mark:.1}");
        assert!(mark > floor, "{codecs:?}: {mark:.1} dB");
    }
}

/// A lost packet of G.711 is made up of what was heard before, one of Opus is in the next one.
#[test]
fn a_bad_network_leaves_a_voice() {
    // percent lost, the mean length of runs (0: as random ones are), jitter in ms; dB
    let rows = [
        ("PCMA", (1, 0, 0), 28.0),
        ("PCMA", (5, 0, 0), 24.0),
        ("PCMA", (10, 0, 60), 16.0),
        ("PCMA", (0, 0, 60), 30.0),
        ("PCMA", (1, 3, 0), 26.0),
        ("PCMA", (5, 3, 0), 22.0),
        ("PCMA", (10, 3, 0), 16.0),
        ("G722", (1, 0, 0), 23.0),
        ("G722", (5, 0, 0), 18.0),
        ("G722", (10, 0, 0), 12.0),
        ("G722", (0, 0, 60), 28.0),
        ("G722", (1, 3, 0), 15.0),
        ("G722", (5, 3, 0), 13.0),
        ("G722", (10, 3, 0), 7.0),
        ("opus", (1, 0, 0), 10.0),
        ("opus", (5, 0, 0), 10.0),
        ("opus", (10, 0, 0), 7.0),
        ("opus", (0, 0, 60), 10.0),
        ("opus", (5, 0, 60), 10.0),
        ("opus", (1, 3, 0), 5.0),
        ("opus", (5, 3, 0), 3.0),
        ("opus", (10, 3, 0), 6.0),
    ];
    for (codec, network, floor) in rows {
        let mark = mark([codec, "L16"], network);
        println!("{codec} {network:?}: {mark:.1}");
        assert!(mark > floor, "{codec}, {network:?}: {mark:.1} dB");
    }
}
