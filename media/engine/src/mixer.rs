//! Who hears whom, on all ports: relay where it is enough, mix where it is not.
//!
//! A listener of exactly one speaker, as it speaks, has its packets relayed: nothing is decoded or
//! delayed. Any other row of the hearing matrix makes it a *mixing* listener, and its speakers *voices*.
//! A listener goes from one to the other by itself, and its phone cannot tell:
//!
//! * into the mix it goes when the relayed speaker's voice flows, until then it is relayed on;
//! * out of the mix it goes with the next packet of the only speaker left.
//!
//! One tick of 10 ms moves all voices and then all mixes whose packet is due.

mod moving;

use slab::Slab;
use smallvec::SmallVec;

pub use self::moving::{renumbered, Part};
use crate::codec::Codec;
use crate::conceal::Past;
use crate::fault::guarded;
use crate::mix::{Mix, Stage, MAX_FRAMES};
use crate::port::{Port, Takers};
use crate::rate::{Rate, WIDE_FRAME};
use crate::rtp::HEADER_LEN;
use crate::stream::Relayed;

/// 10 ms.
const TICK: u64 = 10_000_000;
/// A late wake makes up for so many ticks; what is beyond was silence.
const MAX_TICKS: u64 = 8;
/// Ticks for which a joining listener waits for the voice of who is relayed.
const PATIENCE: u32 = 6;

/// All listeners that are mixed for, and all speakers in mixes, by their ports' slots.
#[derive(Debug, Default)]
pub struct Mixer {
    mixing: Vec<usize>,
    voices: Vec<usize>,
    /// The time of the last tick; 0 while there was none.
    ticked: u64,
    /// Voices may be without a listener.
    is_untidy: bool,
    /// Ports that a bug has hit, to be closed by whoever owns them.
    pub failed: Vec<(usize, String)>,
}

impl Mixer {
    /// Lets a listener hear these speakers, each with its gain, and nobody else. No speaker twice.
    pub fn hear(&mut self, ports: &mut Slab<Port>, slot: usize, row: &[(usize, f32)], now: u64) {
        let is_alike = |speaker| suits(ports, speaker, slot);
        let only = match row {
            [] => Some(None),
            &[(speaker, 1.0)] if is_alike(speaker) => Some(Some(speaker)),
            _ => None,
        };
        let Some(port) = ports.get_mut(slot) else {
            return;
        };
        let rate = port.rate();
        match (port.mix.as_mut(), only) {
            (None, Some(speaker)) => {
                if relay_from(ports, slot, speaker) {
                    interrupt(ports, slot);
                }
            }
            (None, None) => {
                let relayed = port.speaker.filter(|&speaker| suits(ports, speaker, slot));
                let mut mix = Mix::new(relayed, rate, now);
                mix.hear(row);
                if relayed.is_none() {
                    relay_from(ports, slot, None);
                }
                if let Some(port) = ports.get_mut(slot) {
                    port.mix = Some(Box::new(mix));
                }
                self.mixing.push(slot);
                self.voice_all_of(ports, slot, now);
            }
            (Some(mix), _) => {
                mix.hear(row);
                let is_still_relayed = match (mix.stage, only) {
                    (Stage::Joining { relayed, .. }, Some(Some(only))) => relayed == only,
                    _ => false,
                };
                if is_still_relayed {
                    port.mix = None;
                    self.is_untidy = true;
                } else {
                    self.stay(ports, slot, only.flatten());
                    self.voice_all_of(ports, slot, now);
                }
            }
        }
    }

    /// A port has another format than before: whom it can be relayed to may have changed, and from.
    pub fn reconsider(&mut self, ports: &mut Slab<Port>, slot: usize, now: u64) {
        let heard_by = ports.get(slot).map(|port| port.listeners.clone());
        for listener in heard_by.into_iter().flatten().chain([slot]) {
            let port = ports.get(listener).filter(|port| port.mix.is_none());
            if let Some(speaker) = port.and_then(|port| port.speaker) {
                self.hear(ports, listener, &[(speaker, 1.0)], now);
            }
        }
        let voice = ports.get_mut(slot).and_then(|port| port.voice.as_mut());
        if voice.is_some_and(|voice| voice.is_anew()) {
            for listener in mixed_for(ports, slot) {
                match_rates(ports, listener, Some(slot));
            }
        }
        match_rates(ports, slot, None);
    }

    /// A port is about to be removed: it hears nobody, and nobody hears it any more.
    pub fn close(&mut self, ports: &mut Slab<Port>, slot: usize) {
        relay_from(ports, slot, None);
        self.mixing.retain(|&mixing| mixing != slot);
        self.voices.retain(|&voice| voice != slot);
        self.is_untidy = true;
        let tail = ports.get(slot).and_then(latest);
        let listeners = ports
            .get_mut(slot)
            .map(|port| std::mem::take(&mut port.listeners));
        for listener in listeners.into_iter().flatten() {
            let Some(port) = ports.get_mut(listener) else {
                continue;
            };
            port.speaker = None;
            match (port.mix.as_mut(), tail) {
                (Some(mix), Some(tail)) if matches!(mix.stage, Stage::Joining { .. }) => {
                    mix.take_over(&tail);
                }
                (Some(mix), _) => mix.stage = Stage::Mixing,
                (None, _) => port.outbound.interrupt(),
            }
        }
        for listener in mixed_for(ports, slot) {
            if let Some(mix) = ports.get_mut(listener).and_then(|port| port.mix.as_mut()) {
                mix.forget(slot);
            }
        }
    }

    /// A port is gone, and a bug has kept `close` from doing its work: whoever is given its slot is to
    /// hear nobody for it, and to be heard by nobody.
    pub fn cut(&mut self, ports: &mut Slab<Port>, slot: usize) {
        self.mixing.retain(|&mixing| mixing != slot);
        self.voices.retain(|&voice| voice != slot);
        self.is_untidy = true;
        for (_, port) in ports {
            port.listeners.retain(|listener| *listener != slot);
            if let Some(voice) = port.voice.as_mut() {
                voice.listeners.retain(|listener| *listener != slot);
            }
            if port.speaker == Some(slot) {
                port.speaker = None;
                port.outbound.interrupt();
            }
            if let Some(mix) = port.mix.as_mut() {
                mix.forget(slot);
            }
        }
    }

    /// Every tick that has passed by `now`.
    pub fn advance(&mut self, ports: &mut Slab<Port>, takers: &mut Takers, now: u64) {
        if self.ticked == 0 {
            self.ticked = now.saturating_sub(TICK);
        } else if now.saturating_sub(self.ticked) > MAX_TICKS * TICK {
            self.ticked = now - TICK;
            for &slot in &self.mixing {
                interrupt(ports, slot);
            }
        }
        while self.ticked + TICK <= now {
            self.ticked += TICK;
            self.tick(ports, takers, self.ticked);
        }
        if self.is_untidy {
            self.tidy(ports);
        }
    }

    /// Whether there is anything to be done at each tick.
    pub fn is_mixing(&self) -> bool {
        !self.mixing.is_empty() || !self.voices.is_empty()
    }

    /// A packet of the only speaker left is here, with room for a header before its payload: the
    /// listener leaves the mix with it.
    pub fn leave(&mut self, port: &mut Port, relayed: Relayed, packet: &[u8], now: u64) {
        let Some(mix) = port.mix.take() else {
            return;
        };
        self.is_untidy = true;
        let Some(to) = port.outbound.relay_destination() else {
            return;
        };
        let mut copy = [0; crate::rtp::MAX_DATAGRAM];
        let Some(copy) = copy.get_mut(..packet.len()) else {
            return;
        };
        copy.copy_from_slice(packet);
        if let (Codec::G711(law), Some(codes)) = (to.format.codec, copy.get_mut(HEADER_LEN..)) {
            mix.lead_into(codes, law);
        }
        let to = (to.format.payload_type, to.target);
        port.outbound.relay(&port.socket, relayed, to, copy, now);
    }

    /// A packet of a key goes to whoever hears its speaker alone, but coded anew.
    pub fn pass_event(
        &self,
        ports: &mut Slab<Port>,
        speaker: usize,
        key: Relayed,
        payload: &[u8],
        now: u64,
    ) {
        for listener in mixed_for(ports, speaker) {
            let Some(port) = ports.get_mut(listener) else {
                continue;
            };
            let is_heard_alone = port
                .mix
                .as_ref()
                .is_some_and(|mix| mix.stage == Stage::Mixing && mix.speakers().eq([speaker]));
            if is_heard_alone {
                port.outbound.pass_event(&port.socket, key, payload, now);
            }
        }
    }

    fn tick(&mut self, ports: &mut Slab<Port>, takers: &mut Takers, now: u64) {
        let tick = now / TICK;
        for &slot in &self.voices {
            let Some(port) = ports.get_mut(slot) else {
                continue;
            };
            if let Err(error) = guarded(|| port.advance_voice(tick, takers, now)) {
                self.failed.push((slot, error));
            }
        }
        let (is_untidy, failed) = (&mut self.is_untidy, &mut self.failed);
        self.mixing.retain(|&slot| {
            // The mix is taken out of its port, because it looks at other ports.
            let Some(mut mix) = ports.get_mut(slot).and_then(|port| port.mix.take()) else {
                return false;
            };
            let work = || {
                move_on(ports, slot, &mut mix, now);
                if !matches!(mix.stage, Stage::Joining { .. }) && mix.due <= now {
                    send(ports, slot, &mut mix, now);
                }
            };
            if let Err(error) = guarded(work) {
                failed.push((slot, error));
            }
            if mix.is_empty() {
                interrupt(ports, slot);
                *is_untidy = true;
                return false;
            }
            if let Some(port) = ports.get_mut(slot) {
                port.mix = Some(mix);
            }
            true
        });
    }

    /// A listener that was about to leave its mix stays, unless for the same speaker.
    fn stay(&mut self, ports: &mut Slab<Port>, slot: usize, only: Option<usize>) {
        let mix = ports.get_mut(slot).and_then(|port| port.mix.as_mut());
        if let Some(mix) = mix {
            if matches!(mix.stage, Stage::Leaving { to } if Some(to) != only) {
                mix.stage = Stage::Mixing;
                relay_from(ports, slot, None);
            }
        }
    }

    /// Whoever is in a listener's mix is listened to.
    fn voice_all_of(&mut self, ports: &mut Slab<Port>, slot: usize, now: u64) {
        let mix = ports.get(slot).and_then(|port| port.mix.as_ref());
        let speakers: Vec<usize> = mix.iter().flat_map(|mix| mix.speakers()).collect();
        for speaker in speakers {
            let Some(port) = ports.get_mut(speaker) else {
                continue;
            };
            if port.begin_voice(now) {
                self.voices.push(speaker);
            }
            if let Some(voice) = port.voice.as_mut() {
                voice.add_listener(slot);
            }
        }
        match_rates(ports, slot, None);
    }

    /// Drops what nobody needs any more.
    fn tidy(&mut self, ports: &mut Slab<Port>) {
        self.is_untidy = false;
        self.mixing
            .retain(|&slot| ports.get(slot).is_some_and(|port| port.mix.is_some()));
        self.voices.retain(|&slot| {
            let Some(mut voice) = ports.get_mut(slot).and_then(|port| port.voice.take()) else {
                return false;
            };
            let (own, mut is_converted) = (voice.rate(), false);
            voice.listeners.retain(|listener| {
                let mix = ports.get(*listener).and_then(|port| port.mix.as_ref());
                let mix = mix.filter(|mix| mix.speakers().any(|speaker| speaker == slot));
                is_converted |= mix.is_some_and(|mix| mix.rate() != own);
                mix.is_some()
            });
            if !is_converted {
                voice.have_only_own();
            }
            let is_heard = !voice.listeners.is_empty();
            if let Some(port) = ports.get_mut(slot).filter(|_| is_heard) {
                port.voice = Some(voice);
            }
            is_heard
        });
        if !self.is_mixing() {
            self.ticked = 0;
        }
    }
}

/// Whether a listener is to go into its mix or out of it.
fn move_on(ports: &mut Slab<Port>, slot: usize, mix: &mut Mix, now: u64) {
    match mix.stage {
        Stage::Joining { relayed, waited } => {
            let speaker = ports.get(relayed);
            let is_flowing = speaker
                .and_then(|port| port.voice.as_ref())
                .is_some_and(|voice| voice.is_flowing());
            let is_due = ports
                .get(slot)
                .is_some_and(|port| port.outbound.is_due(now));
            if (is_flowing && is_due) || waited >= PATIENCE {
                let tail = speaker.and_then(latest);
                mix.take_over(&tail.unwrap_or(Past::silent(mix.rate())));
                mix.due = now;
                relay_from(ports, slot, None);
                let width = width(ports, mix);
                if let Some(port) = ports.get_mut(slot) {
                    port.outbound.go_on(mix.tail(), width);
                }
            } else {
                let waited = waited + 1;
                mix.stage = Stage::Joining { relayed, waited };
            }
        }
        Stage::Mixing => {
            if let Some(to) = mix.only().filter(|&to| suits(ports, to, slot)) {
                mix.stage = Stage::Leaving { to };
                relay_from(ports, slot, Some(to));
            }
        }
        Stage::Leaving { to } => {
            if !suits(ports, to, slot) {
                mix.stage = Stage::Mixing;
                relay_from(ports, slot, None);
            }
        }
    }
}

/// Sends a listener's next packet. While it hears a player, or nothing is to be sent to it, its mix
/// waits.
fn send(ports: &mut Slab<Port>, slot: usize, mix: &mut Mix, now: u64) {
    let Some(to) = ports
        .get(slot)
        .and_then(|port| port.outbound.relay_destination())
    else {
        mix.settle();
        return;
    };
    let frames = (to.format.packet_ms as usize / 10).min(MAX_FRAMES);
    mix.due = now + frames as u64 * TICK;
    let mut samples = [0; MAX_FRAMES * WIDE_FRAME];
    let Some(samples) = samples.get_mut(..frames * mix.rate().frame()) else {
        return;
    };
    let voice = |speaker: usize| ports.get(speaker)?.voice.as_deref();
    mix.render(now / TICK, voice, samples);
    let width = width(ports, mix);
    if let Some(port) = ports.get_mut(slot) {
        let made = (&*samples, width);
        port.outbound.mix(&port.socket, to, made, now);
    }
}

/// A listener's mix is made at its codec's rate, and whoever is heard is to be had at that. `anew`: the
/// speaker whose rate has changed.
fn match_rates(ports: &mut Slab<Port>, listener: usize, anew: Option<usize>) {
    let Some(port) = ports.get_mut(listener) else {
        return;
    };
    let (rate, Some(mix)) = (port.rate(), port.mix.as_mut()) else {
        return;
    };
    mix.change(rate);
    let speakers: Vec<usize> = mix.speakers().collect();
    if anew.is_some_and(|speaker| speakers.contains(&speaker)) {
        mix.break_off();
    }
    for speaker in speakers {
        let voice = ports.get_mut(speaker).map(|port| &mut port.voice);
        if let Some(Some(voice)) = voice {
            voice.have(rate);
        }
    }
}

/// As wide as the widest of whom a mix is made.
fn width(ports: &Slab<Port>, mix: &Mix) -> Rate {
    let is_wide = |speaker| ports.get(speaker).map(Port::rate) == Some(Rate::Wide);
    match mix.speakers().any(is_wide) {
        true => Rate::Wide,
        false => Rate::Narrow,
    }
}

/// Relays to `slot` from another speaker than before, or from none; whether that is a change.
fn relay_from(ports: &mut Slab<Port>, slot: usize, speaker: Option<usize>) -> bool {
    let Some(port) = ports.get_mut(slot) else {
        return false;
    };
    let before = std::mem::replace(&mut port.speaker, speaker);
    if before == speaker {
        return false;
    }
    if let Some(before) = before.and_then(|before| ports.get_mut(before)) {
        before.listeners.retain(|listener| *listener != slot);
    }
    if let Some(speaker) = speaker.and_then(|speaker| ports.get_mut(speaker)) {
        speaker.listeners.push(slot);
    }
    true
}

/// Whether a listener's phone speaks what the speaker's sends, as far as both are known.
fn suits(ports: &Slab<Port>, speaker: usize, listener: usize) -> bool {
    let codec = |slot: usize| ports.get(slot)?.inbound.format().map(|format| format.codec);
    match (codec(speaker), codec(listener)) {
        (Some(spoken), Some(understood)) => spoken.suits(understood),
        _ => true,
    }
}

/// In whose mix a speaker is.
fn mixed_for(ports: &Slab<Port>, speaker: usize) -> SmallVec<[usize; 2]> {
    let voice = ports.get(speaker).and_then(|port| port.voice.as_ref());
    voice
        .map(|voice| voice.listeners.clone())
        .unwrap_or_default()
}

fn interrupt(ports: &mut Slab<Port>, slot: usize) {
    if let Some(port) = ports.get_mut(slot) {
        port.outbound.interrupt();
    }
}

fn latest(port: &Port) -> Option<Past> {
    port.voice.as_ref().map(|voice| voice.latest())
}
