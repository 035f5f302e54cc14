//! Whether somebody speaks, from nothing but how loud it is. Pure.
//!
//! A frame is sound when it stands out from the noise of the line: from the quietest there was
//! within the last second and a half, in which anybody who speaks has paused for a moment. Below
//! -45 dBm0 nothing is sound, and above -30 dBm0 everything: no line is so noisy.

/// Mean squares of 16-bit samples at −45 and −30 dBm0. Full scale is +3.14 dBm0 in A-law and +3.17
/// in µ-law (ITU-T G.711 §4). Speech lies above −35 dBm0, lines' noise below −50.
pub const FAINT: f32 = 8_180.0;
const LOUD: f32 = 258_700.0;
/// By how much sound stands out: 8 dB.
const CLEAR: f32 = 6.3;

const SAMPLES_PER_MS: u32 = 8;
/// The quietest of each 400 ms is kept, four times.
const SPAN: u32 = 400 * SAMPLES_PER_MS;
const SPANS: usize = 4;

/// A burst shorter than this is no voice: a click, the echo of a beep.
const ONSET: u32 = 100 * SAMPLES_PER_MS;
/// Silence up to this is a pause between words.
const PAUSE: u32 = 500 * SAMPLES_PER_MS;

/// The noise of a line.
#[derive(Debug)]
pub struct Activity {
    quietest: [f32; SPANS],
    /// Samples of the span at hand.
    spent: u32,
}

impl Activity {
    pub fn new() -> Activity {
        Activity {
            quietest: [f32::INFINITY; SPANS],
            spent: 0,
        }
    }

    /// Whether a piece of this mean square is sound.
    pub fn is_sound(&mut self, power: f32, samples: u32) -> bool {
        self.spent += samples;
        if self.spent >= SPAN {
            self.spent = 0;
            self.quietest.rotate_right(1);
            self.quietest[0] = f32::INFINITY;
        }
        self.quietest[0] = self.quietest[0].min(power);
        power > (self.floor() * CLEAR).clamp(FAINT, LOUD)
    }

    fn floor(&self) -> f32 {
        self.quietest.iter().copied().fold(f32::INFINITY, f32::min)
    }
}

impl Default for Activity {
    fn default() -> Activity {
        Activity::new()
    }
}

/// A change in what a speaker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Started,
    Stopped,
}

/// Tells when a voice starts and stops.
#[derive(Debug, Default)]
pub struct VoiceEar {
    activity: Activity,
    is_speaking: bool,
    /// Samples of sound of late; of silence since the last.
    sound: u32,
    silence: u32,
}

impl VoiceEar {
    /// Takes a piece's mean square; tells what has changed.
    pub fn hear(&mut self, power: f32, samples: u32) -> Option<Change> {
        if self.activity.is_sound(power, samples) {
            self.sound += samples;
            self.silence = 0;
        } else {
            self.silence += samples;
            if self.silence >= ONSET {
                self.sound = 0;
            }
        }
        if !self.is_speaking && self.sound >= ONSET {
            self.is_speaking = true;
            return Some(Change::Started);
        }
        if self.is_speaking && self.silence >= PAUSE {
            self.is_speaking = false;
            return Some(Change::Stopped);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean square at a level in dBm0.
    fn at(dbm0: f32) -> f32 {
        8_180.0 * 10f32.powf((dbm0 + 45.0) / 10.0)
    }

    /// Milliseconds at levels, in frames of 20 ms: when something changed.
    fn changes(sound: &[(u32, f32)]) -> Vec<(u32, Change)> {
        let mut ear = VoiceEar::default();
        let mut now = 0;
        let mut changes = Vec::new();
        for &(ms, dbm0) in sound {
            for _ in 0..ms / 20 {
                now += 20;
                changes.extend(ear.hear(at(dbm0), 160).map(|change| (now, change)));
            }
        }
        changes
    }

    #[test]
    fn a_voice_starts_within_a_tenth_of_a_second_and_stops_after_half_a_second() {
        use Change::{Started, Stopped};
        let talk = [
            (400, -60.0),
            (700, -20.0),
            (300, -60.0),
            (500, -25.0),
            (900, -60.0),
        ];
        assert_eq!(changes(&talk), [(500, Started), (2400, Stopped)]);
    }

    #[test]
    fn neither_clicks_nor_noise_are_a_voice() {
        assert_eq!(changes(&[(500, -60.0), (60, -10.0), (500, -60.0)]), []);
        assert_eq!(changes(&[(9000, -38.0)]), []);
        assert_eq!(changes(&[(9000, -46.0)]), []);
    }

    #[test]
    fn a_voice_stands_out_from_noise_and_a_loud_tone_is_always_sound() {
        let noisy = [(600, -40.0), (600, -28.0), (800, -40.0)];
        assert_eq!(changes(&noisy).len(), 2);
        let tone: Vec<_> = changes(&[(20_000, -16.0)]);
        assert_eq!(tone, [(100, Change::Started)]);
    }
}
