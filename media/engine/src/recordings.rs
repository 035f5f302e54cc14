//! The recordings under way in the audio thread, found in no time from a packet's port.

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use slab::Slab;

use crate::event::{Event, EventSender};
use crate::fault::{guarded, tripwire};
use crate::rate::Rate;
use crate::recorder::{Order, Recorder, Side};
use crate::writer::Job;

/// Hangs on a port: this recording takes what the port's phone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    pub recording: u64,
    key: usize,
    pub side: Side,
}

impl Tap {
    /// The recorders have other keys than before; whether this tap's is among them.
    pub fn renumber(&mut self, keys: &HashMap<usize, usize>) -> bool {
        let key = keys.get(&self.key);
        self.key = key.copied().unwrap_or_default();
        key.is_some()
    }
}

/// The writer knows of recordings that are over, too, and lets them be.
fn give_up(writer: &Sender<Job>, id: u64, error: String) {
    let _ = writer.send(Job::Close {
        id,
        error: Some(error),
        blank: false,
        frames: u64::MAX,
    });
}

/// All recordings, by their number and by the key in their taps.
#[derive(Debug)]
pub struct Recordings {
    recorders: Slab<Recorder>,
    keys: HashMap<u64, usize>,
    writer: Sender<Job>,
}

impl Recordings {
    pub fn new(writer: Sender<Job>) -> Recordings {
        Recordings {
            recorders: Slab::new(),
            keys: HashMap::new(),
            writer,
        }
    }

    /// Begins a recording; returns the taps for its left and right ports.
    pub fn start(&mut self, order: Order, now: u64) -> (Tap, Tap) {
        let recording = order.id;
        let recorder = Recorder::begin(order, now, self.writer.clone());
        let key = self.recorders.insert(recorder);
        self.keys.insert(recording, key);
        let tap = |side| Tap {
            recording,
            key,
            side,
        };
        (tap(Side::Left), tap(Side::Right(0)))
    }

    /// A tap for one more who speaks on the right, at that rate. `None`: the recording has ended, or has no
    /// right.
    pub fn add(&mut self, recording: u64, rate: Rate) -> Option<Tap> {
        let key = *self.keys.get(&recording)?;
        let side = self.recorders.get_mut(key)?.add(rate)?;
        Some(Tap {
            recording,
            key,
            side,
        })
    }

    /// The recorder behind a tap; `None` once its recording has ended.
    pub fn tapped(&mut self, tap: Tap) -> Option<&mut Recorder> {
        self.recorders
            .get_mut(tap.key)
            .filter(|recorder| recorder.id == tap.recording)
    }

    /// A recording takes nothing, or again; one that ended by itself is let be.
    pub fn pause(&mut self, recording: u64, paused: bool, now: u64) {
        let key = self.keys.get(&recording);
        if let Some(recorder) = key.and_then(|&key| self.recorders.get_mut(key)) {
            tripwire("pause recording");
            recorder.pause(paused, now);
        }
    }

    /// Ends a recording at `now`; one that ended by itself is let be.
    pub fn stop(&mut self, recording: u64, now: u64) {
        if let Some(key) = self.keys.remove(&recording) {
            let recorder = self.recorders.remove(key);
            tripwire("stop recording");
            recorder.finish(now);
        }
    }

    /// Ends a recording that a bug has hit, with what of it was handed on.
    pub fn fail(&mut self, recording: u64, error: String) {
        if let Some(key) = self.keys.remove(&recording) {
            self.recorders.try_remove(key);
        }
        give_up(&self.writer, recording, error);
    }

    /// Tells of silence, hands on what has settled; recordings that failed are dropped.
    pub fn advance(&mut self, now: u64, events: &EventSender) {
        let (keys, writer) = (&mut self.keys, &self.writer);
        self.recorders.retain(|_, recorder| {
            let alive = guarded(|| recorder.advance(now)).unwrap_or_else(|error| {
                give_up(writer, recorder.id, error);
                false
            });
            if !alive {
                keys.remove(&recorder.id);
            } else if recorder.falls_silent(now) {
                let recording = recorder.id;
                events.send(Event::RecordingSilent { recording });
            }
            alive
        });
    }

    /// Takes these out, each with its key; those that have ended by themselves are left out.
    pub fn depart(&mut self, recordings: &[u64]) -> Vec<(usize, Recorder)> {
        let keys = recordings.iter().filter_map(|id| self.keys.remove(id));
        let take = |key| Some((key, self.recorders.try_remove(key)?));
        keys.filter_map(take).collect()
    }

    /// Takes one in that was begun elsewhere; its key.
    pub fn arrive(&mut self, recorder: Recorder) -> usize {
        let id = recorder.id;
        let key = self.recorders.insert(recorder);
        self.keys.insert(id, key);
        key
    }

    /// Ends them all.
    pub fn stop_all(&mut self, now: u64) {
        self.keys.clear();
        for recorder in self.recorders.drain() {
            recorder.finish(now);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.recorders.is_empty()
    }
}
