//! One speaker's packets as one sound without gaps, for whoever listens to it. Pure; time is passed
//! in.
//!
//! What is lost is concealed, as ears would have it: a tone with a hole is one tone. A phone that
//! sends nothing says nothing: once it has been quiet for `PATIENCE`, silence is made up for it.

use crate::conceal::{Continuation, Past};
use crate::rate::Rate;

/// Samples are handed on in pieces of at most so many.
pub const PIECE: usize = 160;

const SAMPLE_NS: u64 = 125_000;
/// So long may a packet be late; then it is silence.
const PATIENCE: u64 = 1_600;
/// A larger step of the timestamps is another clock, not a gap.
const LONGEST_GAP: u32 = 80_000;

/// Where one speaker's sound has got to.
#[derive(Debug)]
pub struct Feed {
    /// Of the packet before.
    source: u32,
    /// The timestamp behind it; `None` before the first.
    expected: Option<u32>,
    heard_at: u64,
    /// Samples of silence made up since.
    filled: u64,
    past: Past,
}

impl Feed {
    pub fn new(now: u64) -> Feed {
        Feed {
            source: 0,
            expected: None,
            heard_at: now,
            filled: 0,
            past: Past::silent(Rate::Narrow),
        }
    }

    /// Hands on what a packet adds to the sound, after what fills a gap before it. A packet that is
    /// late is left out: its place is filled already.
    pub fn put(
        &mut self,
        source: u32,
        timestamp: u32,
        samples: &[i16],
        now: u64,
        mut hear: impl FnMut(&[i16]),
    ) {
        let step = match self.expected {
            Some(expected) if source == self.source => timestamp.wrapping_sub(expected),
            _ => 0,
        };
        if step.wrapping_neg() < LONGEST_GAP && step != 0 {
            return;
        }
        if step <= LONGEST_GAP {
            let missing = u64::from(step).saturating_sub(self.filled) as usize;
            self.conceal(missing, &mut hear);
        }
        self.source = source;
        self.expected = Some(timestamp.wrapping_add(samples.len() as u32));
        self.heard_at = now;
        self.filled = 0;
        self.past.push(samples);
        samples.chunks(PIECE).for_each(hear);
    }

    /// Hands on the silence of who has sent nothing for a while.
    pub fn advance(&mut self, now: u64, mut hear: impl FnMut(&[i16])) {
        let quiet = now.saturating_sub(self.heard_at) / SAMPLE_NS;
        let silence = quiet.saturating_sub(PATIENCE);
        while self.filled + PIECE as u64 <= silence {
            self.filled += PIECE as u64;
            hear(&[0; PIECE]);
            self.past.push(&[0; PIECE]);
        }
    }

    fn conceal(&mut self, missing: usize, hear: &mut impl FnMut(&[i16])) {
        let mut guess = match missing {
            0 => return,
            _ => Continuation::of(&self.past),
        };
        let mut left = missing;
        while left > 0 {
            let mut piece = [0; PIECE];
            let count = left.min(PIECE);
            left -= count;
            if let Some(piece) = piece.get_mut(..count) {
                piece.fill_with(|| guess.next_sample());
                hear(piece);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::sine;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    /// What is heard of a tone's packets with these numbers, 20 ms each, in time.
    fn heard(numbers: &[u32]) -> Vec<i16> {
        let mut feed = Feed::new(0);
        let mut sound = Vec::new();
        for &number in numbers {
            let samples = sine(500.0, 8000.0, number as usize * 160, 160);
            let at = u64::from(number) * 20 * MS;
            feed.put(1, number * 160, &samples, at, |piece| sound.extend(piece));
        }
        sound
    }

    #[test]
    fn a_lost_packet_leaves_no_hole_and_a_late_one_no_trace() {
        let whole = heard(&[0, 1, 2, 3, 4]);
        assert_eq!(whole, sine(500.0, 8000.0, 0, 800));
        let concealed = heard(&[0, 1, 3, 2, 4]);
        assert_eq!(concealed.len(), 800);
        let (hole, rest) = (&concealed[320..480], &concealed[480..]);
        assert_eq!(rest, &whole[480..]);
        let loudest = hole.iter().max().unwrap();
        assert!(*loudest > 7000, "{loudest}");
    }

    #[test]
    fn who_sends_nothing_is_silent_and_the_gap_is_filled_once() {
        let mut feed = Feed::new(0);
        let mut sound: Vec<i16> = Vec::new();
        feed.put(1, 0, &[9; 160], 0, |piece| sound.extend(piece));
        feed.advance(199 * MS, |piece| sound.extend(piece));
        assert_eq!(sound.len(), 160);
        feed.advance(1000 * MS, |piece| sound.extend(piece));
        assert_eq!(sound.len(), 160 + 6400);
        feed.put(1, 8160, &[9; 160], 1020 * MS, |piece| sound.extend(piece));
        assert_eq!(sound.len(), 8160 + 160);
    }

    #[test]
    fn another_source_or_clock_is_joined_without_a_gap() {
        let mut feed = Feed::new(0);
        let mut count = 0;
        for (source, timestamp) in [(1, 0), (1, 3_000_000_000), (2, 77), (2, 237)] {
            feed.put(source, timestamp, &[9; 160], 0, |piece| {
                count += piece.len()
            });
        }
        assert_eq!(count, 4 * 160);
    }

    proptest! {
        #[test]
        fn whatever_comes_no_piece_is_too_long_and_no_gap_unbounded(
            packets in prop::collection::vec(
                (0..2u32, any::<u32>(), 0..1500usize, 0..1u64 << 40), 0..20)
        ) {
            let mut feed = Feed::new(0);
            for (source, timestamp, length, now) in packets {
                let mut heard = 0;
                let samples = vec![1; length];
                feed.put(source, timestamp, &samples, now, |piece| {
                    assert!(piece.len() <= PIECE);
                    heard += piece.len();
                });
                prop_assert!(heard <= length + LONGEST_GAP as usize);
            }
        }
    }
}
