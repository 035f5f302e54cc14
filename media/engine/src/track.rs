//! One side of a recording: puts packets, in whatever order they come, where they belong in time.
//!
//! Positions are frames (1/8000 s) since the recording began. A source's RTP timestamps are tied to
//! them at its first packet's arrival, so a packet's place does not depend on its own delay. The tie
//! is then watched: the least delay seen in each stretch of `WATCH` packets is the path without
//! jitter, and when that has wandered by more than `MAX_DRIFT` (the first packet was a late one, the
//! two clocks differ, the path changed) the tie is moved by it.

use crate::g711::Law;

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
    law: Law,
    ring: Box<[u8]>,
    tie: Option<Tie>,
    /// Nothing that was said before this frame is taken: the end of the last pause.
    floor: u64,
}

impl Track {
    /// A silent track that keeps its codes in `law`.
    pub fn new(law: Law) -> Track {
        Track {
            law,
            ring: vec![law.silence(); CAPACITY].into_boxed_slice(),
            tie: None,
            floor: 0,
        }
    }

    /// A pause begins at `frame`: what came early for the time after it is forgotten. `from` is
    /// the first frame that was not handed on.
    pub fn silence(&mut self, frame: u64, from: u64) {
        let silence = self.law.silence();
        for at in frame.max(from)..from + CAPACITY as u64 {
            if let Some(slot) = self.ring.get_mut(at as usize % CAPACITY) {
                *slot = silence;
            }
        }
    }

    /// A pause is over at `frame`: what was said before it may come late and is not taken.
    pub fn sound(&mut self, frame: u64) {
        self.floor = frame;
    }

    /// Puts a packet's codes, which are of `law`, in their place. Whatever lies before `from`, which
    /// was handed on already, or too far ahead of it is dropped.
    pub fn put(&mut self, stamp: Stamp, codes: &[u8], law: Law, from: u64) {
        let place = self.place(stamp);
        let begin = place.max(from.max(self.floor) as i64);
        let Some(codes) = codes.get((begin - place) as usize..) else {
            return;
        };
        let ahead = (begin - from as i64) as usize;
        let count = codes.len().min(CAPACITY.saturating_sub(ahead));
        let start = (from as usize).wrapping_add(ahead) % CAPACITY;
        let first = count.min(CAPACITY - start);
        let pieces = [(0..first, start), (first..count, 0)];
        for (piece, at) in pieces {
            let length = piece.len();
            if let (Some(codes), Some(slots)) =
                (codes.get(piece), self.ring.get_mut(at..at + length))
            {
                law.convert(codes, self.law, slots);
            }
        }
    }

    /// Hands on the codes from `from`, one into every `channels`th byte of `out` beginning at
    /// `channel`, and leaves silence in their place.
    pub fn take(&mut self, from: u64, out: &mut [u8], channels: usize, channel: usize) {
        let silence = self.law.silence();
        let mut at = from as usize % CAPACITY;
        for byte in out.iter_mut().skip(channel).step_by(channels) {
            if let Some(slot) = self.ring.get_mut(at) {
                *byte = std::mem::replace(slot, silence);
            }
            at = (at + 1) % CAPACITY;
        }
    }

    /// As `take`, but adds to what is there: several who speak in one channel.
    pub fn add(&mut self, from: u64, out: &mut [u8], channels: usize, channel: usize) {
        let (law, silence) = (self.law, self.law.silence());
        let mut at = from as usize % CAPACITY;
        for byte in out.iter_mut().skip(channel).step_by(channels) {
            if let Some(slot) = self.ring.get_mut(at) {
                let code = std::mem::replace(slot, silence);
                *byte = match (*byte, code) {
                    (before, code) if code == silence => before,
                    (before, code) if before == silence => code,
                    (before, code) => {
                        law.encode(law.decode(before).saturating_add(law.decode(code)))
                    }
                };
            }
            at = (at + 1) % CAPACITY;
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
        let mut track = Track::new(Law::A);
        for &(timestamp, arrival, code) in packets {
            let stamp = Stamp {
                source: 1,
                timestamp,
                arrival,
            };
            track.put(stamp, &[code; 4], Law::A, 0);
        }
        track
    }

    #[test]
    fn who_speaks_at_once_is_heard_at_once() {
        let loud = |sample| Law::A.encode(sample);
        let say = |codes: [u8; 4]| {
            let mut track = Track::new(Law::A);
            let stamp = Stamp {
                source: 1,
                timestamp: 0,
                arrival: 0,
            };
            track.put(stamp, &codes, Law::A, 0);
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
        let mut track = Track::new(Law::A);
        let stamp = |timestamp| Stamp {
            source: 1,
            timestamp,
            arrival: 10,
        };
        track.put(stamp(0), &[1; 4], Law::A, 12); // frames 10..14
        assert_eq!(taken(&mut track, 12, 4), [1, 1, QUIET, QUIET]);
        track.put(stamp(0), &[1; 4], Law::A, 16);
        assert_eq!(taken(&mut track, 16, CAPACITY), [QUIET; CAPACITY]);
    }

    #[test]
    fn the_ring_goes_round() {
        let mut track = Track::new(Law::A);
        let from = CAPACITY as u64 * 5 - 2;
        let stamp = Stamp {
            source: 1,
            timestamp: 0,
            arrival: from as i64,
        };
        track.put(stamp, &[1, 2, 3, 4], Law::A, from);
        assert_eq!(taken(&mut track, from, 4), [1, 2, 3, 4]);
    }

    #[test]
    fn the_other_law_is_converted() {
        let mut track = Track::new(Law::A);
        let stamp = Stamp {
            source: 1,
            timestamp: 0,
            arrival: 0,
        };
        track.put(stamp, &[Law::Mu.encode(5000)], Law::Mu, 0);
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
        let mut track = Track::new(Law::A);
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
        let mut track = Track::new(Law::A);
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
        let mut track = Track::new(Law::A);
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
            let mut track = Track::new(Law::Mu);
            for (source, timestamp, arrival, length, from) in packets {
                let codes = vec![1; length];
                track.put(Stamp { source, timestamp, arrival }, &codes, Law::A, from);
                taken(&mut track, from, 160);
            }
        }
    }
}
