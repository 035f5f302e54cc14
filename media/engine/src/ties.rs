//! What belongs together: ports that hear one another, and the recordings that take them.
//!
//! The engine's handle keeps it, to have all of one company on one audio thread.

use std::collections::{HashMap, HashSet};

/// What audio threads have charge of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    Port(u64),
    Recording(u64),
}

/// Who is tied to whom, each tie from both ends, and as often as it was tied.
#[derive(Debug, Default)]
pub struct Ties {
    of: HashMap<Member, Vec<Member>>,
}

impl Ties {
    pub fn tie(&mut self, a: Member, b: Member) {
        self.of.entry(a).or_default().push(b);
        self.of.entry(b).or_default().push(a);
    }

    /// Takes one tie between them away, if there is one.
    pub fn untie(&mut self, a: Member, b: Member) {
        for (from, to) in [(a, b), (b, a)] {
            let Some(ties) = self.of.get_mut(&from) else {
                continue;
            };
            if let Some(nth) = ties.iter().position(|&other| other == to) {
                ties.swap_remove(nth);
            }
            if ties.is_empty() {
                self.of.remove(&from);
            }
        }
    }

    /// Somebody is gone, and with them all their ties.
    pub fn forget(&mut self, gone: Member) {
        for other in self.of.remove(&gone).unwrap_or_default() {
            if let Some(ties) = self.of.get_mut(&other) {
                ties.retain(|&tie| tie != gone);
                if ties.is_empty() {
                    self.of.remove(&other);
                }
            }
        }
    }

    /// All who are tied to `member`, also through others, and `member`.
    pub fn company(&self, member: Member) -> Vec<Member> {
        let mut found = vec![member];
        let mut known = HashSet::from([member]);
        let mut next = 0;
        while let Some(at) = found.get(next) {
            let ties = self.of.get(at).into_iter().flatten();
            let strangers: Vec<Member> = ties.copied().filter(|&tie| known.insert(tie)).collect();
            found.extend(strangers);
            next += 1;
        }
        found
    }

    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Member::{Port, Recording};
    use super::*;

    fn company(ties: &Ties, member: Member) -> Vec<Member> {
        let mut company = ties.company(member);
        company.sort();
        company
    }

    #[test]
    fn a_company_is_whoever_is_tied_through_others_too() {
        let mut ties = Ties::default();
        ties.tie(Port(1), Port(2));
        ties.tie(Port(2), Port(1));
        ties.tie(Recording(7), Port(2));
        ties.tie(Recording(7), Port(3));
        ties.tie(Port(4), Port(5));
        let all = [Port(1), Port(2), Port(3), Recording(7)];
        for member in all {
            assert_eq!(company(&ties, member), all);
        }
        assert_eq!(company(&ties, Port(5)), [Port(4), Port(5)]);
        assert_eq!(company(&ties, Port(6)), [Port(6)]);
    }

    #[test]
    fn ties_hold_as_often_as_they_were_tied_and_leave_nothing_behind() {
        let mut ties = Ties::default();
        ties.tie(Port(1), Port(2));
        ties.tie(Port(2), Port(1));
        ties.tie(Port(3), Port(3));
        ties.untie(Port(1), Port(2));
        assert_eq!(company(&ties, Port(1)), [Port(1), Port(2)]);
        ties.untie(Port(2), Port(1));
        ties.untie(Port(2), Port(1));
        assert_eq!(company(&ties, Port(1)), [Port(1)]);
        ties.tie(Port(2), Port(3));
        ties.forget(Port(3));
        assert_eq!(company(&ties, Port(2)), [Port(2)]);
        assert!(ties.is_empty());
    }
}
