//! What no telephone line carries is heard by whoever's phone can, and by nobody as something else.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use crate::codec::{Codec, Decoder, Encoder};
use crate::event::Event;
use crate::format::Format;
use crate::g711::Law;
use crate::house::{House, LOUD, MS};
use crate::rate::Rate;
use crate::recorder::Order;
use crate::testing::{share_at, sine};
use crate::wav::Coding;
use crate::writer::Job;

/// Above what G.711 carries; at 8000 Hz it would fold down to `FALSE`.
const HIGH: f32 = 5500.0;
const FALSE: f32 = 2500.0;
const LOW: f32 = 450.0;

const ANN: usize = 0;
const BO: usize = 1;
const CAT: usize = 2;

fn house(phones: &[(&str, f32)]) -> House {
    let mut house = House::new();
    for &(name, hz) in phones {
        house.phone_of(hz, Codec::named(name).unwrap(), 20);
    }
    house
}

/// A phone has another codec from now on.
fn change(house: &mut House, nth: usize, name: &str) {
    let codec = Codec::named(name).unwrap();
    let format = Format {
        payload_type: 96,
        codec,
        event_payload_type: None,
        comfort_noise: false,
        packet_ms: 20,
    };
    let (now, phone) = (house.now(), &mut house.phones[nth]);
    let remote = phone.socket.local_addr().unwrap();
    house.board.configure(phone.id, remote, format, now);
    (phone.codec, phone.encoder) = (codec, Encoder::new(codec));
    phone.decoder = Decoder::new(codec);
}

/// How much of what a phone hears, once it hears evenly, is that tone.
fn heard(house: &mut House, tones: &[(usize, f32)]) -> Vec<f64> {
    let begin = house.ms;
    house.run(900);
    let share = |&(listener, hz): &(usize, f32)| house.phones[listener].share(begin + 300, hz);
    tones.iter().map(share).collect()
}

#[test]
fn wide_phones_hear_each_other_s_width_whatever_their_codecs() {
    for names in [["G722", "opus"], ["opus", "G722"]] {
        let mut house = house(&[(names[0], HIGH), (names[1], 6100.0)]);
        house.hear(&[(ANN, &[(BO, 1.0)]), (BO, &[(ANN, 1.0)])]);
        let shares = heard(&mut house, &[(ANN, 6100.0), (BO, HIGH)]);
        assert!(
            shares.iter().all(|&share| share > 0.85),
            "{names:?}: {shares:?}"
        );
    }
}

#[test]
fn a_mix_is_wide_for_wide_phones_and_has_no_false_tone_for_others() {
    for name in ["G722", "opus"] {
        for other in ["PCMA", "L16", "G722", "opus"] {
            let mut house = house(&[(name, HIGH), (name, LOW), (other, 700.0)]);
            // the third listens to both, and is heard by the second
            house.hear(&[
                (ANN, &[(BO, 1.0)]),
                (BO, &[(ANN, 1.0), (CAT, 0.5)]),
                (CAT, &[(ANN, 1.0), (BO, 1.0)]),
            ]);
            let tones = [
                (BO, HIGH),
                (BO, 700.0),
                (CAT, HIGH),
                (CAT, FALSE),
                (CAT, LOW),
            ];
            let shares = heard(&mut house, &tones);
            let words = format!("{name} with {other}: {shares:?}");
            assert!(shares[0] > 0.6 && shares[1] > 0.1, "{words}");
            if Codec::named(other).unwrap().rate() == Rate::Wide {
                assert!(shares[2] > 0.35 && shares[4] > 0.35, "{words}");
            } else {
                assert!(shares[3] < 0.0001 && shares[4] > 0.98, "{words}");
            }
        }
    }
}

#[test]
fn who_listens_in_and_goes_again_leaves_no_click() {
    for name in ["G722", "opus"] {
        for third in ["PCMA", "G722", "opus"] {
            let mut house = house(&[(name, 350.0), (name, LOW), (third, 550.0)]);
            let talk: [(usize, &[(usize, f32)]); 3] =
                [(ANN, &[(BO, 1.0)]), (BO, &[(ANN, 1.0)]), (CAT, &[])];
            house.hear(&talk);
            house.expect(&[(ANN, &[BO]), (BO, &[ANN])]);
            for _ in 0..3 {
                house.phones[CAT].heard.clear();
                house.hear(&[
                    (ANN, &[(BO, 1.0), (CAT, 0.8)]),
                    (BO, &[(ANN, 1.0), (CAT, 0.8)]),
                    (CAT, &[(ANN, 1.0), (BO, 0.8)]),
                ]);
                house.expect(&[(ANN, &[BO, CAT]), (BO, &[ANN, CAT]), (CAT, &[ANN, BO])]);
                house.hear(&talk);
                house.expect(&[(ANN, &[BO]), (BO, &[ANN])]);
                assert!(house.board.is_relay_only());
                house.run(7);
            }
        }
    }
}

#[test]
fn a_phone_that_changes_its_width_in_a_conference_is_heard_without_a_click() {
    let mut house = house(&[("G722", 350.0), ("PCMA", LOW), ("opus", 550.0)]);
    let all: [(usize, &[(usize, f32)]); 3] = [
        (ANN, &[(BO, 1.0), (CAT, 0.8)]),
        (BO, &[(ANN, 1.0), (CAT, 0.8)]),
        (CAT, &[(ANN, 1.0), (BO, 0.8)]),
    ];
    house.hear(&all);
    house.expect(&[(BO, &[ANN, CAT]), (CAT, &[ANN, BO])]);
    for name in ["PCMA", "opus", "PCMU", "G722", "L16"] {
        change(&mut house, ANN, name);
        house.expect(&[(BO, &[ANN, CAT]), (CAT, &[ANN, BO])]);
        let shares = heard(&mut house, &[(ANN, LOW), (ANN, 550.0)]);
        assert!(shares[0] > 0.5 && shares[1] > 0.3, "{name}: {shares:?}");
    }
}

/// Both sides of the talk of the first two.
fn begin_recording(house: &mut House, id: u64) {
    let order = Order {
        id,
        path: "x.wav".into(),
        coding: Coding::Linear(Rate::Narrow),
        rates: [Rate::Narrow; 2],
        stereo: true,
        silence_ms: 0,
    };
    house
        .board
        .start_recording(order, 1, Some(2), house.ms * MS);
}

/// A talk of the first two, recorded while it does that: the file's coding, and both sides.
fn recorded(phones: &[(&str, f32)], deed: impl FnOnce(&mut House)) -> (Coding, [Vec<i16>; 2]) {
    let mut house = house(phones);
    house.hear(&[(ANN, &[(BO, 1.0)]), (BO, &[(ANN, 1.0)])]);
    begin_recording(&mut house, 1);
    deed(&mut house);
    house.board.stop_recording(1, house.ms * MS);
    let (mut coding, mut sides) = (Coding::G711(Law::A), [Vec::new(), Vec::new()]);
    for job in house.jobs.try_iter() {
        match job {
            Job::Open { coding: opened, .. } => coding = opened,
            Job::Append { codes, .. } => {
                for (nth, place) in codes.chunks_exact(coding.bytes()).enumerate() {
                    sides[nth % 2].push(match (coding, place) {
                        (Coding::G711(law), _) => law.decode(place[0]),
                        _ => i16::from_le_bytes([place[0], place[1]]),
                    });
                }
            }
            Job::Close { error, .. } => assert_eq!(error, None),
        }
    }
    (coding, sides)
}

#[test]
fn a_recording_is_as_wide_as_who_speaks_when_it_begins() {
    // who speaks; the file; shares of tones of sides
    type Shares = &'static [(usize, f32, std::ops::Range<f64>)];
    type Row = (&'static [(&'static str, f32)], Coding, Shares);
    let rows: [Row; 5] = [
        (
            &[("G722", HIGH), ("PCMA", LOW)],
            Coding::Linear(Rate::Wide),
            &[
                (0, HIGH, 0.95..1.1),
                (1, LOW, 0.95..1.1),
                (0, LOW, 0.0..0.001),
            ],
        ),
        (
            &[("PCMU", LOW), ("opus", HIGH)],
            Coding::Linear(Rate::Wide),
            &[(0, LOW, 0.95..1.1), (1, HIGH, 0.9..1.1)],
        ),
        // who joins later is brought to the file's rate
        (
            &[("G722", HIGH), ("G722", HIGH), ("PCMA", LOW)],
            Coding::Linear(Rate::Wide),
            &[(1, HIGH, 0.4..0.6), (1, LOW, 0.4..0.6)],
        ),
        (
            &[("PCMA", 350.0), ("PCMA", LOW), ("G722", HIGH)],
            Coding::G711(Law::A),
            &[
                (0, 350.0, 0.95..1.1),
                (1, LOW, 0.98..1.1),
                (1, FALSE, 0.0..0.0001),
            ],
        ),
        (
            &[("L16", 350.0), ("PCMA", LOW), ("opus", HIGH)],
            Coding::Linear(Rate::Narrow),
            &[(1, LOW, 0.98..1.1), (1, FALSE, 0.0..0.0001)],
        ),
    ];
    for (phones, expected, shares) in rows {
        let (coding, sides) = recorded(phones, |house| {
            // a track holds a second
            house.run(300);
            if phones.len() > 2 {
                house.board.add_to_recording(1, 3);
            }
            house.run(600);
        });
        assert_eq!(coding, expected, "{phones:?}");
        let second = coding.rate().hz() as usize;
        for &(side, hz, ref range) in shares {
            assert_eq!(sides[side].len(), second * 9 / 10);
            let share = share_at(coding.rate(), &sides[side][second / 2..], hz);
            assert!(
                range.contains(&share),
                "{phones:?}: {hz} Hz is {share} of {side}"
            );
        }
    }
}

#[test]
fn a_recording_follows_a_phone_whose_width_changes() {
    let names = ["G722", "PCMA", "opus", "L16"];
    for first in ["PCMA", "G722"] {
        let (coding, [left, right]) = recorded(&[(first, LOW), ("PCMA", 700.0)], |house| {
            for name in names {
                house.run(500);
                house.board.housekeep(house.now());
                change(house, ANN, name);
            }
            house.run(500);
        });
        let half = coding.rate().hz() as usize / 2;
        assert_eq!(left.len(), 5 * half, "{first}");
        // but for the moment of each change all is there, as loud as it was, and the other side untouched
        for part in left.chunks(half).map(|part| &part[half / 5..]) {
            let share = share_at(coding.rate(), part, LOW);
            assert!(share > 0.98, "{first}: {share}");
            let loudest = part.iter().max().unwrap();
            assert!((3700..4400).contains(loudest), "{first}: {loudest}");
        }
        let share = share_at(coding.rate(), &right[half / 5..], 700.0);
        assert!(share > 0.98, "{first}: {share}");
    }
}

#[test]
fn keys_are_heard_as_tones_across_a_change_of_codec_in_the_same_stream() {
    let mut says = vec![0; 1600];
    let tones = [697.0, 1209.0].map(|hz| sine(hz, LOUD, 0, 800));
    for (slot, (low, high)) in says.iter_mut().zip(tones[0].iter().zip(&tones[1])) {
        *slot = low + high;
    }
    // As samples, the time stamps of the second codec are five seconds before those of the first, or behind.
    let rows = [
        ("PCMA", "opus", 859_033_000),
        ("PCMA", "opus", 858_937_000),
        ("opus", "G722", 858_897_000),
        ("opus", "PCMU", 858_993_000),
        ("PCMA", "L16", 7),
    ];
    for (first, second, timestamp) in rows {
        let mut house = house(&[("PCMA", LOW)]);
        house.phones[ANN].says = says.clone();
        house.phones[ANN].timestamp = timestamp;
        for name in [first, second] {
            change(&mut house, ANN, name);
            house.run(1000);
            house.board.housekeep(house.now());
            let events = house.events.take().into_iter();
            let keys = events.filter(|event| matches!(event, Event::Digit { .. }));
            let count = keys.count();
            assert!(
                (4..=6).contains(&count),
                "{first}, {second}: {count} in {name}"
            );
        }
    }
}

#[test]
fn who_only_listens_and_changes_its_width_hears_on() {
    let mut house = house(&[("G722", 350.0), ("PCMA", LOW), ("opus", 550.0)]);
    house.hear(&[(CAT, &[(ANN, 1.0), (BO, 0.8)])]);
    house.expect(&[(CAT, &[ANN, BO])]);
    for name in ["PCMA", "G722"] {
        change(&mut house, CAT, name);
        house.phones[CAT].heard.clear();
        house.expect(&[(CAT, &[ANN, BO])]);
    }
}

#[test]
fn a_recording_soon_after_another_one_waits_for_nothing_of_the_time_between() {
    for name in ["opus", "G722"] {
        let (_, [left, _]) = recorded(&[(name, LOW), (name, 700.0)], |house| {
            house.run(300);
            house.board.stop_recording(1, house.now());
            house.board.housekeep(house.now());
            house.run(400);
            house.jobs.try_iter().for_each(drop);
            begin_recording(house, 2);
            house.run(600);
            house.board.stop_recording(2, house.now());
        });
        assert_eq!(left.len(), 600 * 16, "{name}");
        for (nth, part) in left.chunks(640).enumerate().skip(1) {
            // G.722 has to learn its speaker
            let (share, loudest) = (share_at(Rate::Wide, part, LOW), *part.iter().max().unwrap());
            let is_clear = share > 0.97 || nth < 3;
            assert!(
                is_clear && loudest > 3000,
                "{name} {nth}: {share} {loudest}"
            );
        }
    }
}
