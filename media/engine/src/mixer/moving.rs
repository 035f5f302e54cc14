//! Voices and mixes on their way to another mixer, with their ports.

use std::collections::HashMap;

use slab::Slab;

use super::{interrupt, relay_from, Mixer, TICK};
use crate::conceal::Past;
use crate::mix::Stage;
use crate::port::{Port, Takers};

/// What a mixer knows of the ports that go. Their slots are those of the mixer that they come from.
#[derive(Debug, Default)]
pub struct Part {
    mixing: Vec<usize>,
    voices: Vec<usize>,
    /// The time of their last tick.
    ticked: u64,
}

impl Part {
    /// With the slots that they have now.
    pub fn renumbered(mut self, slots: &HashMap<usize, usize>) -> Part {
        for list in [&mut self.mixing, &mut self.voices] {
            *list = renumbered(list, slots);
        }
        self
    }
}

impl Mixer {
    /// Lets go of the ports in these slots, which are about to be taken out. Ties between who goes
    /// and who stays are cut: there is none but of a voice that is fading away.
    pub fn depart(&mut self, ports: &mut Slab<Port>, slots: &[usize]) -> Part {
        let goes = |slot: &usize| slots.contains(slot);
        for &listener in &self.mixing {
            let Some(mut mix) = ports.get_mut(listener).and_then(|port| port.mix.take()) else {
                continue;
            };
            let parted: Vec<usize> = mix
                .speakers()
                .filter(|speaker| goes(speaker) != goes(&listener))
                .collect();
            for speaker in parted {
                mix.forget(speaker);
                match mix.stage {
                    Stage::Joining { relayed, .. } if relayed == speaker => {
                        let tail = ports.get(speaker).and_then(super::latest);
                        mix.take_over(&tail.unwrap_or(Past::silent(mix.rate())));
                    }
                    Stage::Leaving { to } if to == speaker => mix.stage = Stage::Mixing,
                    _ => {}
                }
            }
            if let Some(port) = ports.get_mut(listener) {
                port.mix = Some(mix);
            }
        }
        let relayed: Vec<(usize, usize)> = ports
            .iter()
            .filter_map(|(slot, port)| Some((slot, port.speaker?)))
            .filter(|(listener, speaker)| goes(listener) != goes(speaker))
            .collect();
        for (listener, _) in relayed {
            relay_from(ports, listener, None);
            interrupt(ports, listener);
        }
        self.is_untidy = true;
        Part {
            mixing: self.mixing.extract_if(.., |slot| goes(slot)).collect(),
            voices: self.voices.extract_if(.., |slot| goes(slot)).collect(),
            ticked: self.ticked,
        }
    }

    /// Takes them over: what our ticks were ahead of theirs, they make up for.
    pub fn arrive(&mut self, ports: &mut Slab<Port>, part: Part, takers: &mut Takers, now: u64) {
        if part.mixing.is_empty() && part.voices.is_empty() {
            return;
        }
        if self.is_mixing() {
            // Theirs is not later than now; so ours is not earlier than theirs from here on.
            self.advance(ports, takers, now - now % TICK);
        }
        if !self.is_mixing() {
            self.ticked = part.ticked;
        }
        let mixing = std::mem::replace(&mut self.mixing, part.mixing);
        let voices = std::mem::replace(&mut self.voices, part.voices);
        let mut tick = part.ticked;
        while tick + TICK <= self.ticked {
            tick += TICK;
            self.tick(ports, takers, tick);
        }
        self.mixing.extend(mixing);
        self.voices.extend(voices);
        // Who was only faded away from stayed.
        self.is_untidy = true;
    }
}

/// The slots that they have now, of those that came along.
pub fn renumbered(list: &[usize], slots: &HashMap<usize, usize>) -> Vec<usize> {
    list.iter()
        .filter_map(|before| slots.get(before))
        .copied()
        .collect()
}
