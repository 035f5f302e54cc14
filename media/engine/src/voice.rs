//! What a port's phone says, as samples: there only while somebody hears it mixed.

use crate::conceal::HISTORY;
use crate::jitter::{JitterBuffer, FRAME};

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
}

impl Voice {
    pub fn new(now: u64) -> Voice {
        Voice {
            buffer: JitterBuffer::new(),
            frames: [[0; FRAME]; KEPT],
            ticked: now,
        }
    }

    /// Takes an audio packet that arrived at `now`.
    pub fn put(&mut self, source: u32, timestamp: u32, samples: &[i16], now: u64) {
        let elapsed = now.saturating_sub(self.ticked) / SAMPLE_NS;
        let elapsed = elapsed.min(FRAME as u64) as i64;
        self.buffer.put(source, timestamp, samples, elapsed);
    }

    /// The tick of that number, at `now`: the next frame.
    pub fn advance(&mut self, tick: u64, now: u64) {
        self.ticked = now;
        if let Some(frame) = self.frames.get_mut(tick as usize % KEPT) {
            self.buffer.take(frame);
        }
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
}
