//! How early packets come before they are needed: whether a flow is to be delayed more, or less. Pure.

/// Packets over which margins are watched.
const WATCH: u32 = 50;
/// The least margin wanted, and the least that is too much, in samples at 8000 Hz.
const LOW: i64 = 16;
const HIGH: i64 = 140;

/// How early packets come.
#[derive(Debug)]
pub struct Margins {
    times: i64,
    least: i64,
    least_before: i64,
    watched: u32,
}

impl Margins {
    /// None was seen so far, at a rate of so many times 8000 Hz.
    pub fn none(times: i64) -> Margins {
        Margins {
            times,
            least: i64::MAX,
            least_before: i64::MAX,
            watched: 0,
        }
    }

    /// All packets come so many samples earlier than before, seen from the ear.
    pub fn shift(&mut self, samples: i64) {
        self.least = self.least.saturating_add(samples);
        self.least_before = self.least_before.saturating_add(samples);
    }

    /// Takes a margin; how much delay more (or less, if negative) is wanted.
    pub fn note(&mut self, margin: i64, is_late: bool) -> Option<i64> {
        let (low, high) = (LOW * self.times, HIGH * self.times);
        self.least = self.least.min(margin);
        self.watched += 1;
        if is_late {
            return Some(low - margin);
        }
        if self.watched < WATCH {
            return None;
        }
        let (least, least_before) = (self.least, self.least_before);
        *self = Margins {
            least_before: least,
            ..Margins::none(self.times)
        };
        if least < low {
            Some(3 * low - least)
        } else if least.min(least_before) > high && least_before != i64::MAX {
            Some(high / 2 - least.min(least_before))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wanted after each of these margins, none of them late.
    fn wanted(margins: &mut Margins, seen: impl IntoIterator<Item = i64>) -> Vec<i64> {
        seen.into_iter()
            .filter_map(|margin| margins.note(margin, false))
            .collect()
    }

    #[test]
    fn a_late_packet_wants_more_delay_at_once_and_a_narrow_escape_soon() {
        let mut margins = Margins::none(1);
        assert_eq!(margins.note(-100, true), Some(100 + LOW));
        let rest = [1; WATCH as usize - 1];
        assert_eq!(wanted(&mut margins, rest), [3 * LOW + 100]);
        assert_eq!(wanted(&mut margins, [LOW; WATCH as usize]), []);
    }

    #[test]
    fn less_delay_is_wanted_only_after_two_calm_stretches() {
        let mut margins = Margins::none(1);
        let calm = [HIGH + 60; WATCH as usize];
        assert_eq!(wanted(&mut margins, calm), []);
        assert_eq!(wanted(&mut margins, calm), [HIGH / 2 - (HIGH + 60)]);
        margins.shift(-HIGH);
        assert_eq!(wanted(&mut margins, calm), [], "that one was not as calm");
    }
}
