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

    /// In samples.
    pub fn len(&self) -> usize {
        self.a.len()
    }

    pub fn is_empty(&self) -> bool {
        self.a.is_empty()
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
    playlist: Vec<Arc<Audio>>,
    looped: bool,
    /// More is to come: at the end of the list it waits.
    is_open: bool,
    is_paused: bool,
    /// It was not heard for a while: the next packet begins a talkspurt.
    is_resuming: bool,
    gain: f32,
    item: usize,
    offset: usize,
    /// When the next packet is to go out; set when the first is asked for.
    due: Option<u64>,
}

/// What may be changed about a player while it plays.
#[derive(Clone, Debug)]
pub enum Change {
    Pause,
    Resume,
    /// To so many samples from the beginning of the first audio, the last one's end at most.
    Seek(u64),
    /// So many samples on, or back.
    Skip(i64),
    /// Times as loud.
    Gain(f32),
    /// These too, behind the others.
    Append(Vec<Arc<Audio>>),
    /// Nothing more is to come.
    Finish,
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
        let sounds = playlist.iter().any(|audio| !audio.is_empty());
        Player {
            id,
            told,
            playlist,
            looped: looped && sounds,
            is_open: false,
            is_paused: false,
            is_resuming: false,
            gain: 1.0,
            item: 0,
            offset: 0,
            due: None,
        }
    }

    /// Waits at the end of its list for more.
    pub fn open(mut self) -> Player {
        self.is_open = true;
        self
    }

    pub fn change(&mut self, change: Change) {
        match change {
            Change::Pause => self.is_paused = true,
            Change::Resume => {
                self.is_paused = false;
                self.rest();
            }
            Change::Seek(place) => self.seek(place),
            Change::Skip(samples) => {
                let before = self.playlist.iter().take(self.item);
                let place = before.map(|audio| audio.len()).sum::<usize>() + self.offset;
                self.seek((place as u64).saturating_add_signed(samples));
            }
            Change::Gain(gain) => self.gain = gain,
            Change::Append(audios) => self.playlist.extend(audios),
            Change::Finish => self.is_open = false,
        }
    }

    fn seek(&mut self, place: u64) {
        let (mut item, mut offset) = (0, usize::try_from(place).unwrap_or(usize::MAX));
        while let Some(audio) = self.playlist.get(item) {
            if offset < audio.len() {
                break;
            }
            offset -= audio.len();
            item += 1;
        }
        (self.item, self.offset) = (
            item,
            if item < self.playlist.len() {
                offset
            } else {
                0
            },
        );
    }

    /// The schedule begins anew with the next packet.
    fn rest(&mut self) {
        self.due = None;
        self.is_resuming = true;
    }

    /// When the next packet is to go out, once the first has.
    pub fn due(&self) -> Option<u64> {
        self.due
    }

    /// The next step at `now`, having sent `burst` packets at this wake. `Send` has filled all of
    /// `packet` with codes of `law`, silence behind the last one, and moved on by its length.
    pub fn step(&mut self, now: u64, burst: u32, law: Law, packet: &mut [u8]) -> Step {
        if self.is_paused {
            return Step::Wait;
        }
        if self.is_open && self.item >= self.playlist.len() {
            self.rest();
            return Step::Wait;
        }
        if std::mem::take(&mut self.is_resuming) {
            return Step::Restart;
        }
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
            if self.is_open {
                self.rest();
                return Step::Wait;
            }
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
        if self.gain != 1.0 {
            for code in packet.iter_mut().take(filled) {
                // A cast keeps what is too loud at the loudest.
                *code = law.encode((f32::from(law.decode(*code)) * self.gain) as i16);
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

    /// What was sent until it would wait.
    fn drain(player: &mut Player, at: u64) -> Vec<u8> {
        run(player, &[at])
            .into_iter()
            .flat_map(|(_, codes)| codes)
            .collect()
    }

    #[test]
    fn a_pause_keeps_the_place_and_begins_a_talkspurt() {
        let mut player = player(&[&[1; 8], &[2; 8]], false);
        assert_eq!(drain(&mut player, 0), [1; 8]);
        player.change(Change::Pause);
        assert_eq!(drain(&mut player, 1), []);
        assert_eq!(drain(&mut player, 500), []);
        player.change(Change::Resume);
        let mut packet = [0; 8];
        let mut step = |now| player.step(now, 0, Law::A, &mut packet);
        assert_eq!(step(700 * MS), Step::Restart);
        assert_eq!(step(700 * MS), Step::Send { due: 700 * MS });
        assert_eq!(packet, [2; 8]);
    }

    #[test]
    fn any_place_of_the_list_can_be_gone_to() {
        let rows = [
            (Change::Seek(0), 1),
            (Change::Seek(9), 2),
            (Change::Seek(16), 3),
            (Change::Skip(8), 2),
            (Change::Skip(-100), 1),
        ];
        for (change, code) in rows {
            let mut player = player(&[&[1; 8], &[2; 8], &[3; 8]], false);
            player.change(Change::Seek(1)); // as after a while
            player.change(change.clone());
            assert_eq!(drain(&mut player, 0)[..4], [code; 4], "{change:?}");
        }
        let mut player = player(&[&[1; 8]], false);
        player.change(Change::Seek(u64::MAX));
        assert_eq!(
            player.step(0, 0, Law::A, &mut [0; 8]),
            Step::Finished,
            "beyond the end is the end"
        );
    }

    #[test]
    fn the_volume_is_a_factor_and_never_wraps() {
        let loud = |gain| {
            let codes = [Law::A.encode(10_000), Law::A.encode(-10_000)];
            let mut player = player(&[&codes.repeat(4)], false);
            player.change(Change::Gain(gain));
            let heard = drain(&mut player, 0);
            (Law::A.decode(heard[0]), Law::A.decode(heard[1]))
        };
        for (gain, expected) in [(0.5, 5000), (1.0, 10_000), (2.0, 20_000), (4.0, 32_256)] {
            let (up, down) = loud(gain);
            assert!((i32::from(up) - expected).abs() < 600, "{gain}: {up}");
            assert!((i32::from(down) + expected).abs() < 600, "{gain}: {down}");
        }
    }

    #[test]
    fn a_list_that_is_still_made_is_waited_for() {
        let mut player = Player::new(1, vec![audio(&[1; 8])], false, true).open();
        assert_eq!(drain(&mut player, 0), [1; 8]);
        assert_eq!(drain(&mut player, 1), []);
        assert_eq!(drain(&mut player, 300), [], "nothing came yet");
        player.change(Change::Append(vec![audio(&[2; 8]), audio(&[3; 8])]));
        let mut packet = [0; 8];
        assert_eq!(player.step(310 * MS, 0, Law::A, &mut packet), Step::Restart);
        assert_eq!(drain(&mut player, 310), [2; 8]);
        player.change(Change::Finish);
        assert_eq!(drain(&mut player, 311), [3; 8]);
        assert_eq!(
            player.step(312 * MS, 0, Law::A, &mut packet),
            Step::Finished
        );
    }
}
