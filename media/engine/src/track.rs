//! One side of a recording: puts packets, in whatever order they come, where they belong in time.
//!
//! Positions are frames (1/8000 s) since the recording began. A source's RTP timestamps are tied to
//! them at its first packet's arrival, so a packet's place does not depend on its own delay. The tie
//! is then watched: the least delay seen in each stretch of `WATCH` packets is the path without
//! jitter, and when that has wandered by more than `MAX_DRIFT` (the first packet was a late one, the
//! two clocks differ, the path changed) the tie is moved by it.

use crate::g711::Law;
use crate::wav::Coding;

/// What was said.
#[derive(Clone, Copy, Debug)]
pub enum Spoken<'a> {
    Codes(&'a [u8], Law),
    Samples(&'a [i16]),
}

impl<'a> Spoken<'a> {
    fn len(self) -> usize {
        match self {
            Spoken::Codes(codes, _) => codes.len(),
            Spoken::Samples(samples) => samples.len(),
        }
    }

    /// A stretch of it; nothing where there is none.
    fn part(self, from: usize, to: usize) -> Spoken<'a> {
        match self {
            Spoken::Codes(codes, law) => {
                Spoken::Codes(codes.get(from..to).unwrap_or_default(), law)
            }
            Spoken::Samples(samples) => Spoken::Samples(samples.get(from..to).unwrap_or_default()),
        }
    }
}

/// Samples as they are kept.
#[derive(Debug)]
enum Ring {
    Codes(Box<[u8]>, Law),
    Samples(Box<[i16]>),
}

impl Ring {
    fn new(coding: Coding) -> Ring {
        match coding {
            Coding::G711(law) => Ring::Codes(vec![law.silence(); CAPACITY].into_boxed_slice(), law),
            Coding::Linear => Ring::Samples(vec![0; CAPACITY].into_boxed_slice()),
        }
    }

    fn put(&mut self, at: usize, spoken: Spoken) {
        let end = at + spoken.len();
        match (self, spoken) {
            (Ring::Codes(ring, law), Spoken::Codes(codes, from)) => {
                if let Some(slots) = ring.get_mut(at..end) {
                    from.convert(codes, *law, slots);
                }
            }
            (Ring::Codes(ring, law), Spoken::Samples(samples)) => {
                for (slot, &sample) in ring.iter_mut().skip(at).zip(samples) {
                    *slot = law.encode(sample);
                }
            }
            (Ring::Samples(ring), Spoken::Codes(codes, law)) => {
                for (slot, &code) in ring.iter_mut().skip(at).zip(codes) {
                    *slot = law.decode(code);
                }
            }
            (Ring::Samples(ring), Spoken::Samples(samples)) => {
                if let Some(slots) = ring.get_mut(at..end) {
                    slots.copy_from_slice(samples);
                }
            }
        }
    }

    fn silence(&mut self, at: usize) {
        match self {
            Ring::Codes(ring, law) => {
                if let Some(slot) = ring.get_mut(at) {
                    *slot = law.silence();
                }
            }
            Ring::Samples(ring) => {
                if let Some(slot) = ring.get_mut(at) {
                    *slot = 0;
                }
            }
        }
    }
}

/// A second; a power of two. Holds the reorder window, the pieces handed on and what comes early.
pub const CAPACITY: usize = 1 << 13;

const WATCH: u32 = 50;
const MAX_DRIFT: i64 = 20 * 8;
/// A packet further than this from its arrival has a clock that leapt: tie it anew.
const MAX_SKEW: i64 = 1000 * 8;

/// Ties a source's timestamps to the recording's frames.
#[derive(Debug)]
struct Tie {
    source: u32,
    timestamp: u32,
    frame: i64,
    least_delay: i64,
    watched: u32,
}

/// Which source a packet is of, its timestamp and when it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Changes when the speaker's numbering and clock start anew.
    pub source: u32,
    pub timestamp: u32,
    /// In frames.
    pub arrival: i64,
}

/// The samples of one side that are not handed on yet; silence where nothing came.
#[derive(Debug)]
pub struct Track {
    ring: Ring,
    tie: Option<Tie>,
    /// Nothing that was said before this frame is taken: the end of the last pause.
    floor: u64,
}

impl Track {
    /// A silent track.
    pub fn new(coding: Coding) -> Track {
        Track {
            ring: Ring::new(coding),
            tie: None,
            floor: 0,
        }
    }

    /// A pause begins at `frame`: what came early for the time after it is forgotten. `from` is
    /// the first frame that was not handed on.
    pub fn silence(&mut self, frame: u64, from: u64) {
        for at in frame.max(from)..from + CAPACITY as u64 {
            self.ring.silence(at as usize % CAPACITY);
        }
    }

    /// A pause is over at `frame`: what was said before it may come late and is not taken.
    pub fn sound(&mut self, frame: u64) {
        self.floor = frame;
    }

    /// Puts a packet in its place. Whatever lies before `from`, which
    /// was handed on already, or too far ahead of it is dropped.
    pub fn put(&mut self, stamp: Stamp, spoken: Spoken, from: u64) {
        let place = self.place(stamp);
        let begin = place.max(from.max(self.floor) as i64);
        let late = ((begin - place) as usize).min(spoken.len());
        let ahead = (begin - from as i64) as usize;
        let count = (spoken.len() - late).min(CAPACITY.saturating_sub(ahead));
        let start = (from as usize).wrapping_add(ahead) % CAPACITY;
        let first = count.min(CAPACITY - start);
        self.ring.put(start, spoken.part(late, late + first));
        self.ring.put(0, spoken.part(late + first, late + count));
    }

    /// Hands on what is there from `from` on, into every `channels`th place of `out` beginning at
    /// `channel`, and leaves silence behind.
    pub fn take(&mut self, from: u64, out: &mut [u8], channels: usize, channel: usize) {
        let places = |index: usize| (from as usize + index) % CAPACITY;
        match &mut self.ring {
            Ring::Codes(ring, law) => {
                let silence = law.silence();
                for (index, byte) in out.iter_mut().skip(channel).step_by(channels).enumerate() {
                    if let Some(slot) = ring.get_mut(places(index)) {
                        *byte = std::mem::replace(slot, silence);
                    }
                }
            }
            Ring::Samples(ring) => {
                let places_out = out.chunks_exact_mut(2).skip(channel).step_by(channels);
                for (index, bytes) in places_out.enumerate() {
                    if let Some(slot) = ring.get_mut(places(index)) {
                        bytes.copy_from_slice(&std::mem::take(slot).to_le_bytes());
                    }
                }
            }
        }
    }

    /// As `take`, but adds to what is there: several who speak in one channel.
    pub fn add(&mut self, from: u64, out: &mut [u8], channels: usize, channel: usize) {
        let places = |index: usize| (from as usize + index) % CAPACITY;
        match &mut self.ring {
            Ring::Codes(ring, law) => {
                let silence = law.silence();
                for (index, byte) in out.iter_mut().skip(channel).step_by(channels).enumerate() {
                    let Some(slot) = ring.get_mut(places(index)) else {
                        continue;
                    };
                    let code = std::mem::replace(slot, silence);
                    *byte = match (*byte, code) {
                        (before, code) if code == silence => before,
                        (before, code) if before == silence => code,
                        (before, code) => {
                            law.encode(law.decode(before).saturating_add(law.decode(code)))
                        }
                    };
                }
            }
            Ring::Samples(ring) => {
                let places_out = out.chunks_exact_mut(2).skip(channel).step_by(channels);
                for (index, bytes) in places_out.enumerate() {
                    if let (Some(slot), &mut [low, high]) =
                        (ring.get_mut(places(index)), &mut *bytes)
                    {
                        let before = i16::from_le_bytes([low, high]);
                        let sum = before.saturating_add(std::mem::take(slot));
                        bytes.copy_from_slice(&sum.to_le_bytes());
                    }
                }
            }
        }
    }

    /// The frame at which a packet begins.
    fn place(&mut self, stamp: Stamp) -> i64 {
        if let Some(tie) = self.tie.as_mut().filter(|tie| tie.source == stamp.source) {
            let place = tie.frame + i64::from(stamp.timestamp.wrapping_sub(tie.timestamp) as i32);
            let delay = stamp.arrival - place;
            if delay.abs() <= MAX_SKEW {
                // Timestamps wrap after 149 hours and i32 after half of that: move the tie along.
                if place > tie.frame {
                    tie.timestamp = stamp.timestamp;
                    tie.frame = place;
                }
                tie.watch(delay);
                return place;
            }
        }
        self.tie = Some(Tie {
            source: stamp.source,
            timestamp: stamp.timestamp,
            frame: stamp.arrival,
            least_delay: i64::MAX,
            watched: 0,
        });
        stamp.arrival
    }
}

impl Tie {
    fn watch(&mut self, delay: i64) {
        self.least_delay = self.least_delay.min(delay);
        self.watched += 1;
        if self.watched == WATCH {
            if self.least_delay.abs() > MAX_DRIFT {
                self.frame += self.least_delay;
            }
            self.least_delay = i64::MAX;
            self.watched = 0;
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUIET: u8 = 0xd5;

    fn taken(track: &mut Track, from: u64, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        track.take(from, &mut out, 1, 0);
        out
    }

    /// Puts 4-sample packets of (timestamp, arrival, code), nothing handed on yet.
    fn track(packets: &[(u32, i64, u8)]) -> Track {
        let mut track = Track::new(Coding::G711(Law::A));
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
            let mut track = Track::new(Coding::G711(Law::A));
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
        let mut track = Track::new(Coding::G711(Law::A));
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
        let mut track = Track::new(Coding::G711(Law::A));
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
        let mut track = Track::new(Coding::G711(Law::A));
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

    #[test]
    fn a_new_source_or_a_leap_of_the_clock_is_tied_to_its_arrival() {
        let mut track = Track::new(Coding::G711(Law::A));
        let mut put = |source, timestamp, arrival| {
            let stamp = Stamp {
                source,
                timestamp,
                arrival,
            };
            track.place(stamp)
        };
        assert_eq!(put(1, 1000, 0), 0);
        assert_eq!(put(2, 7, 160), 160);
        assert_eq!(put(2, 167, 330), 320);
        assert_eq!(put(2, 3_000_000_000, 480), 480);
    }

    #[test]
    fn a_late_first_packet_is_corrected_once_the_path_is_known() {
        let mut track = Track::new(Coding::G711(Law::A));
        let mut place = |n: u32, late: i64| {
            let arrival = i64::from(n) * 160 + late;
            track.place(Stamp {
                source: 1,
                timestamp: n * 160,
                arrival,
            })
        };
        assert_eq!(place(0, 400), 400);
        for n in 1..=WATCH {
            assert_eq!(place(n, 8), i64::from(n) * 160 + 400);
        }
        assert_eq!(place(WATCH + 1, 8), i64::from(WATCH + 1) * 160 + 8);
    }

    #[test]
    fn clocks_that_differ_do_not_run_away_over_hours() {
        let mut track = Track::new(Coding::G711(Law::A));
        for n in 0..600_000u32 {
            // 100 ppm slow: 0.016 frames lost a packet
            let arrival = i64::from(n) * 160 + i64::from(n) * 16 / 1000;
            let stamp = Stamp {
                source: 1,
                timestamp: n.wrapping_mul(160),
                arrival,
            };
            let skew = arrival - track.place(stamp);
            assert!(skew.abs() <= MAX_DRIFT + 2, "{skew} at {n}");
        }
    }

    proptest! {
        #[test]
        fn any_stamps_are_harmless(
            packets in prop::collection::vec(
                (0..3u32, any::<u32>(), 0..1_000_000i64, 0..400usize, 0..1_000_000u64), 0..60)
        ) {
            let mut track = Track::new(Coding::G711(Law::Mu));
            for (source, timestamp, arrival, length, from) in packets {
                let codes = vec![1; length];
                track.put(Stamp { source, timestamp, arrival }, Spoken::Codes(&codes, Law::A), from);
                taken(&mut track, from, 160);
            }
        }
    }

    #[test]
    fn samples_of_16_bits_are_kept_as_they_are_and_laws_become_samples() {
        let mut out = [0; 16];
        let mut left = Track::new(Coding::Linear);
        let stamp = |timestamp| Stamp {
            source: 1,
            timestamp,
            arrival: 0,
        };
        left.put(stamp(0), Spoken::Samples(&[1, -2, 300]), 0);
        left.put(stamp(3), Spoken::Codes(&[Law::A.encode(5000)], Law::A), 0);
        let mut right = Track::new(Coding::Linear);
        right.put(stamp(0), Spoken::Samples(&[32_000, 7]), 0);
        left.take(0, &mut out, 2, 0);
        right.take(0, &mut out, 2, 1);
        let mut third = Track::new(Coding::Linear);
        third.put(stamp(0), Spoken::Samples(&[32_000, 1]), 0);
        third.add(0, &mut out, 2, 1);
        let samples: Vec<i16> = out
            .chunks_exact(2)
            .map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]]))
            .collect();
        let five = Law::A.decode(Law::A.encode(5000));
        assert_eq!(samples, [1, 32_767, -2, 8, 300, 0, five, 0]);
    }
}
