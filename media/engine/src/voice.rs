//! What a port's phone says, as samples: there only while somebody hears it mixed.

use smallvec::SmallVec;

use crate::conceal::Continuation;
use crate::halfband::Converter;
use crate::intake::Sound;
use crate::jitter::JitterBuffer;
use crate::noise::Noise;
use crate::rate::{Rate, NARROW_FRAME, WIDE_FRAME};

/// Frames kept for listeners whose packets are longer than a frame; a power of two.
const KEPT: usize = 8;

/// Those of the last ticks, at one rate; at the lowest only the beginning of each is used.
type Frames = [[i16; WIDE_FRAME]; KEPT];

/// One speaker among those that are mixed: decoded once, however many hear it, and brought to the other
/// rate once, if somebody hears it whose phone has that.
#[derive(Debug)]
pub struct Voice {
    rate: Rate,
    is_anew: bool,
    buffer: JitterBuffer,
    frames: Frames,
    converted: Option<Box<Converted>>,
    /// The last tick's number and time.
    tick: u64,
    ticked: u64,
    /// Of the phone's background while it sends nothing, as far as it said.
    noise: Option<Noise>,
    /// How much of the noise is heard, so that it comes and goes without a step: 0 to a frame.
    noisiness: usize,
    /// The slots of those in whose mix it is, no one twice; of some, too, in whose it is no longer.
    pub listeners: SmallVec<[usize; 2]>,
}

/// The same at the other rate.
#[derive(Debug)]
struct Converted {
    converter: Converter,
    frames: Frames,
}

impl Voice {
    pub fn new(rate: Rate, now: u64) -> Voice {
        Voice {
            rate,
            is_anew: false,
            buffer: JitterBuffer::new(rate),
            frames: [[0; WIDE_FRAME]; KEPT],
            converted: None,
            tick: 0,
            ticked: now,
            noise: None,
            noisiness: 0,
            listeners: SmallVec::new(),
        }
    }

    /// The rate at which its phone speaks.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The phone speaks at another rate from now on. What it said so far fades away, but its frames may not
    /// quite follow those before.
    pub fn change(&mut self, rate: Rate) {
        if rate == self.rate {
            return;
        }
        self.have(rate);
        let past = self.buffer.heard().at(rate);
        let frames = self.converted.take().map(|converted| converted.frames);
        *self = Voice {
            is_anew: true,
            buffer: JitterBuffer::after(Continuation::of(&past), rate),
            frames: frames.unwrap_or(self.frames),
            tick: self.tick,
            listeners: std::mem::take(&mut self.listeners),
            ..Voice::new(rate, self.ticked)
        };
    }

    /// It is in the mix of that listener.
    pub fn add_listener(&mut self, slot: usize) {
        if !self.listeners.contains(&slot) {
            self.listeners.push(slot);
        }
    }

    /// Whether its rate has changed; said once.
    pub fn is_anew(&mut self) -> bool {
        std::mem::take(&mut self.is_anew)
    }

    /// Somebody hears it at this rate: from the next tick on, and what is kept of the last ones.
    pub fn have(&mut self, rate: Rate) {
        if self.converted.is_some() {
            return;
        }
        if let Some(converter) = Converter::between(self.rate, rate) {
            let mut converted = Box::new(Converted {
                converter,
                frames: [[0; WIDE_FRAME]; KEPT],
            });
            for tick in self.tick + 1..=self.tick + KEPT as u64 {
                converted.convert(self.rate, &self.frames, tick);
            }
            self.converted = Some(converted);
        }
    }

    /// Nobody hears it at another rate than its own any more.
    pub fn have_only_own(&mut self) {
        self.converted = None;
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
        (self.tick, self.ticked) = (tick, now);
        if let Some(frame) = frame_of(&mut self.frames, tick, self.rate) {
            self.buffer.take(frame);
        }
        self.fill_pause(tick);
        if let Some(converted) = &mut self.converted {
            converted.convert(self.rate, &self.frames, tick);
        }
    }

    /// The frame of a tick, one of the last `KEPT`, at a rate; `None` if nobody was to hear it at that.
    pub fn frame(&self, tick: u64, rate: Rate) -> Option<&[i16]> {
        let frames = match &self.converted {
            _ if rate == self.rate => &self.frames,
            Some(converted) => &converted.frames,
            None => return None,
        };
        frames.get(tick as usize % KEPT)?.get(..rate.frame())
    }

    /// Whether the speaker is heard now.
    pub fn is_flowing(&self) -> bool {
        self.buffer.is_flowing()
    }

    /// The last samples that arrived.
    pub fn latest(&self) -> crate::conceal::Past {
        self.buffer.latest()
    }

    fn elapsed(&self, now: u64) -> i64 {
        let elapsed = now.saturating_sub(self.ticked) / self.rate.sample_ns();
        elapsed.min(self.rate.frame() as u64) as i64
    }

    fn fill_pause(&mut self, tick: u64) {
        let is_pause = !self.buffer.is_flowing();
        let Some(noise) = self.noise.as_mut() else {
            return;
        };
        if !is_pause && self.noisiness == 0 {
            return;
        }
        let length = self.rate.frame();
        let frame = frame_of(&mut self.frames, tick, self.rate);
        for sample in frame.into_iter().flatten() {
            self.noisiness = match is_pause {
                true => (self.noisiness + 1).min(length),
                false => self.noisiness.saturating_sub(1),
            };
            let heard = i32::from(noise.next_sample()) * self.noisiness as i32 / length as i32;
            *sample = sample.saturating_add(heard as i16);
        }
    }
}

impl Converted {
    /// The frame of that tick, of those at `rate`.
    fn convert(&mut self, rate: Rate, frames: &Frames, tick: u64) {
        let at = tick as usize % KEPT;
        let length = match rate {
            Rate::Narrow => WIDE_FRAME,
            Rate::Wide => NARROW_FRAME,
        };
        let from = frames.get(at).and_then(|frame| frame.get(..rate.frame()));
        let to = self.frames.get_mut(at);
        if let (Some(from), Some(to)) = (from, to.and_then(|frame| frame.get_mut(..length))) {
            self.converter.convert(from, to);
        }
    }
}

fn frame_of(frames: &mut Frames, tick: u64, rate: Rate) -> Option<&mut [i16]> {
    frames
        .get_mut(tick as usize % KEPT)?
        .get_mut(..rate.frame())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{largest_kink, share_at, sine_at};

    const RATES: [(Rate, Rate); 2] = [(Rate::Narrow, Rate::Wide), (Rate::Wide, Rate::Narrow)];
    const TICK_NS: u64 = 10_000_000;

    /// Says a tone for so many ticks, and notes what is heard at these rates.
    fn say(voice: &mut Voice, ticks: std::ops::Range<u64>, heard: &mut [(Rate, Vec<i16>)]) {
        for tick in ticks {
            let rate = voice.rate();
            let (length, now) = (rate.frame(), tick * TICK_NS);
            let from = tick as usize * length;
            let samples = sine_at(rate, 500.0, 8000.0, from, length);
            let sound = Sound {
                rate,
                ..Sound::fresh(rate as u32, from as u32, &samples)
            };
            voice.put(sound, now);
            voice.advance(tick, now);
            for (rate, heard) in heard.iter_mut() {
                heard.extend(voice.frame(tick, *rate).unwrap());
            }
        }
    }

    #[test]
    fn it_is_heard_at_both_rates_as_soon_as_somebody_asks() {
        for (own, other) in RATES {
            let mut voice = Voice::new(own, 0);
            let mut heard = [(own, Vec::new())];
            say(&mut voice, 1..21, &mut heard);
            assert_eq!(voice.frame(20, other), None);
            voice.have(other);
            let mut heard = [(own, Vec::new()), (other, Vec::new())];
            for tick in 14..21 {
                for (rate, heard) in &mut heard {
                    heard.extend(voice.frame(tick, *rate).unwrap());
                }
            }
            say(&mut voice, 21..41, &mut heard);
            for (rate, heard) in &heard {
                assert!(share_at(*rate, heard, 500.0) > 0.99, "{own:?} at {rate:?}");
                assert!(largest_kink(heard) < 700, "{}", largest_kink(heard));
            }
            voice.have_only_own();
            assert_eq!(voice.frame(40, other), None);
        }
    }

    #[test]
    fn a_phone_of_another_rate_goes_on() {
        for (before, after) in RATES {
            let mut voice = Voice::new(before, 0);
            let listener = Rate::Wide;
            voice.have(listener);
            let mut heard = [(listener, Vec::new())];
            say(&mut voice, 1..41, &mut heard);
            voice.change(after);
            voice.have(listener);
            assert_eq!(voice.rate(), after);
            say(&mut voice, 41..81, &mut heard);
            assert!(voice.is_anew() && !voice.is_anew());
            let kink = largest_kink(&heard[0].1[6720..]);
            assert!(kink < 1500, "{before:?} to {after:?}: {kink}");
            assert!(share_at(listener, &heard[0].1[8000..], 500.0) > 0.95);
        }
    }
}
