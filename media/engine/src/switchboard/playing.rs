//! Players and keys: what a port's phone hears in place of others, when it is due.

use super::Switchboard;
use crate::event::{Event, EventSender};
use crate::fault::guarded;
use crate::keying::Press;
use crate::player::{Change, Player};

/// A port that is to be looked at when something is due. A look at a port that has nothing to send yet
/// fetches it from memory for nothing.
#[derive(Clone, Copy, Debug)]
pub struct Playing {
    pub slot: usize,
    /// 0: at the next tick.
    pub due: u64,
}

impl Switchboard {
    /// Starts a player. Every player whose end is to be told ends in one `PlayFinished`, also one
    /// that comes too late.
    pub fn play(&mut self, id: u64, player: Player) {
        let Some(&slot) = self.slots.get(&id) else {
            return self.play_finished(id, &player, false);
        };
        let Some(port) = self.ports.get_mut(slot) else {
            return;
        };
        let before = port.outbound.play(player);
        self.note_playing(slot);
        if let Some(before) = before {
            self.play_finished(id, &before, false);
        }
    }

    /// Sends keys to a port's phone, in place of whatever it hears.
    pub fn send_keys(&mut self, id: u64, presses: &[Press]) {
        let Some(&slot) = self.slots.get(&id) else {
            return;
        };
        if let Some(port) = self.ports.get_mut(slot) {
            port.outbound.send_keys(presses);
            self.note_playing(slot);
        }
    }

    /// Changes a player; nothing if it is over.
    pub fn change_play(&mut self, id: u64, player: u64, change: Change) {
        if let Some(port) = self.port(id) {
            port.outbound.change_player(player, change);
        }
    }

    pub fn stop_play(&mut self, id: u64) {
        let stopped = self.port(id).and_then(|port| port.outbound.stop_play());
        if let Some(player) = stopped {
            self.play_finished(id, &player, false);
        }
    }

    /// Sends what players and keys have due.
    pub fn play_due(&mut self, now: u64) {
        let (ports, events) = (&mut self.ports, &self.events);
        let mut failed = Vec::new();
        self.playing.retain_mut(|playing| {
            if playing.due > now {
                return true;
            }
            let slot = playing.slot;
            let Some(port) = ports.get_mut(slot) else {
                return false;
            };
            match guarded(|| port.outbound.advance(&port.socket, now)) {
                Ok(Some(player)) => play_finished(events, port.id, &player, true),
                Ok(None) => {}
                Err(error) => failed.push((slot, error)),
            }
            playing.due = port.outbound.next_due();
            port.outbound.is_playing()
        });
        for (slot, error) in failed {
            self.fail(slot, error, now);
        }
    }

    fn note_playing(&mut self, slot: usize) {
        self.playing.retain(|playing| playing.slot != slot);
        self.playing.push(Playing { slot, due: 0 });
    }

    pub(super) fn play_finished(&self, port: u64, player: &Player, completed: bool) {
        play_finished(&self.events, port, player, completed);
    }
}

fn play_finished(events: &EventSender, port: u64, player: &Player, completed: bool) {
    if player.told {
        events.send(Event::PlayFinished {
            port,
            player: player.id,
            completed,
        });
    }
}
