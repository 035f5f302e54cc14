//! What the phones of a room hear. Every change of the matrix is to be heard, and to be heard as nothing
//! else: the stream goes on, packet by packet, and nothing clicks.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::sync::Arc;

use crate::event::Event;
use crate::fault::tests::{arm, disarm};
use crate::g711::Law;
use crate::house::{talk, House, AGENT, CALLER, CHIEF, EXPERT, LOUD};
use crate::inbound::TRIPWIRE;
use crate::player::{Audio, Player};
use crate::rate::Rate;
use crate::recorder::Order;
use crate::rtp::Header;
use crate::testing::{share, sine};
use crate::wav::Coding;
use crate::writer::Job;

#[test]
fn a_third_joins_and_leaves_while_the_others_talk() {
    let mut house = talk();
    for odd in 1..8 {
        house.run(odd * 3);
        house.hear(&[
            (CALLER, &[(AGENT, 1.0), (EXPERT, 0.8)]),
            (AGENT, &[(CALLER, 1.0), (EXPERT, 0.8)]),
            (EXPERT, &[(CALLER, 1.0), (AGENT, 0.8)]),
        ]);
        house.expect(&[
            (CALLER, &[AGENT, EXPERT]),
            (AGENT, &[CALLER, EXPERT]),
            (EXPERT, &[CALLER, AGENT]),
        ]);
        house.hear(&[
            (CALLER, &[(AGENT, 1.0)]),
            (AGENT, &[(CALLER, 1.0)]),
            (EXPERT, &[]),
        ]);
        house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER])]);
        assert!(house.board.is_relay_only(), "who hears one is relayed to");
        house.phones[EXPERT].heard.clear(); // its stream may begin anew
    }
}

#[test]
fn the_agent_leaves_and_caller_and_expert_talk_on() {
    let mut house = talk();
    house.hear(&[
        (CALLER, &[(AGENT, 1.0), (EXPERT, 0.8)]),
        (AGENT, &[(CALLER, 1.0), (EXPERT, 0.8)]),
        (EXPERT, &[(CALLER, 1.0), (AGENT, 0.8)]),
    ]);
    house.expect(&[(CALLER, &[AGENT, EXPERT]), (EXPERT, &[CALLER, AGENT])]);
    house.hear(&[(CALLER, &[(EXPERT, 1.0)]), (EXPERT, &[(CALLER, 1.0)])]);
    let agent = house.phones[AGENT].id;
    house.board.close(agent, 0);
    house.phones[AGENT].heard.clear();
    house.expect(&[(CALLER, &[EXPERT]), (EXPERT, &[CALLER]), (AGENT, &[])]);
    assert!(house.board.is_relay_only());
}

#[test]
fn a_bug_that_hits_one_port_ends_it_and_no_other() {
    let mut house = talk();
    let row = [(CALLER, 1.0), (AGENT, 1.0)];
    house.hear(&[
        (CALLER, &[(AGENT, 1.0), (EXPERT, 0.8)]),
        (AGENT, &[(CALLER, 1.0), (EXPERT, 0.8)]),
        (EXPERT, &row),
    ]);
    house.expect(&[(CALLER, &[AGENT, EXPERT]), (AGENT, &[CALLER, EXPERT])]);
    poison(&mut house, EXPERT);
    house.phones[EXPERT].heard.clear();
    house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER]), (EXPERT, &[])]);
}

/// A phone has its port hit upon a bug.
fn poison(house: &mut House, nth: usize) {
    house.events.take();
    let (now, phone) = (house.now(), &house.phones[nth]);
    let header = Header {
        marker: false,
        payload_type: 96,
        sequence: 1,
        timestamp: 0,
        ssrc: 1,
    };
    let poison = [&header.to_bytes()[..], TRIPWIRE].concat();
    phone.socket.send_to(&poison, phone.port).unwrap();
    house.board.receive(phone.slot, now);
    let failed = Event::PortFailed {
        port: phone.id,
        error: "tripped".to_owned(),
    };
    assert_eq!(house.events.take(), [failed]);
}

#[test]
fn a_port_that_a_bug_kept_from_being_closed_leaves_nothing_to_who_comes_after_it() {
    for gain in [1.0, 0.8] {
        // relayed to and from, or mixed
        let mut house = talk();
        house.hear(&[
            (CALLER, &[(EXPERT, gain)]),
            (EXPERT, &[(CALLER, gain)]),
            (AGENT, &[]),
        ]);
        let settle = |house: &mut House| {
            house.run(40);
            house
                .phones
                .iter_mut()
                .for_each(|phone| phone.heard.clear());
        };
        settle(&mut house);
        house.expect(&[(CALLER, &[EXPERT]), (EXPERT, &[CALLER]), (AGENT, &[])]);
        arm(&["close"]);
        poison(&mut house, EXPERT);
        assert_eq!(disarm(), [""; 0]);
        let stranger = house.phone(800.0, Law::A, 20);
        assert_eq!(house.phones[stranger].slot, house.phones[EXPERT].slot);
        settle(&mut house);
        house.expect(&[(CALLER, &[]), (stranger, &[])]);
        house.hear(&[(stranger, &[(AGENT, gain)]), (AGENT, &[(stranger, gain)])]);
        settle(&mut house);
        house.expect(&[(stranger, &[AGENT]), (AGENT, &[stranger]), (CALLER, &[])]);
    }
}

#[test]
fn who_is_cut_off_leaves_no_click() {
    let mut house = talk();
    house.hear(&[(CALLER, &[(AGENT, 1.0), (EXPERT, 0.8)])]);
    house.expect(&[(CALLER, &[AGENT, EXPERT])]);
    let expert = house.phones[EXPERT].id;
    house.board.close(expert, 0);
    house.expect(&[(CALLER, &[AGENT])]);
    // also of who is still relayed while the mix begins
    house.hear(&[(CALLER, &[(AGENT, 1.0), (CHIEF, 0.8)])]);
    let agent = house.phones[AGENT].id;
    house.board.close(agent, 0);
    house.expect(&[(CALLER, &[CHIEF])]);
}

#[test]
fn the_supervisor_monitors_whispers_and_barges_in() {
    let mut house = talk();
    house.hear(&[(CHIEF, &[(CALLER, 1.0), (AGENT, 0.8)])]);
    house.expect(&[
        (CALLER, &[AGENT]),
        (AGENT, &[CALLER]),
        (CHIEF, &[CALLER, AGENT]),
    ]);
    house.hear(&[(AGENT, &[(CALLER, 1.0), (CHIEF, 0.8)])]);
    house.expect(&[
        (CALLER, &[AGENT]),
        (AGENT, &[CALLER, CHIEF]),
        (CHIEF, &[CALLER, AGENT]),
    ]);
    house.hear(&[(CALLER, &[(AGENT, 1.0), (CHIEF, 0.8)])]);
    house.expect(&[
        (CALLER, &[AGENT, CHIEF]),
        (AGENT, &[CALLER, CHIEF]),
        (CHIEF, &[CALLER, AGENT]),
    ]);
    house.hear(&[
        (CALLER, &[(AGENT, 1.0)]),
        (AGENT, &[(CALLER, 1.0)]),
        (CHIEF, &[(CALLER, 1.0), (AGENT, 0.8)]),
    ]);
    house.expect(&[
        (CALLER, &[AGENT]),
        (AGENT, &[CALLER]),
        (CHIEF, &[CALLER, AGENT]),
    ]);
}

#[test]
fn hold_with_music_and_consultation() {
    let mut house = talk();
    let caller = house.phones[CALLER].id;
    let tone: Vec<u8> = sine(1450.0, LOUD, 0, 8000)
        .into_iter()
        .flat_map(i16::to_le_bytes)
        .collect();
    let music = Player::new(1, vec![Arc::new(Audio::from_pcm(&tone))], true, false);
    house.board.play(caller, music);
    house.hear(&[
        (CALLER, &[]),
        (AGENT, &[(EXPERT, 1.0)]),
        (EXPERT, &[(AGENT, 1.0)]),
    ]);
    let begin = house.ms;
    house.run(600);
    let heard = house.phones[CALLER].since(begin + 100);
    assert!(share(&heard, 1450.0) > 0.9);
    assert!(share(&house.phones[AGENT].since(begin + 100), 550.0) > 0.9);
    house.board.stop_play(caller);
    house.hear(&[
        (CALLER, &[(AGENT, 1.0), (EXPERT, 0.8)]),
        (AGENT, &[(CALLER, 1.0), (EXPERT, 0.8)]),
        (EXPERT, &[(CALLER, 1.0), (AGENT, 0.8)]),
    ]);
    for phone in &mut house.phones {
        phone.heard.clear(); // a player's music begins and ends as a talkspurt of its own
    }
    house.expect(&[(CALLER, &[AGENT, EXPERT]), (EXPERT, &[CALLER, AGENT])]);
}

#[test]
fn packets_of_any_length_are_mixed_into_packets_of_any_length() {
    let mut house = House::new();
    for (hz, law, packet_ms) in [
        (350.0, Law::A, 10),
        (450.0, Law::Mu, 20),
        (550.0, Law::A, 30),
        (700.0, Law::Mu, 60),
    ] {
        house.phone(hz, law, packet_ms);
    }
    let everybody: [(usize, &[(usize, f32)]); 4] = [
        (0, &[(1, 1.0), (2, 0.8), (3, 0.6)]),
        (1, &[(0, 1.0), (2, 0.8), (3, 0.6)]),
        (2, &[(0, 1.0), (1, 0.8), (3, 0.6)]),
        (3, &[(0, 1.0), (1, 0.8), (2, 0.6)]),
    ];
    house.hear(&everybody);
    house.run(1000);
    for (listener, row) in everybody {
        let phone = &house.phones[listener];
        let heard = phone.since(1300);
        for &(speaker, _) in row {
            assert!(
                share(&heard, house.phones[speaker].hz) > 0.05,
                "{listener} of {speaker}"
            );
        }
        assert!(share(&heard, phone.hz) < 0.005, "{listener} hears itself");
        for (before, after) in phone.packets() {
            assert_eq!(after.at_ms - before.at_ms, u64::from(phone.packet_ms));
            assert_eq!(before.samples.len(), phone.packet_ms as usize * 8);
        }
        let speakers: Vec<usize> = row.iter().map(|&(speaker, _)| speaker).collect();
        house.assert_smooth(listener, &speakers, 0);
    }
}

#[test]
fn a_lossy_shaky_network_leaves_every_tone_and_makes_no_click() {
    let mut house = House::new();
    (house.loss, house.jitter) = (10, 60);
    for hz in [350.0, 450.0, 550.0] {
        house.phone(hz, Law::A, 20);
    }
    house.hear(&[
        (0, &[(1, 1.0), (2, 0.8)]),
        (1, &[(0, 1.0), (2, 0.8)]),
        (2, &[(0, 1.0), (1, 0.8)]),
    ]);
    house.run(3000);
    house.expect(&[(0, &[1, 2]), (1, &[0, 2]), (2, &[0, 1])]);
    for phone in &house.phones {
        phone.assert_unbroken(); // what is made here is whole whatever comes in
    }
}

#[test]
fn who_is_played_something_else_hears_it_at_the_next_tick() {
    let mut house = House::new();
    house.phone(0.0, Law::A, 60);
    let audio = Arc::new(Audio::from_samples(&sine(700.0, LOUD, 0, 8000)));
    for player in 1..4 {
        let begun = house.ms;
        let playlist = vec![Arc::clone(&audio)];
        house
            .board
            .play(1, Player::new(player, playlist, true, false));
        house.run(25);
        let heard = house.phones[0].heard.last().unwrap();
        assert!((begun..=begun + 10).contains(&heard.at_ms), "{player}");
    }
}

#[test]
fn a_recording_takes_nothing_of_those_whom_the_one_before_it_took() {
    let mut house = talk();
    house.hear(&[(EXPERT, &[(CHIEF, 1.0)]), (CHIEF, &[(EXPERT, 1.0)])]);
    let taken = [(Law::A, [CALLER, AGENT]), (Law::Mu, [EXPERT, CHIEF])].map(|(law, phones)| {
        let order = Order {
            id: phones[0] as u64 + 1,
            path: "x.wav".into(),
            coding: Coding::G711(law),
            rates: [Rate::Narrow; 2],
            stereo: true,
            silence_ms: 0,
        };
        let (recording, [left, right]) = (order.id, phones.map(|nth| house.phones[nth].id));
        let now = house.now();
        house.board.start_recording(order, left, Some(right), now);
        house.run(1000);
        house.board.stop_recording(recording, house.now());
        let pieces = house.jobs.try_iter().filter_map(|job| match job {
            Job::Append { codes, .. } => Some(codes),
            _ => None,
        });
        let codes: Vec<u8> = pieces.flatten().collect();
        let left = codes.iter().step_by(2);
        left.map(|&code| law.decode(code)).collect::<Vec<i16>>()
    });
    for (heard, hz) in taken.iter().zip([350.0, 550.0]) {
        assert!(share(heard, hz) > 0.9, "{hz}");
    }
}
