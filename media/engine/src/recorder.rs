//! A recording in the audio thread: two tracks in, pieces of interleaved codes out.
//!
//! The audio thread never touches the disk. It hands pieces to the writer thread (`writer.rs`) once
//! late packets have had their time to come; a writer that falls behind ends the recording with an
//! error rather than holding up anybody's call.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::Arc;

use crate::fault::tripwire;
use crate::rate::Rate;
use crate::ring::Spoken;
use crate::silence::SilenceWatch;
use crate::timeline::Stamp;
use crate::track::Track;
use crate::wav::Coding;
use crate::writer::{Backlog, Job};

/// How long a packet may be late and is still put where it belongs.
const REORDER_FRAMES: u64 = 200 * 8;
/// Pieces are handed on this long, the last one excepted: 500 ms. Each costs a write.
const PIECE_FRAMES: u64 = 500 * 8;
/// Where silence is watched for, so much of it and `REORDER_FRAMES` is kept before the first word; what is
/// before goes piece by piece. All of it must find room in the tracks, together with the packets until the
/// next look.
const LEAD_FRAMES: u64 = 600 * 8;
const LEFT_OUT_FRAMES: u64 = 100 * 8;
/// And so much behind the last word.
const TAIL_FRAMES: u64 = 500 * 8;
/// So much may wait for the disk, per recording: 16 s; that is 1 MiB at most.
const MAX_BACKLOG_FRAMES: usize = 16 * 8000;
/// Times and lengths are in frames, of 1/8000 s whatever the rate.
const FRAME_NS: u64 = 125_000;

/// Which channel of a recording a port's phone speaks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    /// One of those who speak on the right.
    Right(u8),
}

/// Tracks on the right. Who comes after so many have come shares one with who came first, and is
/// likely gone.
const MAX_RIGHT: usize = 16;

/// What to record, how and where.
#[derive(Debug)]
pub struct Order {
    pub id: u64,
    pub path: PathBuf,
    pub coding: Coding,
    /// How those on the left and on the right speak.
    pub rates: [Rate; 2],
    pub stereo: bool,
    /// So much silence of the left side is told once; 0: nobody wants to know.
    pub silence_ms: u32,
}

/// One recording under way.
#[derive(Debug)]
pub struct Recorder {
    pub id: u64,
    began: u64,
    coding: Coding,
    left: Track,
    /// Empty in a recording of one channel.
    right: Vec<Track>,
    added: usize,
    paused: bool,
    silence: Option<SilenceWatch>,
    handed_on: u64,
    /// Of those, frames of silence before anything was said, that are in no file.
    skipped: u64,
    writer: Sender<Job>,
    backlog: Arc<Backlog>,
}

impl Recorder {
    /// Begins a recording at `now` (nanoseconds) and tells the writer to open its file.
    pub fn begin(order: Order, now: u64, writer: Sender<Job>) -> Recorder {
        let Order {
            id,
            path,
            coding,
            rates: [left, right],
            stereo,
            silence_ms,
        } = order;
        let backlog = Arc::new(Backlog::default());
        let recorder = Recorder {
            id,
            began: now,
            coding,
            left: Track::new(coding, left),
            right: stereo
                .then(|| Track::new(coding, right))
                .into_iter()
                .collect(),
            added: 1,
            paused: false,
            silence: (silence_ms > 0).then(|| SilenceWatch::new(silence_ms, now)),
            handed_on: 0,
            skipped: 0,
            writer,
            backlog: Arc::clone(&backlog),
        };
        recorder.tell(Job::Open {
            id,
            path,
            coding,
            channels: recorder.channels() as u16,
            backlog,
        });
        recorder
    }

    /// One more, who speaks at that rate, is to be heard on the right; `None` if there is no right.
    pub fn add(&mut self, rate: Rate) -> Option<Side> {
        if self.right.is_empty() {
            return None;
        }
        let at = self.added % MAX_RIGHT;
        self.added += 1;
        if at >= self.right.len() {
            self.right.push(Track::new(self.coding, rate));
        }
        Some(Side::Right(at as u8))
    }

    /// Takes nothing more, or again: a pause is silence in the file, and what is said in it is kept
    /// nowhere. Repeated, it changes nothing.
    pub fn pause(&mut self, paused: bool, now: u64) {
        if paused == self.paused {
            return;
        }
        self.paused = paused;
        let (frame, from) = (self.frames(now), self.handed_on);
        for track in std::iter::once(&mut self.left).chain(&mut self.right) {
            if paused {
                track.silence(frame, from);
            } else {
                track.sound(frame);
            }
        }
    }

    /// Takes a packet of one side, with its speaker's numbering and timestamp.
    pub fn put(&mut self, side: Side, (source, timestamp): (u32, u32), spoken: Spoken, now: u64) {
        if self.paused {
            return;
        }
        let stamp = Stamp {
            source,
            timestamp,
            arrival: self.frames(now) as i64,
        };
        if let (Side::Left, Some(silence)) = (side, self.silence.as_mut()) {
            silence.hear(spoken, now);
        }
        let from = self.handed_on;
        let track = match side {
            Side::Left => Some(&mut self.left),
            Side::Right(at) => self.right.get_mut(usize::from(at)),
        };
        if let Some(track) = track {
            track.put(stamp, spoken, from);
        }
    }

    /// Whether the left side has just been silent for as long as was ordered; said once.
    pub fn falls_silent(&mut self, now: u64) -> bool {
        self.silence
            .as_mut()
            .is_some_and(|silence| silence.falls_silent(now))
    }

    /// Hands on what no packet can change any more. `false`: the recording failed; drop it.
    pub fn advance(&mut self, now: u64) -> bool {
        tripwire("advance recording");
        let settled = self.frames(now).saturating_sub(REORDER_FRAMES);
        while self.handed_on + PIECE_FRAMES <= settled {
            if self.backlog.is_closed() {
                return false;
            }
            if self.backlog.waiting() > self.bytes(MAX_BACKLOG_FRAMES) {
                self.close(Some(
                    "the disk is too slow: audio waited for 16 s".to_owned(),
                ));
                return false;
            }
            if self.is_unheard() {
                // Nothing was said so far, and what came last is enough to begin with.
                if self.handed_on + LEAD_FRAMES > settled {
                    break;
                }
                let _ = self.piece(LEFT_OUT_FRAMES);
                self.skipped += LEFT_OUT_FRAMES;
                continue;
            }
            self.hand_on(PIECE_FRAMES);
        }
        true
    }

    /// Whether silence is watched for, and nothing else has come.
    fn is_unheard(&self) -> bool {
        let heard = self.silence.as_ref().map(SilenceWatch::heard);
        heard.is_some_and(|heard| heard.is_none())
    }

    /// Ends the recording at `now` to the frame.
    pub fn finish(mut self, now: u64) {
        let end = self.frames(now);
        while self.handed_on < end {
            self.hand_on(PIECE_FRAMES.min(end - self.handed_on));
        }
        let last = self.silence.as_ref().and_then(SilenceWatch::heard);
        let kept = match last {
            Some((_, last)) => self.frames(last) + TAIL_FRAMES,
            None => end,
        };
        self.close_at(None, kept.saturating_sub(self.skipped));
    }

    fn close(&self, error: Option<String>) {
        self.close_at(error, u64::MAX);
    }

    fn close_at(&self, error: Option<String>, frames: u64) {
        let blank = self.silence.as_ref().is_some_and(SilenceWatch::is_blank);
        let id = self.id;
        self.tell(Job::Close {
            id,
            error,
            blank,
            frames,
        });
    }

    fn hand_on(&mut self, frames: u64) {
        let codes = self.piece(frames);
        self.backlog.add(codes.len());
        self.tell(Job::Append { id: self.id, codes });
    }

    /// The next frames.
    fn piece(&mut self, frames: u64) -> Vec<u8> {
        let channels = self.channels();
        let mut codes = vec![0; self.bytes(frames as usize)];
        self.left.take(self.handed_on, &mut codes, channels, 0);
        for (nth, right) in self.right.iter_mut().enumerate() {
            match nth {
                0 => right.take(self.handed_on, &mut codes, channels, 1),
                _ => right.add(self.handed_on, &mut codes, channels, 1),
            }
        }
        self.handed_on += frames;
        codes
    }

    /// Of so many frames of all channels.
    fn bytes(&self, frames: usize) -> usize {
        frames * self.channels() * self.coding.frame()
    }

    fn channels(&self) -> usize {
        1 + usize::from(!self.right.is_empty())
    }

    fn frames(&self, now: u64) -> u64 {
        now.saturating_sub(self.began) / FRAME_NS
    }

    /// The writer outlives every recorder; should it be gone, there is nobody left to tell.
    fn tell(&self, job: Job) {
        let _ = self.writer.send(job);
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use std::sync::mpsc::{channel, Receiver};

    const MS: u64 = 1_000_000;
    const QUIET: u8 = 0xd5;

    fn recorder(stereo: bool) -> (Recorder, Receiver<Job>, Arc<Backlog>) {
        watching_recorder(stereo, 0)
    }

    fn watching_recorder(stereo: bool, silence_ms: u32) -> (Recorder, Receiver<Job>, Arc<Backlog>) {
        let (sender, jobs) = channel();
        let order = Order {
            id: 3,
            path: "x.wav".into(),
            coding: Coding::G711(Law::A),
            rates: [Rate::Narrow; 2],
            stereo,
            silence_ms,
        };
        let recorder = Recorder::begin(order, 1000 * MS, sender);
        let Ok(Job::Open { backlog, .. }) = jobs.try_recv() else {
            unreachable!("the file is opened first")
        };
        (recorder, jobs, backlog)
    }

    fn appended(jobs: &Receiver<Job>) -> Vec<u8> {
        let mut all = Vec::new();
        for job in jobs.try_iter() {
            if let Job::Append { codes, .. } = job {
                all.extend(codes);
            }
        }
        all
    }

    #[test]
    fn silence_is_recorded_until_the_first_packet_and_after_the_last() {
        let (mut recorder, jobs, _) = recorder(false);
        recorder.put(
            Side::Left,
            (1, 77),
            Spoken::Codes(&[9; 160], Law::A),
            1100 * MS,
        );
        recorder.finish(1200 * MS);
        let codes = appended(&jobs);
        assert_eq!(codes.len(), 1600);
        assert_eq!(codes[..800], [QUIET; 800]);
        assert_eq!(codes[800..960], [9; 160]);
        assert_eq!(codes[960..], [QUIET; 640]);
    }

    #[test]
    fn both_sides_are_aligned_in_time() {
        let (mut recorder, jobs, _) = recorder(true);
        recorder.put(
            Side::Right(0),
            (1, 5_000_000),
            Spoken::Codes(&[2; 160], Law::A),
            1050 * MS,
        );
        recorder.put(
            Side::Left,
            (1, 77),
            Spoken::Codes(&[1; 160], Law::A),
            1060 * MS,
        );
        recorder.finish(1100 * MS);
        let codes = appended(&jobs);
        let first = |channel: usize, code: u8| {
            codes
                .iter()
                .skip(channel)
                .step_by(2)
                .position(|&c| c == code)
        };
        assert_eq!(codes.len(), 1600);
        assert_eq!((first(0, 1), first(1, 2)), (Some(480), Some(400)));
    }

    #[test]
    fn a_late_packet_is_waited_for() {
        let (mut recorder, jobs, _) = recorder(false);
        recorder.put(
            Side::Left,
            (1, 0),
            Spoken::Codes(&[1; 160], Law::A),
            1000 * MS,
        );
        recorder.put(
            Side::Left,
            (1, 320),
            Spoken::Codes(&[3; 160], Law::A),
            1040 * MS,
        );
        assert!(recorder.advance(1150 * MS));
        assert_eq!(appended(&jobs), []);
        recorder.put(
            Side::Left,
            (1, 160),
            Spoken::Codes(&[2; 160], Law::A),
            1150 * MS,
        );
        assert!(recorder.advance(1700 * MS));
        let codes = appended(&jobs);
        assert_eq!(codes.len(), PIECE_FRAMES as usize);
        assert_eq!(codes[..480], [[1; 160], [2; 160], [3; 160]].concat());
    }

    #[test]
    fn what_is_said_in_a_pause_is_kept_nowhere() {
        let (mut recorder, jobs, _) = recorder(true);
        let say = |recorder: &mut Recorder, ms: u32, code: u8, late: u64| {
            let now = (1000 + u64::from(ms) + late) * MS;
            for side in [Side::Left, Side::Right(0)] {
                recorder.put(side, (1, ms * 8), Spoken::Codes(&[code; 160], Law::A), now);
            }
        };
        for ms in (0..100).step_by(20) {
            say(&mut recorder, ms, 1, 0);
        }
        say(&mut recorder, 200, 2, 0); // its phone is ahead of time
        recorder.pause(true, 1100 * MS);
        recorder.pause(true, 1150 * MS);
        for ms in (100..300).step_by(20) {
            say(&mut recorder, ms, 2, 0);
        }
        recorder.pause(false, 1300 * MS);
        say(&mut recorder, 260, 2, 60); // said in the pause, and late
        for ms in (300..400).step_by(20) {
            say(&mut recorder, ms, 3, 0);
        }
        recorder.finish(1400 * MS);
        let codes = appended(&jobs);
        assert_eq!(codes.len(), 6400);
        assert_eq!(codes[..1600], [1; 1600]);
        assert_eq!(codes[1600..4800], [QUIET; 3200]);
        assert_eq!(codes[4800..], [3; 1600]);
    }

    #[test]
    fn a_disk_that_does_not_keep_up_ends_the_recording_with_an_error() {
        let (mut recorder, jobs, _) = recorder(true);
        assert!(!recorder.advance(100_000 * MS));
        let Some(Job::Close {
            error: Some(error), ..
        }) = jobs.try_iter().last()
        else {
            unreachable!("the recording is closed last")
        };
        assert!(error.contains("too slow"), "{error}");
    }

    #[test]
    fn a_recording_whose_file_failed_is_given_up() {
        let (mut recorder, jobs, backlog) = recorder(true);
        backlog.close();
        assert!(!recorder.advance(2000 * MS));
        assert_eq!(jobs.try_iter().count(), 0);
    }

    #[test]
    fn only_the_left_side_breaks_the_silence_that_is_watched_for() {
        // who is watched for how long, who speaks, whether that is silence, and a blank recording
        let cases = [
            (0, Side::Left, false, false),
            (500, Side::Left, false, false),
            (500, Side::Right(0), true, true),
        ];
        for (silence_ms, side, silent, blank) in cases {
            let (mut recorder, jobs, _) = watching_recorder(true, silence_ms);
            recorder.put(side, (1, 0), Spoken::Codes(&[0x2a; 800], Law::A), 1300 * MS);
            assert_eq!(recorder.falls_silent(1600 * MS), silent, "{side:?}");
            assert!(!recorder.falls_silent(1700 * MS), "{side:?}");
            recorder.finish(1700 * MS);
            let closed = jobs.try_iter().last();
            assert!(
                matches!(closed, Some(Job::Close { blank: told, .. }) if told == blank),
                "{side:?}: {closed:?}"
            );
        }
    }

    #[test]
    fn silence_before_and_after_what_was_said_is_left_out_where_it_is_watched_for() {
        for begins in (5000..6000).step_by(20) {
            let (mut recorder, jobs, _) = watching_recorder(false, 4000);
            let loud = 0x2a;
            for ms in (0..10_000).step_by(20) {
                let now = (1000 + u64::from(ms)) * MS;
                let code = if (begins..begins + 1000).contains(&ms) {
                    loud
                } else {
                    QUIET
                };
                let said = [code; 160];
                recorder.put(Side::Left, (1, ms * 8), Spoken::Codes(&said, Law::A), now);
                if ms % 100 == 0 {
                    assert!(recorder.advance(now));
                }
            }
            recorder.finish(11_000 * MS);
            let (mut codes, mut kept) = (Vec::new(), 0);
            for job in jobs.try_iter() {
                match job {
                    Job::Append { codes: piece, .. } => codes.extend(piece),
                    Job::Close { frames, blank, .. } => {
                        assert!(!blank);
                        kept = frames as usize;
                    }
                    Job::Open { .. } => unreachable!("it is open"),
                }
            }
            codes.truncate(kept);
            let first = codes.iter().position(|&code| code == loud).unwrap();
            let last = codes.iter().rposition(|&code| code == loud).unwrap();
            let said = codes.iter().filter(|&&code| code == loud).count();
            assert_eq!(
                (said, last - first),
                (8000, 8000 - 1),
                "all that was said, and nothing else, from {begins} on"
            );
            assert!((5600..8000).contains(&first), "{first} before it");
            let behind = codes.len() - last;
            assert!((3000..=4000).contains(&behind), "{behind} behind it");
        }
    }

    #[test]
    fn nothing_but_silence_is_a_short_blank() {
        let (mut recorder, jobs, _) = watching_recorder(false, 4000);
        for ms in (0..20_000).step_by(100) {
            assert!(recorder.advance((1000 + ms) * MS));
        }
        recorder.finish(21_000 * MS);
        let closed = jobs.try_iter().last();
        let Some(Job::Close { frames, blank, .. }) = closed else {
            unreachable!("it is closed last: {closed:?}")
        };
        assert!(blank && frames < 3 * 8000, "{frames}");
    }
}
