//! What phones of different codecs hear of each other.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use crate::codec::{Codec, Decoder, Encoder};
use crate::format::Format;
use crate::g711::Law;
use crate::house::{talk, House, AGENT, CALLER, MS};
use crate::keying::Press;
use crate::rate::Rate;
use crate::recorder::Order;
use crate::rtp::{Header, Packet};
use crate::testing::share_at;
use crate::wav::Coding;
use crate::writer::Job;

#[test]
fn phones_of_any_codec_talk_and_confer() {
    let codecs = ["G722", "PCMA", "L16", "PCMU", "opus"].map(|name| Codec::named(name).unwrap());
    for packet_ms in [20, 60] {
        let mut house = House::new();
        for (codec, hz) in codecs.into_iter().zip([350.0, 450.0, 550.0, 700.0, 900.0]) {
            house.phone_of(hz, codec, packet_ms);
        }
        for (one, other) in [(0, 1), (1, 2), (2, 0), (1, 3), (4, 3), (0, 4)] {
            house.hear(&[(one, &[(other, 1.0)]), (other, &[(one, 1.0)])]);
            house.run(300);
            let begin = house.ms;
            house.run(600);
            for (listener, speaker) in [(one, other), (other, one)] {
                let share = house.phones[listener].share(begin, house.phones[speaker].hz);
                assert!(share > 0.95, "{listener} of {speaker}: {share}");
            }
            house.hear(&[(one, &[]), (other, &[])]);
            house.run(100);
        }
        assert!(house.board.is_relay_only());
        house.hear(&[
            (0, &[(1, 1.0), (2, 0.8)]),
            (2, &[(0, 1.0), (3, 0.8)]),
            (4, &[(0, 1.0), (2, 0.8)]),
            (3, &[(1, 1.0), (4, 0.8)]),
        ]);
        let begin = house.ms;
        house.run(800);
        for (listener, speakers) in [(0, [1, 2]), (2, [0, 3]), (4, [0, 2]), (3, [1, 4])] {
            for speaker in speakers {
                let share = house.phones[listener].share(begin + 200, house.phones[speaker].hz);
                assert!(share > 0.2, "{listener} of {speaker}: {share}");
            }
        }
    }
}

/// A packet of a phone, and what the others got of it: type, number, time stamp and payload.
fn relayed(
    house: &mut House,
    from: usize,
    nth: u16,
    payload: &[u8],
) -> Vec<(usize, Packet, Vec<u8>)> {
    let header = Header {
        marker: false,
        payload_type: 96,
        sequence: nth,
        timestamp: u32::from(nth) * 160,
        ssrc: 77,
    };
    let phone = &house.phones[from];
    let datagram = [&header.to_bytes()[..], payload].concat();
    phone.socket.send_to(&datagram, phone.port).unwrap();
    house.ms += 20;
    house.board.receive(phone.slot, house.ms * MS);
    house.board.play_due(house.ms * MS);
    house.board.mix_due(house.ms * MS);
    let mut heard = Vec::new();
    for (nth, phone) in house.phones.iter().enumerate() {
        let mut datagram = [0; 2048];
        while let Ok(length) = phone.socket.recv(&mut datagram) {
            let packet = crate::rtp::parse(&datagram[..length]).unwrap();
            let payload = datagram[packet.payload.clone()].to_vec();
            heard.push((nth, packet, payload));
        }
    }
    heard
}

#[test]
fn what_is_opaque_is_relayed_byte_for_byte_between_payload_types() {
    let mut house = House::new();
    for packet_ms in [20, 30] {
        house.phone_of(0.0, Codec::G729, packet_ms);
    }
    let remote = house.phones[1].socket.local_addr().unwrap();
    let format = Format {
        payload_type: 18,
        codec: Codec::G729,
        event_payload_type: Some(101),
        comfort_noise: false,
        packet_ms: 30,
    };
    house.board.configure(2, remote, format, house.now());
    house.hear(&[(0, &[(1, 1.0)]), (1, &[(0, 1.0)])]);
    assert!(house.board.is_relay_only());
    for (nth, length) in [10, 20, 30, 60, 12, 2, 1].into_iter().enumerate() {
        let payload: Vec<u8> = (0..length)
            .map(|byte: u8| byte.wrapping_mul(37) ^ nth as u8)
            .collect();
        let heard = relayed(&mut house, 0, nth as u16, &payload);
        let [(1, packet, bytes)] = &heard[..] else {
            unreachable!("{heard:?}");
        };
        assert_eq!((packet.payload_type, bytes), (18, &payload));
    }
}

#[test]
fn what_is_opaque_is_silence_where_it_would_have_to_be_decoded_or_made() {
    let mut house = House::new();
    house.phone_of(0.0, Codec::G729, 20);
    house.phone_of(0.0, Codec::G729, 20);
    house.phone(450.0, Law::A, 20);
    house.hear(&[
        (0, &[(1, 1.0), (2, 1.0)]),
        (1, &[(2, 1.0)]),
        (2, &[(0, 1.0), (1, 0.5)]),
    ]);
    let press = Press {
        key: '5',
        press_ms: 100,
        gap_ms: 100,
    };
    house.board.send_keys(1, &[press]);
    // keys go as tones to who takes no events, and tones cannot be made
    let remote = house.phones[1].socket.local_addr().unwrap();
    let format = Format {
        payload_type: 96,
        codec: Codec::G729,
        event_payload_type: None,
        comfort_noise: false,
        packet_ms: 20,
    };
    house.board.configure(2, remote, format, house.now());
    house.board.send_keys(2, &[press]);
    let now = house.now();
    house.board.start_recording(order(), 1, Some(3), now);
    let (mut silent, mut sent, mut keys) = (true, 0, 0);
    for nth in 0..60 {
        for (to, packet, payload) in relayed(&mut house, 0, nth, &[0x5a; 20]) {
            if to == 2 {
                sent += 1;
                silent &= payload.iter().all(|&code| Law::A.decode(code).abs() <= 8);
            } else {
                assert_eq!((to, packet.payload_type), (0, 101), "made for it");
                keys += 1;
            }
        }
    }
    assert!(silent && sent > 40 && keys > 5, "{silent} {sent} {keys}");
    // and as soon as it can be relayed again it is
    house.hear(&[(0, &[(1, 1.0)]), (1, &[(0, 1.0)]), (2, &[])]);
    house.board.stop_recording(1, house.now());
    let heard: Vec<Vec<u8>> = (60..70)
        .flat_map(|nth| relayed(&mut house, 0, nth, &[nth as u8; 20]))
        .filter(|(to, ..)| *to == 1)
        .map(|(_, _, payload)| payload)
        .collect();
    assert_eq!(heard.last(), Some(&vec![69; 20]));
}

fn order() -> Order {
    Order {
        id: 1,
        path: "x.wav".into(),
        coding: Coding::Linear(Rate::Narrow),
        rates: [Rate::Narrow; 2],
        stereo: true,
        silence_ms: 0,
    }
}

#[test]
fn a_codec_that_changes_in_a_call_is_followed() {
    let mut house = talk();
    let remote = house.phones[AGENT].socket.local_addr().unwrap();
    for name in ["G722", "PCMA", "L16", "PCMA"] {
        let codec = Codec::named(name).unwrap();
        let format = Format {
            payload_type: 96,
            codec,
            event_payload_type: None,
            comfort_noise: false,
            packet_ms: 20,
        };
        let now = house.now();
        house.board.configure(AGENT as u64 + 1, remote, format, now);
        let agent = &mut house.phones[AGENT];
        (agent.codec, agent.encoder) = (codec, Encoder::new(codec));
        agent.decoder = Decoder::new(codec);
        let begin = house.ms;
        house.run(600);
        for (listener, speaker) in [(CALLER, AGENT), (AGENT, CALLER)] {
            let share = house.phones[listener].share(begin + 200, house.phones[speaker].hz);
            assert!(share > 0.95, "{name}: {share}");
        }
        assert_eq!(house.board.is_relay_only(), name == "PCMA", "{name}");
    }
    house.phones[CALLER].assert_unbroken();
}

#[test]
fn phones_of_opus_are_relayed_to_each_other_and_hear_mixes_under_loss() {
    let mut house = House::new();
    let codecs = [Codec::Opus, Codec::Opus, Codec::G711(Law::A)];
    for (codec, hz) in codecs.into_iter().zip([350.0, 450.0, 550.0]) {
        house.phone_of(hz, codec, 20);
    }
    house.hear(&[(0, &[(1, 1.0)]), (1, &[(0, 1.0)])]);
    house.run(600);
    assert!(house.board.is_relay_only());
    assert!(house.phones[0].share(1200, 450.0) > 0.95);
    // every tenth packet is lost: the next one repeats it
    (house.loss, house.jitter) = (10, 10);
    house.hear(&[(0, &[(2, 1.0)]), (2, &[(0, 1.0)]), (1, &[])]);
    house.run(1000);
    let begin = house.ms;
    house.run(3000);
    for (listener, hz) in [(0, 550.0), (2, 350.0)] {
        let share = house.phones[listener].share(begin, hz);
        assert!(share > 0.87, "{listener}: {share}");
        house.phones[listener].assert_unbroken();
    }
}

#[test]
fn a_phone_that_is_silent_is_heard_as_it_says_that_it_sounds() {
    let mut house = House::new();
    for hz in [350.0, 450.0, 550.0] {
        house.phone(hz, Law::A, 20);
    }
    house.hear(&[(0, &[(1, 1.0), (2, 1.0)])]);
    house.run(400);
    // both others fall silent; one says how its room sounds: -40 dBov
    house.loss = 100;
    let noise = Header {
        marker: false,
        payload_type: 13,
        sequence: house.phones[1].said as u16,
        timestamp: (house.phones[1].said as u32).wrapping_mul(160),
        ssrc: 77,
    };
    let phone = &house.phones[1];
    let datagram = [&noise.to_bytes()[..], &[40]].concat();
    phone.socket.send_to(&datagram, phone.port).unwrap();
    house.board.receive(phone.slot, house.ms * MS);
    house.run(200);
    let begin = house.ms;
    house.run(600);
    let heard = house.phones[0].since(begin);
    let power: f64 = heard.iter().map(|&s| f64::from(s).powi(2)).sum();
    let rms = (power / heard.len() as f64).sqrt();
    assert!((250.0..400.0).contains(&rms), "{rms}");
    house.loss = 0;
    house.run(200);
    let begin = house.ms;
    house.run(400);
    assert!(house.phones[0].share(begin, 550.0) > 0.3);
}

#[test]
fn keys_reach_who_hears_their_speaker_alone_in_another_codec() {
    let mut house = House::new();
    house.phone_of(350.0, Codec::Opus, 20);
    house.phone(450.0, Law::A, 20);
    house.hear(&[(0, &[(1, 1.0)]), (1, &[(0, 1.0)])]);
    house.run(600);
    let press = |house: &mut House, from: usize, nth: u16, timestamp: u32, duration: u16| {
        let phone = &mut house.phones[from];
        let header = Header {
            marker: false,
            payload_type: 101,
            sequence: phone.said as u16 + nth,
            timestamp,
            ssrc: 77,
        };
        let [d0, d1] = duration.to_be_bytes();
        let datagram = [&header.to_bytes()[..], &[5, 0x8a, d0, d1]].concat();
        phone.socket.send_to(&datagram, phone.port).unwrap();
        house.board.receive(phone.slot, house.ms * MS);
    };
    for (from, to) in [(0, 1), (1, 0)] {
        let begin = house.ms;
        press(&mut house, from, 0, 1_000_000, 160);
        press(&mut house, from, 1, 1_000_000, 320);
        house.phones[from].said += 2;
        house.run(200);
        let keys: Vec<&Packet> = house.phones[to]
            .heard
            .iter()
            .filter(|heard| heard.at_ms > begin && heard.packet.payload_type == 101)
            .map(|heard| &heard.packet)
            .collect();
        assert_eq!(keys.len(), 2, "{from} to {to}");
        assert_eq!(keys[0].timestamp, keys[1].timestamp);
        assert!(keys[0].marker && !keys[1].marker);
        assert_eq!(keys[1].sequence, keys[0].sequence.wrapping_add(1));
    }
}

#[test]
fn a_recording_is_in_the_law_that_is_spoken_or_in_16_bits() {
    let g711 = |law| Coding::G711(law);
    let rows = [
        (["PCMU", "PCMU"], g711(Law::Mu)),
        (["PCMA", "PCMU"], g711(Law::A)),
        (["opus", "PCMA"], Coding::Linear(Rate::Wide)),
        (["PCMA", "G722"], Coding::Linear(Rate::Wide)),
        (["L16", "L16"], Coding::Linear(Rate::Narrow)),
    ];
    for (names, expected) in rows {
        let mut house = House::new();
        for (name, hz) in names.into_iter().zip([350.0, 450.0]) {
            house.phone_of(hz, Codec::named(name).unwrap(), 20);
        }
        house.hear(&[(0, &[(1, 1.0)]), (1, &[(0, 1.0)])]);
        let now = house.ms * MS;
        house.board.start_recording(order(), 1, Some(2), now);
        house.run(2000);
        house.board.stop_recording(1, house.ms * MS);
        let mut sides = [Vec::new(), Vec::new()];
        for job in house.jobs.try_iter() {
            match job {
                Job::Open { coding, .. } => assert_eq!(coding, expected, "{names:?}"),
                Job::Append { codes, .. } => {
                    let frames = codes.chunks_exact(expected.bytes());
                    for (nth, frame) in frames.enumerate() {
                        sides[nth % 2].push(match (expected, frame) {
                            (Coding::G711(law), _) => law.decode(frame[0]),
                            (Coding::Linear(_), _) => i16::from_le_bytes([frame[0], frame[1]]),
                        });
                    }
                }
                Job::Close { error, .. } => assert_eq!(error, None),
            }
        }
        for (side, hz) in sides.iter().zip([350.0, 450.0]) {
            let rate = expected.rate();
            let share = share_at(rate, &side[4000..12_000], hz);
            assert!(share > 0.95, "{names:?}: {hz} Hz is {share}");
        }
    }
}
