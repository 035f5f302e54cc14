//! The engine's handle: audios, and their players.

use std::sync::Arc;

use crate::command::Command;
use crate::desk::Live;
use crate::engine::{Engine, GAINS};
use crate::player::{Audio, Change, Player};
use crate::refusal::{argument, Refusal};

/// What a player that waits for more may be given: a quarter of an hour.
const MAX_LIVE: usize = 15 * 60 * 8000;

impl Engine {
    /// Keeps audio for players; its number.
    pub fn load_audio(&self, pcm: &[u8]) -> Result<u64, Refusal> {
        if !pcm.len().is_multiple_of(2) {
            return argument("16-bit samples need an even number of bytes");
        }
        let audio = Arc::new(Audio::from_pcm(pcm));
        let mut desk = self.desk();
        desk.last_audio += 1;
        let id = desk.last_audio;
        desk.audios.insert(id, audio);
        Ok(id)
    }

    /// Forgets audio; who plays it still plays it to the end. A second time is nothing.
    pub fn drop_audio(&self, audio: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        if audio == 0 || audio > desk.last_audio {
            return argument(format!("unknown audio {audio}"));
        }
        desk.audios.remove(&audio);
        Ok(())
    }

    /// Plays audios to a port's phone in place of whatever it hears; the player's number.
    /// `told`: its end is an event.
    pub fn play(
        &self,
        port: u64,
        playlist: &[u64],
        looped: bool,
        told: bool,
        more: bool,
    ) -> Result<u64, Refusal> {
        let mut desk = self.desk();
        desk.check_running()?;
        desk.check_port(port)?;
        let audios = desk.audios(playlist)?;
        desk.last_player += 1;
        let id = desk.last_player;
        let mut player = Player::new(id, audios, looped, told);
        if more {
            player = player.open();
            desk.live.insert(id, Live { port, samples: 0 });
        }
        // Who plays for a port that is gone is told so by some thread or other.
        let worker = desk.ports.get(&port).map_or(0, |open| open.worker);
        desk.post(worker, Command::Play { port, player });
        Ok(id)
    }

    /// Changes a player while it plays; one that is over is let be.
    pub fn change_play(&self, port: u64, player: u64, change: Change) -> Result<(), Refusal> {
        {
            let mut desk = self.desk();
            desk.check_player(player)?;
            match &change {
                Change::Gain(gain) if !GAINS.contains(gain) => {
                    return argument(format!("not a gain from 0 to 4: {gain}"));
                }
                Change::Finish => {
                    desk.live.remove(&player);
                }
                _ => {}
            }
        }
        self.tell_port(
            port,
            Command::ChangePlay {
                port,
                player,
                change,
            },
        )
    }

    /// Gives a player that waits for more some more to play.
    pub fn append_play(&self, player: u64, playlist: &[u64]) -> Result<(), Refusal> {
        let (port, audios) = {
            let mut desk = self.desk();
            desk.check_player(player)?;
            let audios = desk.audios(playlist)?;
            let Some(live) = desk.live.get_mut(&player) else {
                return Ok(());
            };
            live.samples += audios.iter().map(|audio| audio.len()).sum::<usize>();
            if live.samples > MAX_LIVE {
                return argument("a player takes a quarter of an hour at most");
            }
            (live.port, audios)
        };
        let change = Change::Append(audios);
        self.tell_port(
            port,
            Command::ChangePlay {
                port,
                player,
                change,
            },
        )
    }

    /// Ends a port's player, if it has one.
    pub fn stop_play(&self, port: u64) -> Result<(), Refusal> {
        self.tell_port(port, Command::StopPlay { port })
    }
}
