//! G.711: the two laws, to and from 16-bit samples, and from one to the other.

/// Which of the two laws of ITU-T G.711 a stream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// A-law, PCMA.
    A,
    /// µ-law, PCMU.
    Mu,
}

impl Law {
    /// The code of digital silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::A => 0xd5,
            Law::Mu => 0xff,
        }
    }

    /// The code of one 16-bit sample.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Law::A => encode_a(sample),
            Law::Mu => encode_mu(sample),
        }
    }

    /// The 16-bit sample that a code stands for.
    pub const fn decode(self, code: u8) -> i16 {
        match self {
            Law::A => decode_a(code),
            Law::Mu => decode_mu(code),
        }
    }

    /// The table that turns this law's codes into the other's.
    pub fn to_other(self) -> &'static [u8; 256] {
        match self {
            Law::A => &A_TO_MU,
            Law::Mu => &MU_TO_A,
        }
    }

    /// The samples that this law's codes stand for.
    pub fn samples(self) -> &'static [i16; 256] {
        match self {
            Law::A => &A_SAMPLES,
            Law::Mu => &MU_SAMPLES,
        }
    }

    /// Copies codes of this law into `out` as codes of law `to`; as many as both slices hold.
    pub fn convert(self, codes: &[u8], to: Law, out: &mut [u8]) {
        let length = codes.len().min(out.len());
        let (Some(codes), Some(out)) = (codes.get(..length), out.get_mut(..length)) else {
            return;
        };
        if self == to {
            out.copy_from_slice(codes);
        } else {
            let table = self.to_other();
            for (slot, &code) in out.iter_mut().zip(codes) {
                *slot = look_up(table, code);
            }
        }
    }
}

/// A byte always lies within a table of 256; the compiler knows it too and checks nothing.
#[allow(clippy::indexing_slicing)]
pub fn look_up(table: &[u8; 256], code: u8) -> u8 {
    table[code as usize]
}

/// The sample of a code in a table of `Law::samples`.
#[allow(clippy::indexing_slicing)]
pub fn look_up_sample(table: &[i16; 256], code: u8) -> i16 {
    table[code as usize]
}

static A_SAMPLES: [i16; 256] = decoded(Law::A);
static MU_SAMPLES: [i16; 256] = decoded(Law::Mu);

#[allow(clippy::indexing_slicing)] // as `translation`
const fn decoded(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = law.decode(code as u8);
        code += 1;
    }
    table
}

static A_TO_MU: [u8; 256] = translation(Law::A, Law::Mu);
static MU_TO_A: [u8; 256] = translation(Law::Mu, Law::A);

#[allow(clippy::indexing_slicing)] // const evaluation: a wrong index would not compile
const fn translation(from: Law, to: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = to.encode(from.decode(code as u8));
        code += 1;
    }
    table
}

/// ITU-T G.711 table 1, in the manner of G.191: ones' complement of negatives, 12-bit magnitude.
const fn encode_a(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let magnitude = (if sample < 0 { !sample } else { sample } as u16) >> 4;
    let bits = 16 - magnitude.leading_zeros();
    let segment = bits.saturating_sub(4);
    // Segments 0 and 1 share one step size, hence one shift less than the segment's number.
    let mantissa = magnitude >> segment.saturating_sub(1) & 0x0f;
    (sign | (segment as u8) << 4 | mantissa as u8) ^ 0x55
}

const fn decode_a(code: u8) -> i16 {
    let plain = code ^ 0x55;
    let segment = plain >> 4 & 7;
    let step = ((plain & 0x0f) as i16) << 4 | 8;
    let magnitude = if segment == 0 {
        step
    } else {
        (step + 0x100) << (segment - 1)
    };
    if plain & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

const MU_BIAS: u16 = 33;
const MU_CLIP: u16 = 8158;

/// ITU-T G.711 table 2: 13-bit magnitude plus bias; all bits inverted on the wire.
const fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let linear = (if sample < 0 { !sample } else { sample } as u16) >> 2;
    let biased = if linear > MU_CLIP { MU_CLIP } else { linear } + MU_BIAS;
    let segment = 10 - biased.leading_zeros(); // the bias keeps bit 5 or one above it set
    let mantissa = biased >> (segment + 1) & 0x0f;
    !(sign | (segment as u8) << 4 | mantissa as u8)
}

const fn decode_mu(code: u8) -> i16 {
    let plain = !code;
    let segment = plain >> 4 & 7;
    let magnitude = (((2 * (plain & 0x0f) as u16 + MU_BIAS) << segment) - MU_BIAS) as i16 * 4;
    if plain & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // sample, µ-law, A-law
        let rows = [
            (0, 0xff, 0xd5),
            (-1, 0x7f, 0x55),
            (i16::MAX, 0x80, 0xaa),
            (i16::MIN, 0x00, 0x2a),
            (8, 0xfe, 0xd5),
            (16, 0xfd, 0xd4),
            (1000, 0xce, 0xfa),
        ];
        for (sample, mu, a) in rows {
            assert_eq!(Law::Mu.encode(sample), mu, "µ-law of {sample}");
            assert_eq!(Law::A.encode(sample), a, "A-law of {sample}");
        }
    }

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        for code in 0..=255 {
            assert_eq!(Law::A.encode(Law::A.decode(code)), code);
            if code != 0x7f {
                // µ-law's negative zero decodes to plain zero
                assert_eq!(Law::Mu.encode(Law::Mu.decode(code)), code);
            }
        }
    }

    #[test]
    fn quantisation_error_stays_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            for law in [Law::A, Law::Mu] {
                let error = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                let allowed = ((i32::from(sample).abs() + 132) / 32).max(8) + 1;
                // beyond µ-law's clip level there is no nearer code
                assert!(
                    error <= allowed || sample.unsigned_abs() > 32_124,
                    "{law:?} {sample}"
                );
            }
        }
    }

    #[test]
    fn conversion_keeps_silence_and_loudness() {
        let mut out = [0; 2];
        Law::A.convert(
            &[Law::A.silence(), Law::A.encode(20_000)],
            Law::Mu,
            &mut out,
        );
        assert!(Law::Mu.decode(out[0]).abs() <= 8);
        assert!((i32::from(Law::Mu.decode(out[1])) - 20_000).abs() < 1200);
        Law::Mu.convert(&[1, 2], Law::Mu, &mut out);
        assert_eq!(out, [1, 2]);
    }

    #[test]
    fn conversion_takes_as_much_as_both_slices_hold() {
        let mut out = [0; 1];
        Law::Mu.convert(&[Law::Mu.silence(); 5], Law::A, &mut out);
        assert_eq!(out, [Law::A.silence()]);
    }
}
