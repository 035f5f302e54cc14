//! The samples of one side of a recording that are not handed on yet, as codes or in 16 bits. Pure.

use crate::g711::Law;
use crate::rate::Rate;
use crate::wav::Coding;

/// Frames of a second; a power of two. Holds the reorder window, the pieces handed on and what comes early.
pub const CAPACITY: usize = 1 << 13;

/// What was said.
#[derive(Clone, Copy, Debug)]
pub enum Spoken<'a> {
    Codes(&'a [u8], Law),
    Samples(&'a [i16], Rate),
}

impl<'a> Spoken<'a> {
    pub fn rate(self) -> Rate {
        match self {
            Spoken::Codes(..) => Rate::Narrow,
            Spoken::Samples(_, rate) => rate,
        }
    }

    pub fn count(self) -> usize {
        match self {
            Spoken::Codes(codes, _) => codes.len(),
            Spoken::Samples(samples, _) => samples.len(),
        }
    }

    /// How long it is, in frames (1/8000 s).
    pub fn frames(self) -> usize {
        self.count() / self.rate().times()
    }

    /// A stretch of it; nothing where there is none.
    pub fn part(self, from: usize, to: usize) -> Spoken<'a> {
        match self {
            Spoken::Codes(codes, law) => {
                Spoken::Codes(codes.get(from..to).unwrap_or_default(), law)
            }
            Spoken::Samples(samples, rate) => {
                Spoken::Samples(samples.get(from..to).unwrap_or_default(), rate)
            }
        }
    }
}

/// Samples as they are kept.
#[derive(Debug)]
pub enum Ring {
    Codes(Box<[u8]>, Law),
    Samples(Box<[i16]>),
}

impl Ring {
    /// Codes go into a file of codes as they are; all else are samples.
    pub fn new(coding: Coding, rate: Rate) -> Ring {
        let capacity = CAPACITY * rate.times();
        match (coding, rate) {
            (Coding::G711(law), Rate::Narrow) => {
                Ring::Codes(vec![law.silence(); capacity].into_boxed_slice(), law)
            }
            _ => Ring::Samples(vec![0; capacity].into_boxed_slice()),
        }
    }

    pub fn put(&mut self, at: usize, spoken: Spoken) {
        let end = at + spoken.count();
        match (self, spoken) {
            (Ring::Codes(ring, law), Spoken::Codes(codes, from)) => {
                if let Some(slots) = ring.get_mut(at..end) {
                    from.convert(codes, *law, slots);
                }
            }
            (Ring::Codes(ring, law), Spoken::Samples(samples, _)) => {
                for (slot, &sample) in ring.iter_mut().skip(at).zip(samples) {
                    *slot = law.encode(sample);
                }
            }
            (Ring::Samples(ring), Spoken::Codes(codes, law)) => {
                for (slot, &code) in ring.iter_mut().skip(at).zip(codes) {
                    *slot = law.decode(code);
                }
            }
            (Ring::Samples(ring), Spoken::Samples(samples, _)) => {
                if let Some(slots) = ring.get_mut(at..end) {
                    slots.copy_from_slice(samples);
                }
            }
        }
    }

    pub fn silence(&mut self, at: usize) {
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
