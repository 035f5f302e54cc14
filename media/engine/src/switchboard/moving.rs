//! Ports that hear one another, and their recordings, on their way to another switchboard.
//!
//! They go as they are, with the socket, the stream, the keys, the jitter buffers and the fades of
//! each, so no phone can tell. Only slots are other ones over there. What comes meanwhile waits in
//! the sockets.

use std::collections::HashMap;

use super::{Playing, Switchboard};
use crate::fault::tripwire;
use crate::mixer::Part;
use crate::port::{Port, Takers};
use crate::recorder::Recorder;

/// Who is on the way.
#[derive(Debug)]
pub struct Company {
    /// Each with the slot that it had.
    ports: Vec<(usize, Port)>,
    playing: Vec<Playing>,
    mixed: Part,
    /// Each with the key that it had.
    recorders: Vec<(usize, Recorder)>,
}

impl Company {
    /// The ports and the recordings.
    pub fn members(&self) -> (Vec<u64>, Vec<u64>) {
        let ports = self.ports.iter().map(|(_, port)| port.id).collect();
        let recordings = self.recorders.iter().map(|(_, recorder)| recorder.id);
        (ports, recordings.collect())
    }
}

impl Switchboard {
    /// Takes these out; those that are gone by now are left out. The caller has let go of their
    /// sockets. Who stays hears nothing more of who goes.
    pub fn depart(&mut self, ports: &[u64], recordings: &[u64]) -> Company {
        let slots: Vec<usize> = ports
            .iter()
            .filter_map(|id| self.slots.get(id).copied())
            .collect();
        let mixed = self.mixer.depart(&mut self.ports, &slots);
        let leaves = |playing: &Playing| slots.contains(&playing.slot);
        let playing = self.playing.iter().copied().filter(leaves).collect();
        // Nobody is to find another port under these numbers, should what follows fail.
        self.slots.retain(|_, slot| !slots.contains(slot));
        self.playing.retain(|playing| !leaves(playing));
        let take = |&slot: &usize| Some((slot, self.ports.try_remove(slot)?));
        let ports = slots.iter().filter_map(take).collect();
        tripwire("depart");
        Company {
            ports,
            playing,
            mixed,
            recorders: self.recordings.depart(recordings),
        }
    }

    /// Takes them in at `now`; their slots.
    pub fn arrive(&mut self, company: Company, now: u64) -> Vec<usize> {
        tripwire("arrive");
        let mut keys = HashMap::new();
        for (before, recorder) in company.recorders {
            keys.insert(before, self.recordings.arrive(recorder));
        }
        let mut slots = HashMap::new();
        for (before, mut port) in company.ports {
            port.taps.retain_mut(|tap| tap.renumber(&keys));
            slots.insert(before, self.open(port));
        }
        for slot in slots.values() {
            if let Some(port) = self.ports.get_mut(*slot) {
                port.renumber(&slots);
            }
        }
        self.playing
            .extend(company.playing.iter().filter_map(|playing| {
                let slot = *slots.get(&playing.slot)?;
                Some(Playing { slot, ..*playing })
            }));
        let mut takers = Takers {
            recordings: &mut self.recordings,
            events: &self.events,
        };
        let mixed = company.mixed.renumbered(&slots);
        self.mixer.arrive(&mut self.ports, mixed, &mut takers, now);
        slots.into_values().collect()
    }
}
