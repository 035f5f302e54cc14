//! How packets are lost: one by one, or in bursts (RFC 3611 §4.7.2, A.2; BurstR of G.107). Pure.

/// Received packets in a row that end a burst.
const GMIN: u32 = crate::rtcp::GMIN as u32;

/// Counts of a source's packets, each told once, in their order, when it is certain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Losses {
    received: u64,
    lost: u64,
    /// Runs of lost packets.
    runs: u64,
    last_was_lost: bool,
    /// Packets received since the last loss.
    since_loss: u32,
    /// Lost packets since the last gap ended.
    in_burst: u32,
    /// Transitions of RFC 3611 A.2: 1 gap, 3 burst and lost, 2 burst and received, 4 lost alone.
    c11: u64,
    c13: u64,
    c14: u64,
    c22: u64,
    c23: u64,
    c33: u64,
}

/// Bursts and the gaps between them: share of packets lost in them, and their mean length.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bursts {
    pub burst_density: f64,
    pub gap_density: f64,
    /// In packets.
    pub burst_length: f64,
    pub gap_length: f64,
}

impl Losses {
    /// Takes the next packet.
    pub fn put(&mut self, is_lost: bool) {
        if is_lost {
            self.lose();
        } else {
            self.received += 1;
            self.since_loss = self.since_loss.saturating_add(1);
        }
        self.last_was_lost = is_lost;
    }

    fn lose(&mut self) {
        self.lost += 1;
        self.runs += u64::from(!self.last_was_lost);
        if self.since_loss >= GMIN {
            if self.in_burst == 1 {
                self.c14 += 1;
            } else {
                self.c13 += 1;
            }
            self.in_burst = 1;
            self.c11 += u64::from(self.since_loss);
        } else {
            self.in_burst += 1;
            if self.since_loss == 0 {
                self.c33 += 1;
            } else {
                self.c23 += 1;
                self.c22 += u64::from(self.since_loss - 1);
            }
        }
        self.since_loss = 0;
    }

    /// Lost of all, 0 to 1.
    pub fn share(&self) -> f64 {
        match self.lost + self.received {
            0 => 0.0,
            all => self.lost as f64 / all as f64,
        }
    }

    /// BurstR: the mean run of losses beside what random loss of this share would have.
    pub fn burst_ratio(&self) -> f64 {
        if self.runs == 0 {
            return 1.0;
        }
        let run = self.lost as f64 / self.runs as f64;
        (run * (1.0 - self.share())).max(1.0)
    }

    /// Bursts and gaps so far.
    pub fn bursts(&self) -> Bursts {
        let [c11, c13, c14, c22, c23, c33] = [
            self.c11 + u64::from(self.since_loss),
            self.c13,
            self.c14,
            self.c22,
            self.c23,
            self.c33,
        ]
        .map(|count| count as f64);
        let (c31, c32) = (c13, c23);
        let ratio = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let p32 = ratio(c32, c31 + c32 + c33);
        let p23 = if c22 + c23 < 1.0 {
            1.0
        } else {
            1.0 - ratio(c22, c22 + c23)
        };
        let all = c11 + c14 + c13 + c22 + c23 + c31 + c32 + c33;
        let bursts = c13.max(1.0);
        Bursts {
            burst_density: if c13 > 0.0 {
                ratio(p23, p23 + p32)
            } else {
                0.0
            },
            gap_density: ratio(c14, c11 + c14),
            burst_length: (all - c11 - c14) / bursts,
            gap_length: (c11 + c14 + c13) / bursts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    fn put(pattern: &str, times: usize) -> Losses {
        let mut losses = Losses::default();
        for packet in pattern.repeat(times).chars() {
            losses.put(packet == 'x');
        }
        losses
    }

    #[test]
    fn nothing_lost_is_one_long_gap() {
        let losses = put(".", 100);
        assert_eq!(losses.burst_ratio(), 1.0);
        assert_eq!(losses.bursts().burst_density, 0.0);
        assert_eq!(losses.bursts().gap_density, 0.0);
        assert_eq!(losses.bursts().gap_length, 100.0);
    }

    #[test]
    fn random_loss_has_a_ratio_of_one_and_bursts_have_theirs() {
        let (mut random, mut dice) = (Losses::default(), Dice(1));
        for _ in 0..100_000 {
            random.put(dice.up_to(100) < 5);
        }
        assert!((random.burst_ratio() - 1.0).abs() < 0.02);
        // four in a row of each hundred: 4 · 0.96
        let lone = format!("xxxx{}", ".".repeat(96));
        assert!((put(&lone, 100).burst_ratio() - 3.84).abs() < 0.01);
    }

    #[test]
    fn losses_far_apart_belong_to_the_gaps() {
        let losses = put(&format!("x{}", ".".repeat(49)), 100);
        let found = losses.bursts();
        assert!((found.gap_density - 0.02).abs() < 0.002, "{found:?}");
        assert!(found.burst_length < 3.0, "{found:?}");
    }

    #[test]
    fn losses_close_together_are_bursts() {
        let losses = put(&format!("x.x.x.x.x{}", ".".repeat(91)), 100);
        let found = losses.bursts();
        assert!((found.burst_density - 0.5).abs() < 0.1, "{found:?}");
        assert!((found.burst_length - 9.0).abs() < 2.0, "{found:?}");
        assert!((found.gap_length - 92.0).abs() < 2.0, "{found:?}");
        assert_eq!(found.gap_density, 0.0);
    }
}
