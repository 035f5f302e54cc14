//! What a port's phone says, as samples: there only while somebody hears it mixed.

use crate::conceal::HISTORY;
use crate::intake::Sound;
use crate::jitter::{JitterBuffer, FRAME};
use crate::noise::Noise;

/// Nanoseconds of a sample.
const SAMPLE_NS: u64 = 125_000;
/// Frames kept for listeners whose packets are longer than a frame; a power of two.
const KEPT: usize = 8;

/// One speaker among those that are mixed: decoded once, however many hear it.
#[derive(Debug)]
pub struct Voice {
    buffer: JitterBuffer,
    frames: [[i16; FRAME]; KEPT],
    ticked: u64,
    /// Of the phone's background while it sends nothing, as far as it said.
    noise: Option<Noise>,
    /// How much of the noise is heard, so that it comes and goes without a step: 0 to `FRAME`.
    noisiness: usize,
}

impl Voice {
    pub fn new(now: u64) -> Voice {
        Voice {
            buffer: JitterBuffer::new(),
            frames: [[0; FRAME]; KEPT],
            ticked: now,
            noise: None,
            noisiness: 0,
        }
    }

    /// Takes what was said, at `now`.
    pub fn put(&mut self, sound: Sound, now: u64) {
        let Sound {
            source,
            timestamp,
            samples,
            ..
        } = sound;
        if sound.is_noise {
            self.noise = Noise::like(samples);
        }
        if sound.is_fresh {
            let elapsed = self.elapsed(now);
            self.buffer.put(source, timestamp, samples, elapsed);
        } else {
            self.buffer.fill(source, timestamp, samples);
        }
    }

    /// The packet of that place is missing, but could be had from one that arrived at `now`.
    pub fn miss(&mut self, (source, timestamp): (u32, u32), now: u64) {
        let elapsed = self.elapsed(now);
        self.buffer.miss(source, timestamp, elapsed);
    }

    /// Whether what belongs there is heard at the next tick, or was to be heard before.
    pub fn is_due(&self, (source, timestamp): (u32, u32)) -> bool {
        self.buffer.is_due(source, timestamp)
    }

    /// The phone sends nothing for a while, and says what is to be heard instead.
    pub fn pause(&mut self, noise: Option<Noise>) {
        self.noise = noise;
    }

    /// The tick of that number, at `now`: the next frame.
    pub fn advance(&mut self, tick: u64, now: u64) {
        self.ticked = now;
        if let Some(frame) = self.frames.get_mut(tick as usize % KEPT) {
            self.buffer.take(frame);
        }
        self.fill_pause(tick);
    }

    /// The frame of a tick, one of the last `KEPT`.
    pub fn frame(&self, tick: u64) -> Option<&[i16; FRAME]> {
        self.frames.get(tick as usize % KEPT)
    }

    /// Whether the speaker is heard now.
    pub fn is_flowing(&self) -> bool {
        self.buffer.is_flowing()
    }

    /// The last samples that arrived.
    pub fn latest(&self) -> [i16; HISTORY] {
        self.buffer.latest()
    }

    fn elapsed(&self, now: u64) -> i64 {
        let elapsed = now.saturating_sub(self.ticked) / SAMPLE_NS;
        elapsed.min(FRAME as u64) as i64
    }

    fn fill_pause(&mut self, tick: u64) {
        let is_pause = !self.buffer.is_flowing();
        let Some(noise) = self.noise.as_mut() else {
            return;
        };
        if !is_pause && self.noisiness == 0 {
            return;
        }
        for sample in self
            .frames
            .get_mut(tick as usize % KEPT)
            .into_iter()
            .flatten()
        {
            self.noisiness = match is_pause {
                true => (self.noisiness + 1).min(FRAME),
                false => self.noisiness.saturating_sub(1),
            };
            let heard = i32::from(noise.next_sample()) * self.noisiness as i32 / FRAME as i32;
            *sample = sample.saturating_add(heard as i16);
        }
    }
}
