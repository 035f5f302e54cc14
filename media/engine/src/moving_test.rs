//! Talks that go from one audio thread to another while they are heard.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::net::UdpSocket;
use std::sync::{mpsc, Arc};

use crate::codec::Codec;
use crate::event;
use crate::g711::Law;
use crate::house::{talk, House, AGENT, CALLER, CHIEF, EXPERT, MS};
use crate::port::Port;
use crate::rate::Rate;
use crate::recorder::Order;
use crate::switchboard::{Limits, Switchboard};
use crate::testing::share;
use crate::wav::Coding;
use crate::writer::Job;

/// Another thread's switchboard, whose ports have other slots and whose mixes are at `now`.
fn elsewhere(house: &mut House, now: u64) -> Switchboard {
    let (sender, events) = event::channel().unwrap();
    house.events = events;
    let mut board = Switchboard::new(sender, mpsc::channel().0, Limits::default());
    for id in 100..103 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        board.open(Port::new(
            id,
            socket,
            [id as u8; crate::port::RANDOM],
            Arc::default(),
        ));
    }
    board.hear(100, &[(101, 1.0), (102, 0.5)], now);
    for ticks_ago in [3, 2, 1, 0] {
        board.mix_due(now - now % (10 * MS) - ticks_ago * 10 * MS);
    }
    board
}

/// The phones' ports move; who is not among them is heard no more. In the last millisecond before
/// a tick the thread that they come to has done it, and theirs has not.
fn move_over(house: &mut House, phones: &[usize], recordings: &[u64]) {
    let ids: Vec<u64> = phones.iter().map(|&phone| house.phones[phone].id).collect();
    let now = match house.ms % 10 {
        9 => house.now() + MS,
        _ => house.now(),
    };
    let mut board = elsewhere(house, now);
    let company = house.board.depart(&ids, recordings);
    let slots = board.arrive(company, now);
    house.board = board;
    for &phone in phones {
        let phone = &mut house.phones[phone];
        let address = |slot: usize| house.board.socket(slot)?.local_addr().ok();
        let found = slots
            .iter()
            .find(|&&slot| address(slot) == Some(phone.port));
        phone.slot = *found.unwrap();
    }
}

const ALL: [usize; 4] = [CALLER, AGENT, EXPERT, CHIEF];

#[test]
fn a_relayed_talk_moves_without_a_break() {
    let mut house = talk();
    move_over(&mut house, &ALL, &[]);
    house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER])]);
}

#[test]
fn a_conference_moves_at_any_moment_without_a_break() {
    for offset in 0..21 {
        confer_and_move(talk(), offset);
    }
}

#[test]
fn so_does_one_of_phones_that_hear_more_and_less_than_each_other() {
    for offset in [1, 8, 15] {
        let mut house = House::new();
        for (name, hz) in [
            ("G722", 350.0),
            ("opus", 450.0),
            ("PCMA", 550.0),
            ("L16", 700.0),
        ] {
            house.phone_of(hz, Codec::named(name).unwrap(), 20);
        }
        house.hear(&[(CALLER, &[(AGENT, 1.0)]), (AGENT, &[(CALLER, 1.0)])]);
        house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER])]);
        confer_and_move(house, offset);
    }
}

/// Caller and agent talk, confer with the expert, and talk again, and move each time.
fn confer_and_move(mut house: House, offset: u64) {
    house.hear(&[
        (CALLER, &[(AGENT, 1.0), (EXPERT, 0.8)]),
        (AGENT, &[(CALLER, 1.0), (EXPERT, 0.8)]),
        (EXPERT, &[(CALLER, 1.0), (AGENT, 0.8)]),
    ]);
    // in the joining, and when all is settled
    house.run(if offset < 10 {
        10 + 3 * offset
    } else {
        290 + offset
    });
    move_over(&mut house, &ALL, &[]);
    house.expect(&[
        (CALLER, &[AGENT, EXPERT]),
        (AGENT, &[CALLER, EXPERT]),
        (EXPERT, &[CALLER, AGENT]),
    ]);
    house.hear(&[(CALLER, &[(AGENT, 1.0)]), (AGENT, &[(CALLER, 1.0)])]);
    house.run(offset);
    move_over(&mut house, &ALL, &[]);
    house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER])]);
}

#[test]
fn who_stays_behind_fades_away() {
    let mut house = talk();
    house.hear(&[(CHIEF, &[(CALLER, 1.0), (AGENT, 0.8)])]);
    house.expect(&[(CHIEF, &[CALLER, AGENT])]);
    house.hear(&[(CHIEF, &[])]);
    let now = house.now();
    let ids = [CALLER, AGENT].map(|phone| house.phones[phone].id);
    let company = house.board.depart(&ids, &[]);
    for (phone, other) in [(EXPERT, CHIEF), (CHIEF, EXPERT)] {
        let (id, other) = (house.phones[phone].id, house.phones[other].id);
        house.board.hear(id, &[(other, 1.0)], now);
    }
    let mut gone = elsewhere(&mut house, now);
    gone.arrive(company, now);
    house.expect(&[(EXPERT, &[CHIEF]), (CHIEF, &[EXPERT])]);
}

/// What is in the recording of two seconds in which the talk moves, if it does.
fn recorded(moves: bool) -> Vec<i16> {
    let mut house = talk();
    let order = Order {
        id: 9,
        path: "x.wav".into(),
        coding: Coding::G711(Law::A),
        rates: [Rate::Narrow; 2],
        stereo: true,
        silence_ms: 0,
    };
    let [left, right] = [CALLER, AGENT].map(|phone| house.phones[phone].id);
    let now = house.now();
    house.board.start_recording(order, left, Some(right), now);
    house.run(1000);
    if moves {
        move_over(&mut house, &[CALLER, AGENT], &[9]);
    }
    house.run(1000);
    house.board.stop_recording(9, house.now());
    let pieces = house.jobs.try_iter().filter_map(|job| match job {
        Job::Append { codes, .. } => Some(codes),
        _ => None,
    });
    pieces.flatten().map(|code| Law::A.decode(code)).collect()
}

#[test]
fn a_recording_goes_with_its_ports() {
    let moved = recorded(true);
    assert_eq!(moved.len(), 2 * 16_000);
    assert!(moved == recorded(false));
    for (side, hz) in [(0, 350.0), (1, 450.0)] {
        let heard: Vec<i16> = moved.iter().skip(side).step_by(2).copied().collect();
        assert!(share(&heard, hz) > 0.9, "{side}");
    }
}
