//! Audio that the engine itself speaks: prompts, tones, music. Pure; time is passed in.

use std::sync::Arc;

use crate::g711::Law;

/// Nanoseconds from one sample to the next.
const SAMPLE_NS: u64 = 125_000;
/// A late wake sends what it missed, but never more than this at once; then it starts afresh.
const MAX_BURST: u32 = 4;

/// One piece of audio, encoded once to both laws and shared by all who play it.
#[derive(Debug)]
pub struct Audio {
    a: Box<[u8]>,
    mu: Box<[u8]>,
}

impl Audio {
    /// Encodes 16-bit little-endian mono samples at 8000 Hz. An odd last byte is ignored.
    pub fn from_pcm(pcm: &[u8]) -> Audio {
        let samples: Vec<i16> = pcm
            .chunks_exact(2)
            .map(|bytes| match *bytes {
                [low, high] => i16::from_le_bytes([low, high]),
                _ => 0,
            })
            .collect();
        Audio::from_samples(&samples)
    }

    /// Encodes samples at 8000 Hz.
    pub fn from_samples(samples: &[i16]) -> Audio {
        let encode = |law: Law| samples.iter().map(|&sample| law.encode(sample)).collect();
        Audio {
            a: encode(Law::A),
            mu: encode(Law::Mu),
        }
    }

    fn codes(&self, law: Law) -> &[u8] {
        match law {
            Law::A => &self.a,
            Law::Mu => &self.mu,
        }
    }
}

/// Plays a list of audios one after another without a gap, once or over and over.
#[derive(Debug)]
pub struct Player {
    pub id: u64,
    /// Whether its end is told by an event.
    pub told: bool,
    playlist: Box<[Arc<Audio>]>,
    looped: bool,
    item: usize,
    offset: usize,
    /// When the next packet is to go out; set when the first is asked for.
    due: Option<u64>,
}

/// What a player wants done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is due yet.
    Wait,
    /// Send what `fill` gave, stamped with the time it was due.
    Send { due: u64 },
    /// The schedule was missed by too much; it begins anew, as a talkspurt of its own.
    Restart,
    /// The last sample has had its time to be heard.
    Finished,
}

impl Player {
    pub fn new(id: u64, playlist: Vec<Arc<Audio>>, looped: bool, told: bool) -> Player {
        // A loop around nothing would never come to an end.
        let sounds = playlist.iter().any(|audio| !audio.a.is_empty());
        Player {
            id,
            told,
            playlist: playlist.into_boxed_slice(),
            looped: looped && sounds,
            item: 0,
            offset: 0,
            due: None,
        }
    }

    /// The next step at `now`, having sent `burst` packets at this wake. `Send` has filled all of
    /// `packet` with codes of `law`, silence behind the last one, and moved on by its length.
    pub fn step(&mut self, now: u64, burst: u32, law: Law, packet: &mut [u8]) -> Step {
        let due = *self.due.get_or_insert(now);
        if due > now {
            return Step::Wait;
        }
        let length = packet.len() as u64 * SAMPLE_NS;
        if burst >= MAX_BURST || now - due > u64::from(MAX_BURST) * length {
            // The next one falls due a packet's time from now, on the old grid.
            self.due = Some(now - (now - due) % length.max(1) + length);
            return Step::Restart;
        }
        if !self.fill(law, packet) {
            return Step::Finished;
        }
        self.due = Some(due + length);
        Step::Send { due }
    }

    /// Copies the next samples; `false` if there are none left.
    fn fill(&mut self, law: Law, packet: &mut [u8]) -> bool {
        let mut filled = 0;
        while filled < packet.len() {
            let Some(audio) = self.playlist.get(self.item) else {
                if !self.looped {
                    break;
                }
                self.item = 0;
                continue;
            };
            let rest = audio.codes(law).get(self.offset..).unwrap_or_default();
            let count = rest.len().min(packet.len() - filled);
            if let (Some(to), Some(from)) =
                (packet.get_mut(filled..filled + count), rest.get(..count))
            {
                to.copy_from_slice(from);
            }
            filled += count;
            self.offset += count;
            if count == rest.len() {
                self.item += 1;
                self.offset = 0;
            }
        }
        if let Some(rest) = packet.get_mut(filled..) {
            rest.fill(law.silence());
        }
        filled > 0
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// An audio whose codes of both laws are these.
    fn audio(codes: &[u8]) -> Arc<Audio> {
        Arc::new(Audio {
            a: codes.into(),
            mu: codes.into(),
        })
    }

    fn player(audios: &[&[u8]], looped: bool) -> Player {
        Player::new(
            1,
            audios.iter().map(|codes| audio(codes)).collect(),
            looped,
            true,
        )
    }

    /// Wakes at the given milliseconds; packets of 8 samples, 1 ms. What was sent and when due.
    fn run(player: &mut Player, wakes: &[u64]) -> Vec<(u64, Vec<u8>)> {
        let mut sent = Vec::new();
        let mut packet = [0; 8];
        for wake in wakes {
            let mut burst = 0;
            while let Step::Send { due } = player.step(wake * MS, burst, Law::A, &mut packet) {
                sent.push((due / MS, packet.to_vec()));
                burst += 1;
            }
        }
        sent
    }

    #[test]
    fn audios_follow_each_other_without_a_gap_and_end_in_silence() {
        let mut player = player(&[&[1; 6], &[], &[2; 6]], false);
        assert_eq!(
            run(&mut player, &[5, 6]),
            [
                (5, vec![1, 1, 1, 1, 1, 1, 2, 2]),
                (6, vec![2, 2, 2, 2, 0xd5, 0xd5, 0xd5, 0xd5]),
            ]
        );
    }

    #[test]
    fn the_end_is_told_when_the_last_sample_has_been_heard() {
        let mut player = player(&[&[1; 8]], false);
        let mut packet = [0; 8];
        let mut step = |now| player.step(now, 0, Law::A, &mut packet);
        assert_eq!(step(0), Step::Send { due: 0 });
        assert_eq!(step(MS - 1), Step::Wait);
        assert_eq!(step(MS), Step::Finished);
    }

    #[test]
    fn a_loop_has_no_seam() {
        let mut player = player(&[&[1, 2, 3]], true);
        let sent = run(&mut player, &[0, 1]);
        assert_eq!(sent[0].1, [1, 2, 3, 1, 2, 3, 1, 2]);
        assert_eq!(sent[1].1, [3, 1, 2, 3, 1, 2, 3, 1]);
    }

    #[test]
    fn nothing_to_play_is_finished_at_once_even_in_a_loop() {
        for (audios, looped) in [(&[][..], false), (&[], true), (&[&[][..]], true)] {
            let mut packet = [0; 8];
            assert_eq!(
                player(audios, looped).step(0, 0, Law::A, &mut packet),
                Step::Finished
            );
        }
    }

    #[test]
    fn a_late_wake_sends_what_it_missed_and_keeps_the_schedule() {
        let mut player = player(&[&[1; 80]], false);
        let dues: Vec<u64> = run(&mut player, &[0, 1, 4, 5])
            .into_iter()
            .map(|(due, _)| due)
            .collect();
        assert_eq!(dues, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_very_late_wake_loses_no_audio_and_does_not_burst() {
        let mut player = player(&[&[1; 8], &[2; 8], &[3; 8]], false);
        let mut packet = [0; 8];
        assert_eq!(
            player.step(0, 0, Law::A, &mut packet),
            Step::Send { due: 0 }
        );
        assert_eq!(player.step(500 * MS, 0, Law::A, &mut packet), Step::Restart);
        assert_eq!(player.step(500 * MS, 0, Law::A, &mut packet), Step::Wait);
        assert_eq!(
            player.step(501 * MS, 0, Law::A, &mut packet),
            Step::Send { due: 501 * MS }
        );
        assert_eq!(packet, [2; 8]);
    }

    #[test]
    fn audio_is_encoded_to_both_laws() {
        let audio = Audio::from_pcm(&[0, 0, 0xff, 0x7f, 9]);
        assert_eq!(audio.codes(Law::A), [0xd5, 0xaa]);
        assert_eq!(audio.codes(Law::Mu), [0xff, 0x80]);
    }
}
