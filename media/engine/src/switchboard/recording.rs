//! Recordings of what ports' phones say.

use super::Switchboard;
use crate::codec::Codec;
use crate::g711::Law;
use crate::rate::Rate;
use crate::recorder::Order;
use crate::wav::Coding;

impl Switchboard {
    /// Begins a recording: in the left port's law where G.711 is all that is spoken, else in 16 bits, at
    /// 16,000 Hz where somebody speaks so. A port that is gone stays silent.
    pub fn start_recording(&mut self, mut order: Order, left: u64, right: Option<u64>, now: u64) {
        let mut codec = |id| self.port(id)?.inbound.format().map(|format| format.codec);
        let codecs = [codec(left), right.and_then(codec)];
        order.rates = codecs.map(|codec| codec.map_or(Rate::Narrow, Codec::rate));
        order.coding = match codecs {
            [Some(Codec::G711(law)), None | Some(Codec::G711(_))] => Coding::G711(law),
            [None, None | Some(Codec::G711(_))] => Coding::G711(Law::A),
            _ if order.rates.contains(&Rate::Wide) => Coding::Linear(Rate::Wide),
            _ => Coding::Linear(Rate::Narrow),
        };
        let (left_tap, right_tap) = self.recordings.start(order, now);
        if let Some(port) = self.port(left) {
            port.tap(left_tap);
        }
        if let Some(port) = right.and_then(|right| self.port(right)) {
            port.tap(right_tap);
        }
    }

    /// Has a recording in stereo take one more port on its right side, once.
    pub fn add_to_recording(&mut self, recording: u64, id: u64) {
        let Some(port) = self
            .slots
            .get(&id)
            .and_then(|&slot| self.ports.get_mut(slot))
        else {
            return;
        };
        if port.taps.iter().all(|tap| tap.recording != recording) {
            if let Some(tap) = self.recordings.add(recording, port.rate()) {
                port.tap(tap);
            }
        }
    }

    /// Has a recording take nothing, or again.
    pub fn pause_recording(&mut self, recording: u64, paused: bool, now: u64) {
        self.recordings.pause(recording, paused, now);
    }

    pub fn stop_recording(&mut self, recording: u64, now: u64) {
        self.recordings.stop(recording, now);
    }

    /// Ends a recording that a bug has hit.
    pub fn fail_recording(&mut self, id: u64, error: String) {
        self.recordings.fail(id, error);
    }
}
