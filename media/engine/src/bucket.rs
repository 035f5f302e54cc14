//! A token bucket: so many at once, so many a second. Pure; time is passed in.

const NS_PER_S: u64 = 1_000_000_000;

/// Bounds what a stranger can have done.
#[derive(Debug)]
pub struct Bucket {
    capacity: u64,
    /// Nanoseconds until one more is allowed.
    interval: u64,
    /// In nanoseconds of waiting.
    filled: u64,
    at: u64,
}

impl Bucket {
    /// `burst` at once, `rate` a second.
    pub fn new(burst: u32, rate: u32, now: u64) -> Bucket {
        let interval = NS_PER_S / u64::from(rate.max(1));
        let capacity = u64::from(burst) * interval;
        Bucket {
            capacity,
            interval,
            filled: capacity,
            at: now,
        }
    }

    /// Whether one more is allowed; then it is taken.
    pub fn take(&mut self, now: u64) -> bool {
        let waited = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        self.filled = self.filled.saturating_add(waited).min(self.capacity);
        match self.filled.checked_sub(self.interval) {
            Some(left) => {
                self.filled = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_so_many_a_second() {
        let mut bucket = Bucket::new(3, 2, 0);
        let mut taken = |now| (0..10).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(0), 3);
        assert_eq!(taken(NS_PER_S / 4), 0);
        assert_eq!(taken(NS_PER_S / 2), 1);
        assert_eq!(taken(NS_PER_S * 3 / 2), 2);
        assert_eq!(taken(NS_PER_S * 100), 3);
        assert_eq!(taken(0), 0, "a clock that goes back gives nothing");
    }
}
