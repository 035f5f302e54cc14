//! What the phones of a room hear, in virtual time: a whole switchboard with sockets, a tone for each
//! phone. Every change of the matrix is to be heard, and to be heard as nothing else: the stream goes
//! on, packet by packet, and nothing clicks.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::net::UdpSocket;
use std::sync::mpsc;
use std::sync::Arc;

use crate::codec::{Codec, Decoder, Encoder, MAX_SAMPLES};
use crate::event;
use crate::format::Format;
use crate::g711::Law;
use crate::player::{Audio, Player};
use crate::port::Port;
use crate::rtp::{self, Header, Packet};
use crate::switchboard::Switchboard;
use crate::testing::{largest_kink, share, sine, Dice};

const MS: u64 = 1_000_000;
const LOUD: f32 = 4000.0;
/// What the laws' steps and a blend may add to the kinks of tones, and what concealment may. A phase
/// that leaps adds up to 24,000.
const SMOOTH: f32 = 1500.0;
const ROUGH: f32 = 4000.0;

/// A packet that a phone got.
struct Heard {
    at_ms: u64,
    packet: Packet,
    samples: Vec<i16>,
}

/// A phone that says its tone all the time, and writes down what it hears.
struct Phone {
    id: u64,
    slot: usize,
    hz: f32,
    encoder: Encoder,
    decoder: Decoder,
    codec: Codec,
    packet_ms: u32,
    socket: UdpSocket,
    port: std::net::SocketAddr,
    said: u64,
    heard: Vec<Heard>,
    /// Whom it heard when it was last asked.
    hears: Vec<usize>,
}

impl Phone {
    /// The samples heard from a time in ms on.
    fn since(&self, ms: u64) -> Vec<i16> {
        let late = self.heard.iter().filter(|heard| heard.at_ms >= ms);
        late.flat_map(|heard| heard.samples.clone()).collect()
    }

    fn packets(&self) -> impl Iterator<Item = (&Heard, &Heard)> {
        self.heard.iter().zip(self.heard.iter().skip(1))
    }

    /// One stream, no gap in numbers, in time stamps, or of more than 40 ms in time.
    fn assert_unbroken(&self) {
        for (before, heard) in self.packets() {
            let (at, packet) = (heard.at_ms, &heard.packet);
            let (last, length) = (&before.packet, before.samples.len() as u32);
            assert_eq!(packet.ssrc, last.ssrc, "{} at {at}", self.hz);
            let next = last.sequence.wrapping_add(1);
            assert_eq!(packet.sequence, next, "{} at {at}", self.hz);
            let end = last.timestamp.wrapping_add(length);
            assert_eq!(packet.timestamp, end, "{} at {at}", self.hz);
            assert!(at - before.at_ms <= 40, "{}: until {at}", self.hz);
            assert!(!packet.marker, "{} at {at}", self.hz);
        }
    }
}

struct House {
    board: Switchboard,
    phones: Vec<Phone>,
    ms: u64,
    dice: Dice,
    loss: u64,
    jitter: u64,
    /// (when, whose, the datagram)
    on_the_way: Vec<(u64, usize, Vec<u8>)>,
}

fn bound() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

impl House {
    fn new() -> House {
        let (events, _) = event::channel().unwrap();
        let (writer, _) = mpsc::channel();
        House {
            board: Switchboard::new(events, writer, 0),
            phones: Vec::new(),
            ms: 1000,
            dice: Dice(5),
            loss: 0,
            jitter: 0,
            on_the_way: Vec::new(),
        }
    }

    /// The index of a new phone.
    fn phone(&mut self, hz: f32, law: Law, packet_ms: u32) -> usize {
        self.phone_of(hz, Codec::G711(law), packet_ms)
    }

    fn phone_of(&mut self, hz: f32, codec: Codec, packet_ms: u32) -> usize {
        let (socket, own) = (bound(), bound());
        let id = self.phones.len() as u64 + 1;
        let port = own.local_addr().unwrap();
        let slot = self.board.open(Port::new(
            id,
            own,
            [id as u8; crate::port::RANDOM],
            Arc::default(),
        ));
        let format = Format {
            payload_type: 96,
            codec,
            event_payload_type: Some(101),
            packet_ms,
        };
        let remote = socket.local_addr().unwrap();
        self.board.configure(id, remote, format, self.now());
        self.phones.push(Phone {
            id,
            slot,
            hz,
            encoder: Encoder::new(codec),
            decoder: Decoder::new(codec),
            codec,
            packet_ms,
            socket,
            port,
            said: 0,
            heard: Vec::new(),
            hears: Vec::new(),
        });
        self.phones.len() - 1
    }

    fn now(&self) -> u64 {
        self.ms * MS
    }

    /// The rows of the matrix, by the phones' indices.
    fn hear(&mut self, rows: &[(usize, &[(usize, f32)])]) {
        for &(listener, row) in rows {
            let row: Vec<(u64, f32)> = row.iter().map(|&(n, gain)| (n as u64 + 1, gain)).collect();
            self.board.hear(listener as u64 + 1, &row, self.now());
        }
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms {
            self.ms += 1;
            self.speak();
            self.deliver();
            if self.ms.is_multiple_of(10) {
                self.board.play_due(self.now());
                self.board.mix_due(self.now());
            }
            self.listen();
        }
    }

    /// Packets of phones begin at different times of the 20 ms.
    fn speak(&mut self) {
        for (nth, phone) in self.phones.iter_mut().enumerate() {
            if !(self.ms + nth as u64 * 7).is_multiple_of(u64::from(phone.packet_ms)) {
                continue;
            }
            let units = phone.packet_ms as usize * 8;
            let header = Header {
                marker: false,
                payload_type: 96,
                sequence: phone.said as u16,
                timestamp: (phone.said as u32).wrapping_mul(units as u32),
                ssrc: 77,
            };
            let mut datagram = header.to_bytes().to_vec();
            let samples = sine(phone.hz, LOUD, phone.said as usize * units, units);
            datagram.resize(rtp::HEADER_LEN + phone.codec.bytes(units), 0);
            let payload = &mut datagram[rtp::HEADER_LEN..];
            phone.encoder.encode(&samples, payload);
            phone.said += 1;
            let at = self.ms + self.dice.up_to(self.jitter);
            if self.dice.up_to(100) >= self.loss {
                self.on_the_way.push((at, nth, datagram));
            }
        }
    }

    fn deliver(&mut self) {
        let (due, later) = std::mem::take(&mut self.on_the_way)
            .into_iter()
            .partition(|&(at, ..)| at <= self.ms);
        self.on_the_way = later;
        let due: Vec<(u64, usize, Vec<u8>)> = due;
        for (_, nth, datagram) in due {
            let phone = &self.phones[nth];
            phone.socket.send_to(&datagram, phone.port).unwrap();
            self.board.receive(phone.slot, self.ms * MS);
        }
    }

    fn listen(&mut self) {
        let mut datagram = [0; 2048];
        for phone in &mut self.phones {
            while let Ok(length) = phone.socket.recv(&mut datagram) {
                let packet = rtp::parse(&datagram[..length]).unwrap();
                let codes = &datagram[packet.payload.clone()];
                let mut samples = [0; MAX_SAMPLES];
                let samples = phone.decoder.decode(codes, &mut samples).to_vec();
                phone.heard.push(Heard {
                    at_ms: self.ms,
                    packet,
                    samples,
                });
            }
        }
    }

    /// After half a second: whose tones each of these hears, loudest first, and in all that time
    /// nothing broken and no click.
    fn expect(&mut self, expected: &[(usize, &[usize])]) {
        let begin = self.ms;
        self.run(600);
        for &(listener, speakers) in expected {
            let heard = self.phones[listener].since(begin + 200);
            let shares = |n: usize| share(&heard, self.phones[n].hz);
            let mut found: Vec<usize> = (0..self.phones.len())
                .filter(|&n| shares(n) > 0.01)
                .collect();
            found.sort_by(|&a, &b| shares(b).total_cmp(&shares(a)));
            assert_eq!(found, speakers, "heard by {listener} from {begin} on");
            if self.loss == 0 && self.jitter == 0 {
                self.phones[listener].assert_unbroken();
            }
            self.assert_smooth(listener, speakers, begin);
        }
    }

    /// No kink that the tones heard now and before cannot make.
    fn assert_smooth(&mut self, listener: usize, speakers: &[usize], begin: u64) {
        let mut heard_ever = self.phones[listener].hears.clone();
        heard_ever.extend(speakers);
        heard_ever.sort_unstable();
        heard_ever.dedup();
        let tones = heard_ever.into_iter().map(|n| {
            let angle = self.phones[n].hz / 8000.0 * std::f32::consts::PI;
            LOUD * (2.0 * angle.sin()).powi(3)
        });
        let is_lossy = self.loss + self.jitter > 0;
        let bound = tones.sum::<f32>() + if is_lossy { ROUGH } else { SMOOTH };
        let kink = largest_kink(&self.phones[listener].since(begin.saturating_sub(60)));
        assert!(
            (kink as f32) < bound,
            "{listener} from {begin}: {kink} of {bound}"
        );
        self.phones[listener].hears = speakers.to_vec();
    }
}

const CALLER: usize = 0;
const AGENT: usize = 1;
const EXPERT: usize = 2;
const CHIEF: usize = 3;

/// Caller, agent, expert and supervisor; the first two talk.
fn talk() -> House {
    let mut house = House::new();
    house.phone(350.0, Law::A, 20);
    house.phone(450.0, Law::A, 20);
    house.phone(550.0, Law::Mu, 20);
    house.phone(700.0, Law::Mu, 20);
    house.hear(&[(CALLER, &[(AGENT, 1.0)]), (AGENT, &[(CALLER, 1.0)])]);
    house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER])]);
    house
}

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
fn phones_of_any_codec_talk_and_confer() {
    let codecs = ["G722", "PCMA", "L16", "PCMU"].map(|name| Codec::named(name).unwrap());
    for packet_ms in [20, 60] {
        let mut house = House::new();
        for (codec, hz) in codecs.into_iter().zip([350.0, 450.0, 550.0, 700.0]) {
            house.phone_of(hz, codec, packet_ms);
        }
        for (one, other) in [(0, 1), (1, 2), (2, 0), (1, 3)] {
            house.hear(&[(one, &[(other, 1.0)]), (other, &[(one, 1.0)])]);
            house.run(300);
            let begin = house.ms;
            house.run(600);
            for (listener, speaker) in [(one, other), (other, one)] {
                let heard = house.phones[listener].since(begin);
                let share = share(&heard, house.phones[speaker].hz);
                assert!(share > 0.95, "{listener} of {speaker}: {share}");
            }
            house.hear(&[(one, &[]), (other, &[])]);
            house.run(100);
        }
        assert!(house.board.is_relay_only());
        house.hear(&[(0, &[(1, 1.0), (2, 0.8)]), (2, &[(0, 1.0), (3, 0.8)])]);
        let begin = house.ms;
        house.run(800);
        for (listener, speakers) in [(0, [1, 2]), (2, [0, 3])] {
            let heard = house.phones[listener].since(begin + 200);
            for speaker in speakers {
                assert!(share(&heard, house.phones[speaker].hz) > 0.2);
            }
        }
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
            let heard = house.phones[listener].since(begin + 200);
            assert!(share(&heard, house.phones[speaker].hz) > 0.95, "{name}");
        }
        assert_eq!(house.board.is_relay_only(), name == "PCMA", "{name}");
    }
    house.phones[CALLER].assert_unbroken();
}
