//! Comfort noise (RFC 3389): the background of a phone that sends nothing while nobody speaks. Pure.

/// RMS of 0 dBov, the loudest that there can be.
const FULL: f32 = 32_768.0;
/// A level beyond is nothing that can be heard.
const SILENT: u8 = 90;
/// Rooms hum rather than hiss: of each sample so much is kept for the next.
const DULLNESS: f32 = 0.6;

/// Noise of one loudness.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    peak: f32,
    state: u32,
    before: f32,
}

impl Noise {
    /// By a payload: its first byte is the level in -dBov; a spectrum, if there is one, is not followed.
    pub fn described(payload: &[u8]) -> Option<Noise> {
        let level = payload.first().map(|first| first & 0x7f)?;
        (level < SILENT).then(|| Noise::of(FULL * 10f32.powf(-f32::from(level) / 20.0)))
    }

    /// As loud as these samples.
    pub fn like(samples: &[i16]) -> Option<Noise> {
        let power: f32 = samples.iter().map(|&s| f32::from(s) * f32::from(s)).sum();
        let rms = (power / samples.len().max(1) as f32).sqrt();
        (rms >= 1.0).then(|| Noise::of(rms))
    }

    fn of(rms: f32) -> Noise {
        // A uniform distribution up to its peak has an RMS of its 1/√3; the filter takes its part.
        let kept = (1.0 - DULLNESS) / (1.0 - DULLNESS * DULLNESS).sqrt();
        Noise {
            peak: rms * 3f32.sqrt() / kept,
            state: 0x9e37_79b9,
            before: 0.0,
        }
    }

    pub fn next_sample(&mut self) -> i16 {
        // Marsaglia's xorshift: the ear asks for no better.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        let chance = self.state as f32 / u32::MAX as f32 * 2.0 - 1.0;
        self.before = self.before * DULLNESS + chance * self.peak * (1.0 - DULLNESS);
        self.before as i16
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn loudness(noise: &mut Noise) -> f32 {
        let power: f32 = (0..8000)
            .map(|_| f32::from(noise.next_sample()).powi(2))
            .sum();
        20.0 * ((power / 8000.0).sqrt() / FULL).log10()
    }

    #[test]
    fn it_is_as_loud_as_was_said() {
        for level in [30u8, 45, 60] {
            let heard = loudness(&mut Noise::described(&[level, 77, 3]).unwrap());
            assert!((heard + f32::from(level)).abs() < 1.0, "{level}: {heard}");
        }
        assert!(Noise::described(&[127]).is_none() && Noise::described(&[]).is_none());
    }

    #[test]
    fn it_is_as_loud_as_what_was_heard() {
        let heard = loudness(&mut Noise::like(&[103, -103, 103, -103]).unwrap());
        assert!((heard + 50.0).abs() < 1.0, "{heard}");
        assert!(Noise::like(&[0; 160]).is_none() && Noise::like(&[]).is_none());
    }
}
