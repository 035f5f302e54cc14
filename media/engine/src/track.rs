//! One side of a recording: puts packets, in whatever order they come, where they belong in time.
//!
//! Positions are samples since the recording began, at the rate at which the side's phone spoke then; what
//! has another rate is brought to it when it comes, and the whole to the file's rate when it is handed on.
//! Where a packet belongs, whatever its own delay was, the `timeline` says.

use crate::codec::MAX_SAMPLES;
use crate::g711::Law;
use crate::halfband::Converter;
use crate::rate::Rate;
use crate::ring::{Ring, Spoken, CAPACITY};
use crate::timeline::{Stamp, Timeline};
use crate::wav::Coding;

/// The samples of one side that are not handed on yet; silence where nothing came.
#[derive(Debug)]
pub struct Track {
    rate: Rate,
    coding: Coding,
    ring: Ring,
    timeline: Timeline,
    /// Nothing that was said before this frame is taken: the end of the last pause.
    floor: u64,
    /// From what the phone speaks now to what it spoke when the track was made, if that is another rate.
    inward: Option<Box<Converter>>,
    /// From that to the file's rate.
    outward: Option<Box<Converter>>,
}

impl Track {
    /// A silent track of one who speaks at that rate, for a file of that coding.
    pub fn new(coding: Coding, rate: Rate) -> Track {
        Track {
            rate,
            coding,
            ring: Ring::new(coding, rate),
            timeline: Timeline::new(rate),
            floor: 0,
            inward: None,
            outward: Converter::between(rate, coding.rate()).map(Box::new),
        }
    }

    /// A pause begins at `frame`: what came early for the time after it is forgotten. `from` is
    /// the first frame that was not handed on.
    pub fn silence(&mut self, frame: u64, from: u64) {
        let (times, capacity) = (self.rate.times(), self.capacity());
        for at in frame.max(from) as usize * times..from as usize * times + capacity {
            self.ring.silence(at % capacity);
        }
    }

    /// A pause is over at `frame`: what was said before it may come late and is not taken.
    pub fn sound(&mut self, frame: u64) {
        self.floor = frame;
    }

    /// Puts a packet in its place. Whatever lies before the frame `from`, which was handed on already,
    /// or too far ahead of it is dropped.
    pub fn put(&mut self, stamp: Stamp, spoken: Spoken, from: u64) {
        if spoken.rate() == self.rate {
            return self.lay(stamp, spoken, from);
        }
        // Whoever speaks here has another codec than at first, or came to share the track.
        let mut samples = [0; MAX_SAMPLES];
        let said = match spoken {
            Spoken::Samples(samples, _) => samples,
            Spoken::Codes(codes, law) => {
                for (slot, &code) in samples.iter_mut().zip(codes) {
                    *slot = law.decode(code);
                }
                samples.get(..codes.len()).unwrap_or_default()
            }
        };
        let mut converted = [0; MAX_SAMPLES * Rate::MOST];
        let count = spoken.frames() * self.rate.times();
        let Some(converted) = converted.get_mut(..count) else {
            return;
        };
        let (from_rate, to_rate) = (spoken.rate(), self.rate);
        if self.inward.is_none() {
            self.inward = Converter::between(from_rate, to_rate).map(Box::new);
        }
        if let Some(converter) = self.inward.as_mut() {
            converter.convert(said, converted);
        }
        let timestamp = u64::from(stamp.timestamp) * to_rate.times() as u64;
        let stamp = Stamp {
            timestamp: (timestamp / from_rate.times() as u64) as u32,
            ..stamp
        };
        self.lay(stamp, Spoken::Samples(converted, to_rate), from);
    }

    fn lay(&mut self, stamp: Stamp, spoken: Spoken, from: u64) {
        let (times, capacity) = (self.rate.times() as u64, self.capacity());
        let (from, floor) = (from * times, self.floor * times);
        let place = self.timeline.place(stamp);
        let begin = place.max(from.max(floor) as i64);
        let late = ((begin - place) as usize).min(spoken.count());
        let ahead = (begin - from as i64) as usize;
        let count = (spoken.count() - late).min(capacity.saturating_sub(ahead));
        let start = (from as usize).wrapping_add(ahead) % capacity;
        let first = count.min(capacity - start);
        self.ring.put(start, spoken.part(late, late + first));
        self.ring.put(0, spoken.part(late + first, late + count));
    }

    /// Hands on what is there from a frame on, into every `channels`th place of `out` beginning at
    /// `channel`, and leaves silence behind.
    pub fn take(&mut self, from: u64, out: &mut [u8], channels: usize, channel: usize) {
        if let Some(codes) = self.codes(from) {
            for (byte, code) in out.iter_mut().skip(channel).step_by(channels).zip(codes) {
                *byte = code;
            }
            return;
        }
        let samples = self.samples(from, out.len() / channels);
        let coding = self.coding;
        for (place, sample) in places(coding, out, channels, channel).zip(samples) {
            write(coding, place, sample);
        }
    }

    /// As `take`, but adds to what is there: several who speak in one channel.
    pub fn add(&mut self, from: u64, out: &mut [u8], channels: usize, channel: usize) {
        let samples = self.samples(from, out.len() / channels);
        let coding = self.coding;
        for (place, sample) in places(coding, out, channels, channel).zip(samples) {
            let before = read(coding, place);
            // What is alone stays as it is, to the bit.
            match (before, sample) {
                (_, 0) => {}
                (0, sample) => write(coding, place, sample),
                (before, sample) => write(coding, place, before.saturating_add(sample)),
            }
        }
    }

    /// The codes from a frame on, where they are kept as such.
    fn codes(&mut self, from: u64) -> Option<impl Iterator<Item = u8> + '_> {
        let Ring::Codes(ring, law) = &mut self.ring else {
            return None;
        };
        let silence = law.silence();
        let codes = (from as usize..).map_while(move |at| {
            let slot = ring.get_mut(at % CAPACITY)?;
            Some(std::mem::replace(slot, silence))
        });
        Some(codes)
    }

    /// So many bytes' worth of samples from a frame on, at the file's rate.
    fn samples(&mut self, from: u64, bytes: usize) -> Vec<i16> {
        let frames = bytes / self.coding.frame();
        if let Ring::Codes(_, law) = self.ring {
            let codes = self.codes(from).into_iter().flatten().take(frames);
            return codes.map(|code| decoded(law, code)).collect();
        }
        let (times, capacity) = (self.rate.times(), self.capacity());
        let Ring::Samples(ring) = &mut self.ring else {
            return Vec::new();
        };
        let begin = from as usize * times;
        let kept: Vec<i16> = (begin..begin + frames * times)
            .map(|at| ring.get_mut(at % capacity).map(std::mem::take))
            .map(Option::unwrap_or_default)
            .collect();
        let Some(converter) = self.outward.as_mut() else {
            return kept;
        };
        let mut converted = vec![0; frames * self.coding.rate().times()];
        converter.convert(&kept, &mut converted);
        converted
    }

    fn capacity(&self) -> usize {
        CAPACITY * self.rate.times()
    }
}

/// Where the samples of a channel are in a piece of a file.
fn places(
    coding: Coding,
    out: &mut [u8],
    channels: usize,
    channel: usize,
) -> impl Iterator<Item = &mut [u8]> {
    let all = out.chunks_exact_mut(coding.bytes());
    all.skip(channel).step_by(channels)
}

/// Silence is nothing to be added up.
fn decoded(law: Law, code: u8) -> i16 {
    match code {
        _ if code == law.silence() => 0,
        code => law.decode(code),
    }
}

fn read(coding: Coding, place: &[u8]) -> i16 {
    match (coding, place) {
        (Coding::G711(law), &[code]) => decoded(law, code),
        (_, &[low, high]) => i16::from_le_bytes([low, high]),
        _ => 0,
    }
}

fn write(coding: Coding, place: &mut [u8], sample: i16) {
    match (coding, place) {
        (Coding::G711(law), [code]) => *code = law.encode(sample),
        (_, [low, high]) => [*low, *high] = sample.to_le_bytes(),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{largest_kink, share_at, sine_at};
    use proptest::prelude::*;

    const QUIET: u8 = 0xd5;

    fn taken(track: &mut Track, from: u64, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        track.take(from, &mut out, 1, 0);
        out
    }

    /// Puts 4-sample packets of (timestamp, arrival, code), nothing handed on yet.
    fn track(packets: &[(u32, i64, u8)]) -> Track {
        let mut track = Track::new(Coding::G711(Law::A), Rate::Narrow);
        for &(timestamp, arrival, code) in packets {
            let stamp = Stamp {
                source: 1,
                timestamp,
                arrival,
            };
            track.put(stamp, Spoken::Codes(&[code; 4], Law::A), 0);
        }
        track
    }

    #[test]
    fn who_speaks_at_once_is_heard_at_once() {
        let loud = |sample| Law::A.encode(sample);
        let say = |codes: [u8; 4]| {
            let mut track = Track::new(Coding::G711(Law::A), Rate::Narrow);
            let stamp = Stamp {
                source: 1,
                timestamp: 0,
                arrival: 0,
            };
            track.put(stamp, Spoken::Codes(&codes, Law::A), 0);
            track
        };
        let mut out = [0xaa; 8];
        say([loud(1000), loud(1000), QUIET, QUIET]).take(0, &mut out, 2, 1);
        say([loud(2000), QUIET, loud(3000), QUIET]).add(0, &mut out, 2, 1);
        let heard = [1, 3, 5, 7].map(|at| i32::from(Law::A.decode(out[at])));
        for (heard, expected) in heard.into_iter().zip([3000, 1000, 3000, 0]) {
            assert!((heard - expected).abs() < 130, "{heard} for {expected}");
        }
        assert_eq!([out[0], out[2], out[4], out[6]], [0xaa; 4]);
    }

    #[test]
    fn packets_are_placed_by_timestamp_not_by_arrival() {
        let mut track = track(&[(100, 2, 1), (108, 17, 3), (104, 30, 2)]);
        assert_eq!(
            taken(&mut track, 0, 16),
            [QUIET, QUIET, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, QUIET, QUIET]
        );
        assert_eq!(
            taken(&mut track, 0, 16),
            [QUIET; 16],
            "what was taken is gone"
        );
    }

    #[test]
    fn what_was_handed_on_already_is_not_written_again() {
        let mut track = Track::new(Coding::G711(Law::A), Rate::Narrow);
        let stamp = |timestamp| Stamp {
            source: 1,
            timestamp,
            arrival: 10,
        };
        track.put(stamp(0), Spoken::Codes(&[1; 4], Law::A), 12); // frames 10..14
        assert_eq!(taken(&mut track, 12, 4), [1, 1, QUIET, QUIET]);
        track.put(stamp(0), Spoken::Codes(&[1; 4], Law::A), 16);
        assert_eq!(taken(&mut track, 16, CAPACITY), [QUIET; CAPACITY]);
    }

    #[test]
    fn the_ring_goes_round() {
        let mut track = Track::new(Coding::G711(Law::A), Rate::Narrow);
        let from = CAPACITY as u64 * 5 - 2;
        let stamp = Stamp {
            source: 1,
            timestamp: 0,
            arrival: from as i64,
        };
        track.put(stamp, Spoken::Codes(&[1, 2, 3, 4], Law::A), from);
        assert_eq!(taken(&mut track, from, 4), [1, 2, 3, 4]);
    }

    #[test]
    fn the_other_law_is_converted() {
        let mut track = Track::new(Coding::G711(Law::A), Rate::Narrow);
        let stamp = Stamp {
            source: 1,
            timestamp: 0,
            arrival: 0,
        };
        track.put(stamp, Spoken::Codes(&[Law::Mu.encode(5000)], Law::Mu), 0);
        let sample = Law::A.decode(taken(&mut track, 0, 1)[0]);
        assert!((sample - 5000).abs() < 300, "{sample}");
    }

    #[test]
    fn two_tracks_share_one_buffer() {
        let mut left = track(&[(0, 0, 1)]);
        let mut right = track(&[(0, 0, 2)]);
        let mut out = [0; 8];
        left.take(0, &mut out, 2, 0);
        right.take(0, &mut out, 2, 1);
        assert_eq!(out, [1, 2, 1, 2, 1, 2, 1, 2]);
    }

    proptest! {
        #[test]
        fn any_stamps_at_any_rates_are_harmless(
            coding in prop::sample::select(vec![
                Coding::G711(Law::Mu), Coding::Linear(Rate::Narrow), Coding::Linear(Rate::Wide),
            ]),
            made in prop::sample::select(vec![Rate::Narrow, Rate::Wide]),
            packets in prop::collection::vec(
                (0..3u32, any::<u32>(), 0..1_000_000i64, 0..=MAX_SAMPLES, 0..1_000_000u64, 0..3u8), 0..60)
        ) {
            let mut track = Track::new(coding, made);
            for (source, timestamp, arrival, length, from, kind) in packets {
                let (codes, samples) = (vec![1; length], vec![1; length]);
                let spoken = match kind {
                    0 => Spoken::Codes(&codes, Law::A),
                    1 => Spoken::Samples(&samples, Rate::Narrow),
                    _ => Spoken::Samples(&samples, Rate::Wide),
                };
                track.put(Stamp { source, timestamp, arrival }, spoken, from);
                taken(&mut track, from, 160 * coding.frame());
            }
        }
    }

    #[test]
    fn samples_of_16_bits_are_kept_as_they_are_and_laws_become_samples() {
        let mut out = [0; 16];
        let mut left = Track::new(Coding::Linear(Rate::Narrow), Rate::Narrow);
        let stamp = |timestamp| Stamp {
            source: 1,
            timestamp,
            arrival: 0,
        };
        left.put(stamp(0), Spoken::Samples(&[1, -2, 300], Rate::Narrow), 0);
        left.put(stamp(3), Spoken::Codes(&[Law::A.encode(5000)], Law::A), 0);
        let mut right = Track::new(Coding::Linear(Rate::Narrow), Rate::Narrow);
        right.put(stamp(0), Spoken::Samples(&[32_000, 7], Rate::Narrow), 0);
        left.take(0, &mut out, 2, 0);
        right.take(0, &mut out, 2, 1);
        let mut third = Track::new(Coding::Linear(Rate::Narrow), Rate::Narrow);
        third.put(stamp(0), Spoken::Samples(&[32_000, 1], Rate::Narrow), 0);
        third.add(0, &mut out, 2, 1);
        let samples: Vec<i16> = out
            .chunks_exact(2)
            .map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]]))
            .collect();
        let five = Law::A.decode(Law::A.encode(5000));
        assert_eq!(samples, [1, 32_767, -2, 8, 300, 0, five, 0]);
    }

    /// What a file of that coding has of a tone of 1 kHz, said at a rate by one who spoke at another when
    /// the track was made; packets of 20 ms, handed on in pieces of half a second.
    fn kept(coding: Coding, made: Rate, said: Rate) -> Vec<i16> {
        let mut track = Track::new(coding, made);
        let length = 2 * said.frame();
        let mut heard = Vec::new();
        for nth in 0..100 {
            let samples = sine_at(said, 1000.0, 8000.0, nth * length, length);
            let stamp = Stamp {
                source: 1,
                timestamp: 7 + (nth * length) as u32,
                arrival: nth as i64 * 160,
            };
            let from = nth / 25 * 4000;
            track.put(stamp, Spoken::Samples(&samples, said), from as u64);
            if nth % 25 == 24 {
                let mut out = vec![0; 4000 * coding.frame()];
                track.take(from as u64, &mut out, 1, 0);
                let places = places(coding, &mut out, 1, 0);
                heard.extend(places.map(|place| read(coding, place)));
            }
        }
        heard
    }

    #[test]
    fn a_side_of_any_rate_is_kept_at_the_file_s_and_each_at_its_time() {
        let rates = [Rate::Narrow, Rate::Wide];
        let codings = [
            Coding::G711(Law::A),
            Coding::Linear(Rate::Narrow),
            Coding::Linear(Rate::Wide),
        ];
        for coding in codings {
            for made in rates {
                for said in rates {
                    let heard = kept(coding, made, said);
                    assert_eq!(heard.len(), 2 * coding.rate().hz() as usize);
                    let share = share_at(coding.rate(), &heard[800..], 1000.0);
                    assert!(share > 0.99, "{coding:?} {made:?} {said:?}: {share}");
                    // a kilohertz kinks by up to 3600 at 8000 Hz; a seam by thousands
                    let kink = largest_kink(&heard[800..]);
                    assert!(kink < 4800, "{coding:?} {made:?} {said:?}: {kink}");
                }
            }
        }
    }

    #[test]
    fn several_of_any_rate_are_added_up() {
        for coding in [Coding::Linear(Rate::Wide), Coding::G711(Law::A)] {
            let mut out = vec![0; 1600 * coding.frame()];
            for (nth, rate) in [Rate::Narrow, Rate::Wide, Rate::Narrow]
                .into_iter()
                .enumerate()
            {
                let mut track = Track::new(coding, rate);
                let hz = 500.0 + 400.0 * nth as f32;
                let tone = sine_at(rate, hz, 5000.0, 0, 1600 * rate.times());
                let stamp = Stamp {
                    source: 1,
                    timestamp: 0,
                    arrival: 0,
                };
                track.put(stamp, Spoken::Samples(&tone, rate), 0);
                match nth {
                    0 => track.take(0, &mut out, 1, 0),
                    _ => track.add(0, &mut out, 1, 0),
                }
            }
            let places = places(coding, &mut out, 1, 0);
            let heard: Vec<i16> = places.map(|place| read(coding, place)).collect();
            for hz in [500.0, 900.0, 1300.0] {
                let share = share_at(coding.rate(), &heard[400..], hz);
                assert!((0.28..0.38).contains(&share), "{coding:?} {hz}: {share}");
            }
        }
    }
}
