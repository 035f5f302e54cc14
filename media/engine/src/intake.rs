//! What a port's phone says, as samples at its codec's rate: a payload is decoded once, for whoever takes it.
//! Pure.
//!
//! G.711 and L16 are decoded as they come. Decoders with a memory (G.722, Opus) want order: there a
//! packet behind a gap is *held* until the missing one has come or cannot be waited for any longer.
//! Then the gap is given up: Opus fills its end with what the next packet repeats of it (in-band FEC)
//! and makes up the rest.

use std::collections::VecDeque;

use crate::codec::{Codec, Decoder, MAX_SAMPLES};
use crate::opus;
use crate::rate::Rate;

/// Packets held before the gap in front of them is given up: 100 ms of the usual ones.
const MAX_HELD: usize = 5;
/// Packets of a gap that are filled. More were not heard, but faded away.
const MAX_FILLED: u64 = 3;
/// A longer gap is a pause of whoever takes the samples: what follows stands for itself.
const MAX_GAP: u64 = 50;
/// How long a gap may hold up a recording, which has 200 ms to put late packets in their place.
const MAX_WAIT_NS: u64 = 120_000_000;

/// A packet of the phone.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Changes when the phone's numbering or clock start anew (`Intake::source`).
    pub source: u32,
    /// Extended sequence number.
    pub number: u64,
    pub timestamp: u32,
    pub payload: &'a [u8],
}

/// Samples and their place in time.
#[derive(Clone, Copy, Debug)]
pub struct Sound<'a> {
    pub source: u32,
    /// In samples.
    pub timestamp: u32,
    pub samples: &'a [i16],
    pub rate: Rate,
    /// They have just come, so that their lateness says how late packets come.
    pub is_fresh: bool,
    /// They are the sender's own comfort noise.
    pub is_noise: bool,
}

impl<'a> Sound<'a> {
    /// Of a packet that has just come, at 8000 Hz.
    pub fn fresh(source: u32, timestamp: u32, samples: &'a [i16]) -> Sound<'a> {
        Sound {
            source,
            timestamp,
            samples,
            rate: Rate::Narrow,
            is_fresh: true,
            is_noise: false,
        }
    }
}

#[derive(Debug)]
struct Held {
    number: u64,
    timestamp: u32,
    payload: Vec<u8>,
    since: u64,
}

/// Counts on past the wrap of 32 bits, and from the codec's clock to samples.
#[derive(Debug, Default)]
struct Clock(Option<u64>);

/// Far enough from zero for whatever comes from before the first.
const BEGIN: u64 = 1 << 40;

impl Clock {
    fn samples(&mut self, timestamp: u32, codec: Codec) -> u32 {
        let before = self.0.unwrap_or(BEGIN + u64::from(timestamp));
        let step = timestamp.wrapping_sub(before as u32) as i32;
        let extended = before.wrapping_add_signed(i64::from(step));
        self.0 = Some(extended);
        let (samples, units) = (codec.samples_per_ms(), codec.units_per_ms());
        (extended * u64::from(samples) / u64::from(units)) as u32
    }
}

/// The decoding of one port.
#[derive(Debug)]
pub struct Intake {
    codec: Codec,
    decoder: Decoder,
    clock: Clock,
    source: u32,
    next: Option<u64>,
    held: VecDeque<Held>,
    /// How often another codec has come with another clock.
    clocks: u32,
}

impl Intake {
    pub fn new(codec: Codec) -> Intake {
        Intake {
            codec,
            decoder: Decoder::new(codec),
            clock: Clock::default(),
            source: 0,
            next: None,
            held: VecDeque::new(),
            clocks: 0,
        }
    }

    /// Takes another codec from now on, and nothing of before.
    pub fn change(&mut self, codec: Codec) {
        let clock = |codec: Codec| (codec.units_per_ms(), codec.samples_per_ms());
        let is_other = clock(codec) != clock(self.codec);
        self.clocks = self.clocks.wrapping_add(u32::from(is_other));
        self.codec = codec;
        self.renew();
    }

    /// Takes nothing of before.
    pub fn renew(&mut self) {
        *self = Intake {
            clocks: self.clocks,
            source: self.source,
            ..Intake::new(self.codec)
        };
    }

    /// Of a packet that came after so many restarts of its stream: another one whenever samples are counted
    /// otherwise than before. A phone that goes from G.711 to Opus goes on with its time stamps, but at
    /// another rate.
    pub fn source(&self, restarts: u32) -> u32 {
        restarts.wrapping_add(self.clocks)
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Takes a packet that arrived at `now` and gives what can be decoded by it.
    pub fn take(&mut self, piece: Piece, now: u64, give: &mut dyn FnMut(Sound)) {
        if piece.source != self.source {
            self.give_up_all(give);
            self.renew();
            self.source = piece.source;
        }
        let timestamp = self.clock.samples(piece.timestamp, self.codec);
        if !self.codec.has_memory() {
            return self.decode(timestamp, piece.payload, true, give);
        }
        match self.next.map(|next| piece.number.checked_sub(next)) {
            // Its place was filled already.
            Some(None) => {}
            Some(Some(gap @ 1..)) if gap <= MAX_GAP => {
                let held = Held {
                    number: piece.number,
                    timestamp,
                    payload: piece.payload.to_vec(),
                    since: now,
                };
                let at = self.held.partition_point(|one| one.number < held.number);
                self.held.insert(at, held);
                if self.held.len() > MAX_HELD {
                    self.give_up(give);
                }
            }
            Some(Some(1..)) => {
                self.give_up_all(give);
                self.follow(piece.number, timestamp, piece.payload, true, give);
            }
            None | Some(Some(0)) => {
                self.follow(piece.number, timestamp, piece.payload, true, give);
                self.give_followers(give);
            }
        }
    }

    /// The place of the packet that is missed most recently, if the one after it is here, from which it
    /// could be had.
    pub fn missing(&self) -> Option<(u32, u32)> {
        let next = self.held.front()?;
        let length = self.codec.samples(&next.payload) as u32;
        Some((self.source, next.timestamp.wrapping_sub(length)))
    }

    /// Gives up a gap that has been waited for long enough, for those who have no clock of their own.
    pub fn advance(&mut self, now: u64, give: &mut dyn FnMut(Sound)) {
        let since = |held: &Held| now.saturating_sub(held.since);
        while self
            .held
            .front()
            .map(since)
            .is_some_and(|wait| wait > MAX_WAIT_NS)
        {
            self.give_up(give);
        }
    }

    /// The first gap is not waited for any longer: it is filled, and what follows it is given.
    pub fn give_up(&mut self, give: &mut dyn FnMut(Sound)) {
        let (Some(held), Some(next)) = (self.held.pop_front(), self.next) else {
            return;
        };
        let length = self.codec.samples(&held.payload).min(MAX_SAMPLES);
        let missing = held.number.saturating_sub(next).min(MAX_FILLED);
        for back in (1..=missing).rev() {
            let mut made = [0; MAX_SAMPLES];
            let Some(room) = made.get_mut(..length) else {
                break;
            };
            let count = match back {
                1 => self.decoder.recover(&held.payload, room),
                _ => self.decoder.conceal(room),
            };
            let timestamp = held.timestamp.wrapping_sub(back as u32 * length as u32);
            let made = made.get(..count).unwrap_or_default();
            give(Sound {
                is_fresh: false,
                rate: self.codec.rate(),
                ..Sound::fresh(self.source, timestamp, made)
            });
        }
        self.follow(held.number, held.timestamp, &held.payload, false, give);
        self.give_followers(give);
    }

    fn give_up_all(&mut self, give: &mut dyn FnMut(Sound)) {
        while !self.held.is_empty() {
            self.give_up(give);
        }
    }

    fn give_followers(&mut self, give: &mut dyn FnMut(Sound)) {
        while self.held.front().map(|held| held.number) == self.next {
            let Some(held) = self.held.pop_front() else {
                return;
            };
            self.follow(held.number, held.timestamp, &held.payload, false, give);
        }
    }

    fn follow(
        &mut self,
        number: u64,
        timestamp: u32,
        payload: &[u8],
        is_fresh: bool,
        give: &mut dyn FnMut(Sound),
    ) {
        self.next = Some(number + 1);
        self.decode(timestamp, payload, is_fresh, give);
    }

    fn decode(
        &mut self,
        timestamp: u32,
        payload: &[u8],
        is_fresh: bool,
        give: &mut dyn FnMut(Sound),
    ) {
        let mut samples = [0; MAX_SAMPLES];
        let samples = self.decoder.decode(payload, &mut samples);
        give(Sound {
            is_fresh,
            rate: self.codec.rate(),
            is_noise: self.codec == Codec::Opus && opus::is_noise(payload),
            ..Sound::fresh(self.source, timestamp, samples)
        });
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::codec::Encoder;
    use crate::testing::{share_at, sine_at};
    use proptest::prelude::*;

    const HZ: f32 = 440.0;
    const MS: u64 = 1_000_000;
    /// The RTP clock of Opus wraps a few packets on.
    const FIRST: u32 = u32::MAX - 3 * 960;

    /// Takes packets of a tone, 20 ms each, in this order: where which samples were given.
    fn given(codec: Codec, order: &[u64]) -> (Vec<(u32, Vec<i16>)>, Intake) {
        let mut encoder = Encoder::new(codec);
        encoder.expect_loss(20);
        let payloads: Vec<Vec<u8>> = (0..40)
            .map(|nth| {
                let mut payload = [0; 1000];
                let count = length(codec) as usize;
                let tone = sine_at(codec.rate(), HZ, 8000.0, nth * count, count);
                let length = encoder.encode(&tone, codec.rate(), &mut payload);
                payload[..length].to_vec()
            })
            .collect();
        let (mut intake, mut heard) = (Intake::new(codec), Vec::new());
        for (at, &nth) in order.iter().enumerate() {
            let piece = Piece {
                source: 1,
                number: 65_536 + nth,
                timestamp: FIRST.wrapping_add(nth as u32 * 20 * codec.units_per_ms()),
                payload: &payloads[nth as usize],
            };
            intake.take(piece, at as u64 * 20 * MS, &mut |sound| {
                heard.push((sound.timestamp, sound.samples.to_vec()));
            });
        }
        (heard, intake)
    }

    /// Samples of a packet.
    fn length(codec: Codec) -> u32 {
        20 * codec.samples_per_ms()
    }

    /// In packets from the first one on.
    fn places(codec: Codec, heard: &[(u32, Vec<i16>)]) -> Vec<u32> {
        let place =
            |(timestamp, _): &(u32, Vec<i16>)| timestamp.wrapping_sub(heard[0].0) / length(codec);
        heard.iter().map(place).collect()
    }

    #[test]
    fn decoders_with_a_memory_get_packets_in_their_order() {
        for codec in [Codec::Opus, Codec::G722] {
            let (heard, _) = given(codec, &[0, 1, 3, 4, 2, 5]);
            assert_eq!(places(codec, &heard), [0, 1, 2, 3, 4, 5], "{codec:?}");
        }
        let (heard, _) = given(Codec::L16, &[0, 2, 1]);
        assert_eq!(places(Codec::L16, &heard), [0, 2, 1]);
    }

    #[test]
    fn a_gap_that_lasts_is_filled_from_what_follows() {
        let (heard, intake) = given(Codec::Opus, &[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]);
        let expected: Vec<u32> = (0..12).collect();
        assert_eq!(places(Codec::Opus, &heard), expected);
        assert_eq!(intake.missing(), None);
        let share = share_at(Rate::Wide, &heard[4].1, HZ);
        assert!(share > 0.9, "{share}");
    }

    #[test]
    fn what_is_missing_is_named_and_can_be_given_up_at_any_time() {
        let (mut heard, mut intake) = given(Codec::Opus, &[0, 1, 2, 5]);
        assert_eq!(places(Codec::Opus, &heard), [0, 1, 2]);
        let missed = intake.missing().unwrap();
        assert_eq!(missed.1.wrapping_sub(heard[0].0), 4 * length(Codec::Opus));
        intake.advance(120 * MS, &mut |_| unreachable!("it may still come"));
        intake.advance(200 * MS, &mut |sound| {
            heard.push((sound.timestamp, sound.samples.to_vec()));
        });
        assert_eq!(places(Codec::Opus, &heard), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_comes_after_its_place_was_filled_is_let_go() {
        let (heard, _) = given(Codec::Opus, &[0, 2, 3, 4, 5, 6, 7, 1, 8]);
        assert_eq!(places(Codec::Opus, &heard), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    proptest! {
        #[test]
        fn any_packets_are_harmless_and_few_are_held(
            packets in prop::collection::vec(
                (0..2u32, 0..100u64, any::<u32>(), prop::collection::vec(any::<u8>(), 1..60)), 0..60)
        ) {
            let mut intake = Intake::new(Codec::Opus);
            for (source, number, timestamp, payload) in packets {
                let piece = Piece { source, number, timestamp, payload: &payload };
                intake.take(piece, 0, &mut |_| {});
                prop_assert!(intake.held.len() <= MAX_HELD);
            }
        }
    }
}
