//! Keys as the tables of ITU-T Q.24 vary them, and what is none.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use super::*;
use crate::g711::Law;
use crate::testing::Dice;

const ALL: &str = "123A456B789C*0#D";

/// How keys are pressed: what the tables of ITU-T Q.24 vary.
#[derive(Clone, Copy)]
struct Hand {
    press_ms: usize,
    gap_ms: usize,
    /// Of the row's tone, in dBm0.
    level: f32,
    /// Column over row, in dB.
    twist: f32,
    row_off: f32,
    column_off: f32,
    /// Below the row's tone, in dB.
    noise: f32,
}

const PLAIN: Hand = hand(60, (-10.0, 2.0), (0.0, 0.0), 90.0);

/// A press, the level of the row and what the column is louder, by what part they are off their
/// frequencies, and the noise.
const fn hand(
    press_ms: usize,
    (level, twist): (f32, f32),
    (row_off, column_off): (f32, f32),
    noise: f32,
) -> Hand {
    Hand {
        press_ms,
        gap_ms: 50,
        level,
        twist,
        row_off,
        column_off,
        noise,
    }
}

fn amplitude(dbm0: f32) -> f32 {
    32_768.0 * 10f32.powf((dbm0 - 3.155) / 20.0)
}

fn press(keys: &str, hand: Hand, dice: &mut Dice) -> Vec<i16> {
    let mut sound = Vec::new();
    for key in keys.chars() {
        let (row, column) = crate::keying::frequencies(key).unwrap();
        let (row, column) = (
            row as f32 * (1.0 + hand.row_off),
            column as f32 * (1.0 + hand.column_off),
        );
        let phase = dice.up_to(628) as f32 / 100.0;
        for n in 0..(hand.press_ms + hand.gap_ms) * 8 {
            // The sum of uniform numbers is nearly a normal one; of three its deviation is 1/2.
            let sum: u64 = (0..3).map(|_| dice.up_to(1001)).sum();
            let noise = (sum as f32 / 1000.0 - 1.5) * amplitude(hand.level - hand.noise) * 1.414;
            let at = TAU * n as f32 / 8000.0;
            let tones = if n < hand.press_ms * 8 {
                amplitude(hand.level) * (row * at + phase).sin()
                    + amplitude(hand.level + hand.twist) * (column * at).sin()
            } else {
                0.0
            };
            let code = Law::A.encode((tones + noise) as i16);
            sound.push(Law::A.decode(code));
        }
    }
    sound
}

fn heard(sound: &[i16]) -> String {
    let mut ear = KeyEar::new();
    let mut keys = String::new();
    let silence = [0; 800];
    for piece in sound.chunks(160).chain([&silence[..]]) {
        ear.hear(piece, |digit| keys.push(digit.key));
    }
    keys
}

/// In how many of `rounds` tries of each key it was heard once, and in how many not at all.
fn tried(hand: Hand, rounds: u64) -> (usize, usize) {
    let mut dice = Dice(7);
    let (mut once, mut never) = (0, 0);
    for key in ALL.chars() {
        for _ in 0..rounds {
            let lead = vec![0; dice.up_to(80) as usize];
            let sound = [lead, press(&key.to_string(), hand, &mut dice)].concat();
            let heard = heard(&sound);
            once += usize::from(heard == key.to_string());
            never += usize::from(heard.is_empty());
        }
    }
    (once, never)
}

#[test]
fn what_q24_wants_accepted_is_accepted_and_the_rest_refused() {
    let accepted = [
        ("plain", PLAIN),
        ("40 ms", hand(40, (-10.0, 2.0), (0.0, 0.0), 90.0)),
        ("long", hand(700, (-10.0, 2.0), (0.0, 0.0), 90.0)),
        ("-2 dBm0", hand(60, (-2.0, 0.0), (0.0, 0.0), 90.0)),
        ("-27 dBm0", hand(60, (-27.0, 0.0), (0.0, 0.0), 90.0)),
        ("column +6 dB", hand(60, (-10.0, 6.0), (0.0, 0.0), 90.0)),
        ("column -8 dB", hand(60, (-10.0, -8.0), (0.0, 0.0), 90.0)),
        ("high", hand(60, (-10.0, 2.0), (0.015, 0.015), 90.0)),
        ("low", hand(60, (-10.0, 2.0), (-0.018, -0.018), 90.0)),
        ("apart", hand(60, (-10.0, 2.0), (-0.018, 0.018), 90.0)),
        ("noise", hand(60, (-10.0, 2.0), (0.0, 0.0), 15.0)),
        ("all", hand(40, (-22.0, -5.0), (0.015, -0.015), 20.0)),
    ];
    for (name, hand) in accepted {
        assert_eq!(tried(hand, 2), (32, 0), "{name}");
    }
    let refused = [
        ("23 ms", hand(23, (-10.0, 2.0), (0.0, 0.0), 90.0)),
        ("-32 dBm0", hand(60, (-32.0, 0.0), (0.0, 0.0), 90.0)),
        ("column +10 dB", hand(60, (-10.0, 10.0), (0.0, 0.0), 90.0)),
        ("column -12 dB", hand(60, (-10.0, -12.0), (0.0, 0.0), 90.0)),
        ("row high", hand(60, (-10.0, 2.0), (0.035, 0.0), 90.0)),
        ("row low", hand(60, (-10.0, 2.0), (-0.035, 0.0), 90.0)),
        ("column high", hand(60, (-10.0, 2.0), (0.0, 0.035), 90.0)),
        ("column low", hand(60, (-10.0, 2.0), (0.0, -0.035), 90.0)),
    ];
    for (name, hand) in refused {
        assert_eq!(tried(hand, 2), (0, 32), "{name}");
    }
}

#[test]
fn keys_in_a_row_are_told_apart_and_a_key_with_a_hole_is_one() {
    let mut dice = Dice(1);
    let keys = "0011223344556677889900**##";
    let quick = Hand {
        press_ms: 40,
        gap_ms: 40,
        ..PLAIN
    };
    assert_eq!(heard(&press(keys, quick, &mut dice)), keys);
    let mut sound = press(
        "5",
        Hand {
            press_ms: 100,
            ..PLAIN
        },
        &mut dice,
    );
    sound[400..480].fill(0);
    assert_eq!(heard(&sound), "5");
}

#[test]
fn a_key_is_told_with_its_length() {
    let mut dice = Dice(1);
    for press_ms in [40usize, 100, 250, 1000] {
        let sound = press("8", Hand { press_ms, ..PLAIN }, &mut dice);
        let mut ear = KeyEar::new();
        let mut told = None;
        ear.hear(&sound, |digit| told = Some(digit.duration_ms as usize));
        assert!(
            told.unwrap().abs_diff(press_ms) <= 8,
            "{press_ms}: {told:?}"
        );
    }
}

#[test]
fn neither_one_tone_nor_three_are_a_key() {
    let tones = |all: &[f32]| -> Vec<i16> {
        let sample = |n: usize| {
            let wave = |hz: &f32| 6000.0 * (TAU * hz * n as f32 / 8000.0).sin();
            all.iter().map(wave).sum::<f32>() as i16
        };
        (0..4000).map(sample).collect()
    };
    assert_eq!(heard(&tones(&[770.0, 1336.0])), "5");
    for not_a_key in [
        &[770.0][..],
        &[770.0, 852.0],
        &[1336.0, 1477.0],
        &[770.0, 1336.0, 440.0],
        &[350.0, 440.0],
        &[2.0 * 770.0, 1336.0],
    ] {
        assert_eq!(heard(&tones(not_a_key)), "", "{not_a_key:?}");
    }
}

#[test]
fn noise_is_no_key() {
    let mut dice = Dice(3);
    let loud: Vec<i16> = (0..400_000)
        .map(|_| dice.up_to(30_000) as i16 - 15_000)
        .collect();
    assert_eq!(heard(&loud), "");
}
