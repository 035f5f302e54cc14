//! How many samples a second a voice has.

/// Samples of 10 ms, at the lowest and at the highest rate.
pub const NARROW_FRAME: usize = 80;
pub const WIDE_FRAME: usize = NARROW_FRAME * Rate::MOST;

/// Nanoseconds of a sample at the lowest rate.
const NARROW_SAMPLE_NS: u64 = 125_000;

/// The rates at which voices are decoded, mixed and recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rate {
    /// 8000 Hz: what a telephone line carries, up to 4 kHz.
    #[default]
    Narrow,
    /// 16,000 Hz: up to 8 kHz.
    Wide,
}

impl Rate {
    /// The highest, in multiples of the lowest.
    pub const MOST: usize = 2;

    /// In multiples of the lowest.
    pub const fn times(self) -> usize {
        match self {
            Rate::Narrow => 1,
            Rate::Wide => Rate::MOST,
        }
    }

    pub const fn hz(self) -> u32 {
        8000 * self.times() as u32
    }

    /// Samples of 10 ms.
    pub const fn frame(self) -> usize {
        NARROW_FRAME * self.times()
    }

    pub const fn sample_ns(self) -> u64 {
        NARROW_SAMPLE_NS / self.times() as u64
    }
}
