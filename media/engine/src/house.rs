//! A whole switchboard with sockets and phones, in virtual time: each phone says a tone of its own and
//! writes down what it hears.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::net::UdpSocket;
use std::sync::mpsc;
use std::sync::Arc;

use crate::codec::{Codec, Decoder, Encoder, MAX_SAMPLES};
use crate::event::{self, EventReceiver};
use crate::format::Format;
use crate::g711::Law;
use crate::port::Port;
use crate::rate::Rate;
use crate::rtp::{self, Header, Packet};
use crate::switchboard::{Limits, Switchboard};
use crate::testing::{largest_kink, share_at, sine_at, Dice};
use crate::writer::Job;

pub const MS: u64 = 1_000_000;
pub const LOUD: f32 = 4000.0;
/// What the laws' steps and a blend may add to the kinks of tones, and what concealment may. A phase
/// that leaps adds up to 24,000.
const SMOOTH: f32 = 1500.0;
const ROUGH: f32 = 4000.0;

/// A packet that a phone got.
pub struct Heard {
    pub at_ms: u64,
    pub packet: Packet,
    pub samples: Vec<i16>,
}

/// A phone that says its tone all the time, and writes down what it hears.
pub struct Phone {
    pub id: u64,
    pub slot: usize,
    pub hz: f32,
    /// What it says instead of its tone, over and over, at 8000 Hz.
    pub says: Vec<i16>,
    pub encoder: Encoder,
    pub decoder: Decoder,
    pub codec: Codec,
    pub packet_ms: u32,
    pub socket: UdpSocket,
    pub port: std::net::SocketAddr,
    pub said: u64,
    /// Of its next packet.
    pub timestamp: u32,
    pub heard: Vec<Heard>,
    /// Whom it heard when it was last asked.
    pub hears: Vec<usize>,
}

impl Phone {
    /// How much of what it heard from a time in ms on is that tone.
    pub fn share(&self, ms: u64, hz: f32) -> f64 {
        share_at(self.codec.rate(), &self.since(ms), hz)
    }

    /// The samples heard from a time in ms on, at its codec's rate.
    pub fn since(&self, ms: u64) -> Vec<i16> {
        let late = self.heard.iter().filter(|heard| heard.at_ms >= ms);
        late.flat_map(|heard| heard.samples.clone()).collect()
    }

    pub fn packets(&self) -> impl Iterator<Item = (&Heard, &Heard)> {
        self.heard.iter().zip(self.heard.iter().skip(1))
    }

    /// One stream, no gap in numbers, in time stamps, or of more than 40 ms in time.
    pub fn assert_unbroken(&self) {
        for (before, heard) in self.packets() {
            let (at, packet) = (heard.at_ms, &heard.packet);
            let length = before.samples.len() as u32 * self.codec.units_per_ms()
                / self.codec.samples_per_ms();
            let last = &before.packet;
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

pub struct House {
    pub board: Switchboard,
    pub events: EventReceiver,
    pub phones: Vec<Phone>,
    pub ms: u64,
    pub dice: Dice,
    pub loss: u64,
    /// How many are lost one after the other, on average; 1: each for itself. 0: likewise, by one roll
    /// in a hundred.
    pub burst: u64,
    losing: bool,
    pub jitter: u64,
    /// (when, whose, the datagram)
    pub on_the_way: Vec<(u64, usize, Vec<u8>)>,
    /// What the writer would be told.
    pub jobs: mpsc::Receiver<Job>,
}

fn bound() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// Whether a packet is lost whose predecessor was or was not. Gilbert's model: runs of losses and of
/// deliveries alternate, of mean lengths as loss to the rest.
fn falls(loss: u64, burst: u64, losing: bool, dice: &mut Dice) -> bool {
    if burst == 0 {
        return dice.up_to(100) < loss;
    }
    let roll = dice.up_to(100_000);
    match burst {
        1 => roll < 1000 * loss,
        _ if losing => roll * burst >= 100_000,
        _ => roll * burst * (100 - loss) < 100_000 * loss,
    }
}

impl House {
    pub fn new() -> House {
        let (sender, events) = event::channel().unwrap();
        let (writer, jobs) = mpsc::channel();
        House {
            board: Switchboard::new(sender, writer, Limits::default()),
            events,
            phones: Vec::new(),
            ms: 1000,
            dice: Dice(5),
            loss: 0,
            burst: 0,
            losing: false,
            jitter: 0,
            on_the_way: Vec::new(),
            jobs,
        }
    }

    /// The index of a new phone.
    pub fn phone(&mut self, hz: f32, law: Law, packet_ms: u32) -> usize {
        self.phone_of(hz, Codec::G711(law), packet_ms)
    }

    pub fn phone_of(&mut self, hz: f32, codec: Codec, packet_ms: u32) -> usize {
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
            comfort_noise: false,
            packet_ms,
        };
        let remote = socket.local_addr().unwrap();
        self.board.configure(id, remote, format, self.now());
        self.phones.push(Phone {
            id,
            slot,
            hz,
            says: Vec::new(),
            encoder: Encoder::new(codec),
            decoder: Decoder::new(codec),
            codec,
            packet_ms,
            socket,
            port,
            said: 0,
            timestamp: 0,
            heard: Vec::new(),
            hears: Vec::new(),
        });
        self.phones.len() - 1
    }

    pub fn now(&self) -> u64 {
        self.ms * MS
    }

    /// The rows of the matrix, by the phones' indices.
    pub fn hear(&mut self, rows: &[(usize, &[(usize, f32)])]) {
        for &(listener, row) in rows {
            let row: Vec<(u64, f32)> = row.iter().map(|&(n, gain)| (n as u64 + 1, gain)).collect();
            self.board.hear(listener as u64 + 1, &row, self.now());
        }
    }

    pub fn run(&mut self, ms: u64) {
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
            let rate = phone.codec.rate();
            let count = phone.packet_ms as usize * phone.codec.samples_per_ms() as usize;
            let clock = phone.packet_ms * phone.codec.units_per_ms();
            let header = Header {
                marker: false,
                payload_type: 96,
                sequence: phone.said as u16,
                timestamp: phone.timestamp,
                ssrc: 77,
            };
            let mut datagram = header.to_bytes().to_vec();
            let mut payload = [0; MAX_SAMPLES];
            let length = match phone.says.len() {
                0 => {
                    let from = phone.said as usize * count;
                    let samples = sine_at(rate, phone.hz, LOUD, from, count);
                    phone.encoder.encode(&samples, rate, &mut payload)
                }
                _ => {
                    let count = phone.packet_ms as usize * 8;
                    let words = phone.says.iter().cycle();
                    let words = words.skip(phone.said as usize * count).take(count);
                    let samples: Vec<i16> = words.copied().collect();
                    phone.encoder.expect_width(Rate::Narrow);
                    phone.encoder.encode(&samples, Rate::Narrow, &mut payload)
                }
            };
            datagram.extend(&payload[..length]);
            phone.said += 1;
            phone.timestamp = phone.timestamp.wrapping_add(clock);
            let at = self.ms + self.dice.up_to(self.jitter);
            let is_lost = falls(self.loss, self.burst, self.losing, &mut self.dice);
            self.losing = is_lost;
            if !is_lost {
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
    pub fn expect(&mut self, expected: &[(usize, &[usize])]) {
        let begin = self.ms;
        self.run(600);
        for &(listener, speakers) in expected {
            let heard = self.phones[listener].since(begin + 200);
            let rate = self.phones[listener].codec.rate();
            let shares = |n: usize| share_at(rate, &heard, self.phones[n].hz);
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
    pub fn assert_smooth(&mut self, listener: usize, speakers: &[usize], begin: u64) {
        let mut heard_ever = self.phones[listener].hears.clone();
        heard_ever.extend(speakers);
        heard_ever.sort_unstable();
        heard_ever.dedup();
        let tones = heard_ever.into_iter().map(|n| {
            let rate = self.phones[listener].codec.rate().hz() as f32;
            let angle = self.phones[n].hz / rate * std::f32::consts::PI;
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

pub const CALLER: usize = 0;
pub const AGENT: usize = 1;
pub const EXPERT: usize = 2;
pub const CHIEF: usize = 3;

/// Caller, agent, expert and supervisor; the first two talk.
pub fn talk() -> House {
    let mut house = House::new();
    house.phone(350.0, Law::A, 20);
    house.phone(450.0, Law::A, 20);
    house.phone(550.0, Law::Mu, 20);
    house.phone(700.0, Law::Mu, 20);
    house.hear(&[(CALLER, &[(AGENT, 1.0)]), (AGENT, &[(CALLER, 1.0)])]);
    house.expect(&[(CALLER, &[AGENT]), (AGENT, &[CALLER])]);
    house
}
