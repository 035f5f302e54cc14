//! Where in a side of a recording a packet belongs. Pure.
//!
//! A source's RTP timestamps are tied to the samples of the side at its first packet's arrival, so a packet's
//! place does not depend on its own delay. The tie is then watched: the least delay seen in each stretch of
//! `WATCH` packets is the path without jitter, and when that has wandered by more than `MAX_DRIFT` (the first
//! packet was a late one, the two clocks differ, the path changed) the tie is moved by it.

use crate::rate::Rate;

const WATCH: u32 = 50;
/// In frames, as all lengths here.
const MAX_DRIFT: i64 = 20 * 8;
/// A packet further than this from its arrival has a clock that leapt: tie it anew.
const MAX_SKEW: i64 = 1000 * 8;

/// Ties a source's timestamps to the side's samples.
#[derive(Debug)]
struct Tie {
    source: u32,
    timestamp: u32,
    sample: i64,
    least_delay: i64,
    watched: u32,
}

/// Which source a packet is of, its timestamp and when it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Changes when the speaker's numbering and clock start anew.
    pub source: u32,
    /// In samples, at the rate of what is said.
    pub timestamp: u32,
    /// In frames.
    pub arrival: i64,
}

/// The places of all that one side says, source after source.
#[derive(Debug)]
pub struct Timeline {
    /// Samples of a frame.
    times: i64,
    tie: Option<Tie>,
}

impl Timeline {
    /// In samples at that rate.
    pub fn new(rate: Rate) -> Timeline {
        Timeline {
            times: rate.times() as i64,
            tie: None,
        }
    }

    /// The sample at which a packet begins.
    pub fn place(&mut self, stamp: Stamp) -> i64 {
        let arrival = stamp.arrival * self.times;
        if let Some(tie) = self.tie.as_mut().filter(|tie| tie.source == stamp.source) {
            let place = tie.sample + i64::from(stamp.timestamp.wrapping_sub(tie.timestamp) as i32);
            let delay = arrival - place;
            if delay.abs() <= MAX_SKEW * self.times {
                // Timestamps wrap after 74 hours at least and i32 after half of that: move the tie along.
                if place > tie.sample {
                    tie.timestamp = stamp.timestamp;
                    tie.sample = place;
                }
                tie.watch(delay, MAX_DRIFT * self.times);
                return place;
            }
        }
        self.tie = Some(Tie {
            source: stamp.source,
            timestamp: stamp.timestamp,
            sample: arrival,
            least_delay: i64::MAX,
            watched: 0,
        });
        arrival
    }
}

impl Tie {
    fn watch(&mut self, delay: i64, most: i64) {
        self.least_delay = self.least_delay.min(delay);
        self.watched += 1;
        if self.watched == WATCH {
            if self.least_delay.abs() > most {
                self.sample += self.least_delay;
            }
            self.least_delay = i64::MAX;
            self.watched = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_source_or_a_leap_of_the_clock_is_tied_to_its_arrival() {
        let mut timeline = Timeline::new(Rate::Narrow);
        let mut put = |source, timestamp, arrival| {
            let stamp = Stamp {
                source,
                timestamp,
                arrival,
            };
            timeline.place(stamp)
        };
        assert_eq!(put(1, 1000, 0), 0);
        assert_eq!(put(2, 7, 160), 160);
        assert_eq!(put(2, 167, 330), 320);
        assert_eq!(put(2, 3_000_000_000, 480), 480);
    }

    #[test]
    fn a_late_first_packet_is_corrected_once_the_path_is_known() {
        let mut timeline = Timeline::new(Rate::Narrow);
        let mut place = |n: u32, late: i64| {
            let arrival = i64::from(n) * 160 + late;
            timeline.place(Stamp {
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
        let mut timeline = Timeline::new(Rate::Narrow);
        for n in 0..600_000u32 {
            // 100 ppm slow: 0.016 frames lost a packet
            let arrival = i64::from(n) * 160 + i64::from(n) * 16 / 1000;
            let stamp = Stamp {
                source: 1,
                timestamp: n.wrapping_mul(160),
                arrival,
            };
            let skew = arrival - timeline.place(stamp);
            assert!(skew.abs() <= MAX_DRIFT + 2, "{skew} at {n}");
        }
    }
}
