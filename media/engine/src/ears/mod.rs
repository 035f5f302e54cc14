//! What is listened for in what one phone says. Each ear is pure and alone; `Ears` gives all that a
//! port was asked for the same sound. A port with none decodes and computes nothing.
//!
//! ```text
//! packets ─▶ feed ─┬─▶ keys                      (in-band DTMF)
//!                  ├─▶ activity                  (a voice starts, stops)
//!                  └─▶ spectrum ─▶ cadence ─┬─▶ progress   (ring-back, busy … before an answer)
//!                                           └─▶ machine    (who answered, the beep)
//! ```

pub mod activity;
pub mod cadence;
pub mod feed;
pub mod keys;
pub mod machine;
pub mod progress;
pub mod sign;
pub mod spectrum;

use crate::codec::{Codec, Decoder, MAX_SAMPLES};
use crate::dtmf::Digit;
use crate::event::Event;
use crate::halfband::Halver;
use crate::intake::Sound;
use crate::rate::Rate;
use activity::{Activity, Change, VoiceEar};
use cadence::Cadence;
use feed::Feed;
use keys::KeyEar;
use machine::MachineEar;
use progress::ProgressEar;
use sign::{Heard, Sign};
use spectrum::{Analyser, Spectrum};

/// What a port may be asked to listen for, beside keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub progress: bool,
    pub machine: bool,
    pub voice: bool,
}

impl Wanted {
    /// By names; `Err` is one that is none.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Wanted, &'a str> {
        let mut wanted = Wanted::default();
        for name in names {
            match name {
                "progress" => wanted.progress = true,
                "machine" => wanted.machine = true,
                "voice" => wanted.voice = true,
                _ => return Err(name),
            }
        }
        Ok(wanted)
    }
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Digit(Digit),
    Heard(Heard),
}

impl Told {
    pub fn event(self, port: u64) -> Event {
        match self {
            Told::Digit(digit) => Event::Digit { port, digit },
            Told::Heard(heard) => Event::Heard { port, heard },
        }
    }
}

/// The ears of one port.
#[derive(Debug)]
pub struct Ears {
    /// They hear what a telephone line carries.
    halver: Halver,
    feed: Feed,
    all: All,
}

#[derive(Debug, Default)]
struct All {
    keys: Option<KeyEar>,
    frames: Option<Box<Frames>>,
}

/// The ears that hear frames.
#[derive(Debug)]
struct Frames {
    wanted: Wanted,
    analyser: Analyser,
    activity: Activity,
    cadence: Cadence,
    progress: ProgressEar,
    machine: MachineEar,
    voice: VoiceEar,
}

impl Ears {
    pub fn new(now: u64) -> Ears {
        Ears {
            halver: Halver::default(),
            feed: Feed::new(now),
            all: All::default(),
        }
    }

    /// Listens for keys, or no longer.
    pub fn want_keys(&mut self, wanted: bool) {
        if self.all.keys.is_some() != wanted {
            self.all.keys = wanted.then(KeyEar::new);
        }
    }

    /// Listens for these from now on, anew, and for nothing else but keys.
    pub fn want(&mut self, wanted: Wanted) {
        self.all.frames = (wanted != Wanted::default()).then(|| Box::new(Frames::new(wanted)));
    }

    /// Whether nothing is listened for.
    pub fn are_idle(&self) -> bool {
        self.all.keys.is_none() && self.all.frames.is_none()
    }

    /// Takes a packet's samples; tells what was heard.
    pub fn put(&mut self, sound: Sound, now: u64, mut tell: impl FnMut(Told)) {
        let mut halved = [0; MAX_SAMPLES / 2];
        let (timestamp, samples) = match sound.rate {
            Rate::Narrow => (sound.timestamp, sound.samples),
            Rate::Wide => {
                let halved = halved.get_mut(..sound.samples.len() / 2);
                let halved = halved.unwrap_or_default();
                self.halver.halve(sound.samples, halved);
                (sound.timestamp / 2, &*halved)
            }
        };
        let all = &mut self.all;
        self.feed
            .put(sound.source, timestamp, samples, now, |piece| {
                all.hear(piece, &mut tell);
            });
    }

    /// Who sends nothing is silent: what was heard last may be over.
    pub fn advance(&mut self, now: u64, mut tell: impl FnMut(Told)) {
        let all = &mut self.all;
        self.feed.advance(now, |piece| all.hear(piece, &mut tell));
    }
}

impl All {
    fn hear(&mut self, piece: &[i16], tell: &mut impl FnMut(Told)) {
        if let Some(keys) = &mut self.keys {
            keys.hear(piece, |digit| tell(Told::Digit(digit)));
        }
        if let Some(frames) = &mut self.frames {
            frames.hear(piece, tell);
        }
    }
}

impl Frames {
    fn new(wanted: Wanted) -> Frames {
        Frames {
            wanted,
            analyser: Analyser::new(),
            activity: Activity::new(),
            cadence: Cadence::new(),
            progress: ProgressEar::new(),
            machine: MachineEar::default(),
            voice: VoiceEar::default(),
        }
    }

    fn hear(&mut self, piece: &[i16], tell: &mut impl FnMut(Told)) {
        if self.wanted.voice {
            if let Some(heard) = self.hear_voice(piece) {
                tell(Told::Heard(heard));
            }
        }
        if !self.wanted.progress && !self.wanted.machine {
            return;
        }
        let mut analyser = std::mem::take(&mut self.analyser);
        analyser.hear(piece, |frame| {
            for heard in self.hear_frame(&frame).into_iter().flatten() {
                tell(Told::Heard(heard));
            }
        });
        self.analyser = analyser;
    }

    fn hear_voice(&mut self, piece: &[i16]) -> Option<Heard> {
        let power: f32 = piece.iter().map(|&sample| f32::from(sample).powi(2)).sum();
        let count = piece.len() as u32;
        let change = self.voice.hear(power / count.max(1) as f32, count)?;
        let sign = match change {
            Change::Started => Sign::VoiceStarted,
            Change::Stopped => Sign::VoiceStopped,
        };
        Some(Heard::new(sign, 90))
    }

    fn hear_frame(&mut self, frame: &Spectrum) -> [Option<Heard>; 3] {
        let is_sound = self.activity.is_sound(frame.level, spectrum::FRAME as u32);
        let heard = self.cadence.hear(frame);
        let progress = match self.wanted.progress {
            true => self.progress.hear(frame, heard, is_sound),
            false => None,
        };
        let [said, beep] = match self.wanted.machine {
            true => self.machine.hear(heard, is_sound),
            false => [None, None],
        };
        [progress, said, beep]
    }
}

/// What all ears hear in packets that come in time, `None` where one is lost: each event with the
/// milliseconds of sound until then. Its port is 0.
pub fn listen(payloads: &[Option<Vec<u8>>], codec: Codec, wanted: Wanted) -> Vec<(u64, Event)> {
    let mut ears = Ears::new(0);
    ears.want_keys(true);
    ears.want(wanted);
    let mut decoder = Decoder::new(codec);
    let (mut timestamp, mut length) = (0u32, 0);
    let mut events = Vec::new();
    for payload in payloads {
        let mut samples = [0; MAX_SAMPLES];
        let samples = match payload {
            Some(payload) => decoder.decode(payload, &mut samples),
            None => &[],
        };
        if !samples.is_empty() {
            length = samples.len() as u32;
        }
        let now_ms = u64::from((timestamp + length) / codec.samples_per_ms());
        if !samples.is_empty() {
            let sound = Sound {
                rate: codec.rate(),
                ..Sound::fresh(0, timestamp, samples)
            };
            ears.put(sound, now_ms * 1_000_000, |told| {
                events.push((now_ms, told.event(0)));
            });
        }
        timestamp += length;
    }
    events
}
