//! The writer thread: everything that touches the disk, away from the audio.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::event::{Event, EventSender};
use crate::wav::{Coding, WavFile};

/// While files are open jobs may gather for so long: each time it is woken costs both threads more than
/// most jobs.
const GATHER: Duration = Duration::from_millis(20);

/// What the audio thread shares with the writer about one recording.
#[derive(Debug, Default)]
pub struct Backlog {
    waiting: AtomicUsize,
    closed: AtomicBool,
}

impl Backlog {
    /// Bytes handed on and not written yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub fn add(&self, bytes: usize) {
        self.waiting.fetch_add(bytes, Ordering::Relaxed);
    }

    fn written(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The file failed; nothing more needs to be handed on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// What the writer is asked to do. Bounded by each recording's backlog.
#[derive(Debug)]
pub enum Job {
    Open {
        id: u64,
        path: PathBuf,
        coding: Coding,
        channels: u16,
        backlog: Arc<Backlog>,
    },
    Append {
        id: u64,
        codes: Vec<u8>,
    },
    Close {
        id: u64,
        error: Option<String>,
        /// For `RecordingStopped`.
        blank: bool,
        /// Frames (1/8000 s) that are kept, if there are more.
        frames: u64,
    },
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    wav: WavFile,
    backlog: Arc<Backlog>,
}

/// The files being written. Each recording ends in exactly one `RecordingStopped`.
pub struct Writer {
    open: HashMap<u64, Open>,
    events: EventSender,
}

impl Writer {
    pub fn new(events: EventSender) -> Writer {
        Writer {
            open: HashMap::new(),
            events,
        }
    }

    /// Works until the audio thread is gone, then completes what is still open.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        while let Some(job) = self.next(jobs) {
            self.handle(job);
        }
        let left: Vec<u64> = self.open.keys().copied().collect();
        for id in left {
            self.close(id, Some("the engine ended".to_owned()), false, u64::MAX);
        }
    }

    /// Waits for a job; `None` when there are no more to come.
    fn next(&self, jobs: &Receiver<Job>) -> Option<Job> {
        loop {
            match jobs.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if self.open.is_empty() => return jobs.recv().ok(),
                Err(TryRecvError::Empty) => thread::sleep(GATHER),
            }
        }
    }

    fn handle(&mut self, job: Job) {
        match job {
            Job::Open {
                id,
                path,
                coding,
                channels,
                backlog,
            } => match WavFile::create(&path, coding, channels) {
                Ok(wav) => {
                    self.open.insert(id, Open { path, wav, backlog });
                }
                Err(error) => {
                    backlog.close();
                    self.events.send(Event::RecordingStopped {
                        recording: id,
                        path,
                        frames: 0,
                        bytes: 0,
                        error: explain(&error),
                        blank: false,
                    });
                }
            },
            Job::Append { id, codes } => {
                // After an error pieces may still be on their way: they are let go.
                let Some(open) = self.open.get_mut(&id) else {
                    return;
                };
                open.backlog.written(codes.len());
                if let Err(error) = open.wav.append(&codes) {
                    self.close(id, Some(explain(&error)), false, u64::MAX);
                }
            }
            Job::Close {
                id,
                error,
                blank,
                frames,
            } => self.close(id, error, blank, frames),
        }
    }

    fn close(&mut self, id: u64, error: Option<String>, blank: bool, frames: u64) {
        let Some(mut open) = self.open.remove(&id) else {
            return;
        };
        open.backlog.close();
        let completed = open.wav.truncate(frames).and_then(|()| open.wav.finish());
        let error = error.or_else(|| completed.err().as_ref().map(explain));
        self.events.send(Event::RecordingStopped {
            recording: id,
            path: open.path,
            frames: open.wav.frames(),
            bytes: open.wav.size(),
            error: error.unwrap_or_default(),
            blank,
        });
    }
}

/// The operating system's words without Rust's "(os error n)".
fn explain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::event::{channel, EventReceiver};
    use crate::g711::Law;
    use crate::rate::Rate;
    use crate::recorder::{Order, Recorder, Side};
    use crate::ring::Spoken;
    use crate::testing::Scratch;
    use std::path::Path;

    fn open(id: u64, path: &Path, backlog: &Arc<Backlog>) -> Job {
        Job::Open {
            id,
            path: path.into(),
            coding: Coding::G711(Law::A),
            channels: 2,
            backlog: Arc::clone(backlog),
        }
    }

    fn close(blank: bool) -> Job {
        Job::Close {
            id: 1,
            error: None,
            blank,
            frames: u64::MAX,
        }
    }

    fn run(jobs: Vec<Job>) -> Vec<Event> {
        let (sender, events): (EventSender, EventReceiver) = channel().unwrap();
        let (queue, receiver) = std::sync::mpsc::channel();
        for job in jobs {
            queue.send(job).unwrap();
        }
        drop(queue);
        Writer::new(sender).run(&receiver);
        events.take()
    }

    #[test]
    fn a_recording_is_written_and_reported_once() {
        let scratch = Scratch::new("writer");
        let path = scratch.path("a.wav");
        let backlog = Arc::new(Backlog::default());
        backlog.add(4);
        let events = run(vec![
            open(1, &path, &backlog),
            Job::Append {
                id: 1,
                codes: vec![1, 2, 3, 4],
            },
            close(true),
            close(true),
        ]);
        let stopped = Event::RecordingStopped {
            recording: 1,
            path: path.clone(),
            frames: 2,
            bytes: 62,
            error: String::new(),
            blank: true,
        };
        assert_eq!(events, [stopped]);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 62);
        assert_eq!(backlog.waiting(), 0);
    }

    #[test]
    fn jobs_are_done_whenever_they_come() {
        let scratch = Scratch::new("writer-late");
        let (sender, events) = channel().unwrap();
        let (queue, jobs) = std::sync::mpsc::channel();
        let writing = thread::spawn(move || Writer::new(sender).run(&jobs));
        let backlog = Arc::new(Backlog::default());
        for _ in 0..2 {
            let path = scratch.path("a.wav");
            queue.send(open(1, &path, &backlog)).unwrap();
            while !path.exists() {
                thread::yield_now();
            }
            queue.send(close(false)).unwrap();
            while events.take().is_empty() {
                thread::yield_now();
            }
            std::fs::remove_file(path).unwrap();
        }
        drop(queue);
        writing.join().unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_created_is_one_event_and_closes_the_backlog() {
        let scratch = Scratch::new("writer-missing");
        let backlog = Arc::new(Backlog::default());
        let events = run(vec![
            open(1, &scratch.path("no/such/folder/a.wav"), &backlog),
            Job::Append {
                id: 1,
                codes: vec![1, 2],
            },
            close(true),
        ]);
        let [Event::RecordingStopped {
            error,
            frames: 0,
            blank: false,
            ..
        }] = &events[..]
        else {
            unreachable!("one event: {events:?}")
        };
        assert_eq!(error, "No such file or directory");
        assert!(backlog.is_closed());
    }

    #[test]
    fn what_is_open_when_the_engine_ends_is_completed() {
        let scratch = Scratch::new("writer-end");
        let path = scratch.path("a.wav");
        let backlog = Arc::new(Backlog::default());
        let events = run(vec![
            open(1, &path, &backlog),
            Job::Append {
                id: 1,
                codes: vec![1, 2],
            },
        ]);
        assert_eq!(events.len(), 1);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 60);
    }

    /// What a player makes of a file: how many frames its header knows of.
    fn playable(path: &Path) -> u64 {
        let bytes = std::fs::read(path).unwrap();
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert!(bytes.len() >= 58 + number(54) as usize);
        u64::from(number(46)) * 8000 / u64::from(number(24))
    }

    #[test]
    fn whoever_dies_leaves_all_but_the_last_second_to_play() {
        let scratch = Scratch::new("writer-dies");
        let law = Coding::G711(Law::A);
        // the coding, both sides, and how much silence is watched for
        for (nth, (coding, stereo, silence_ms)) in [
            (law, true, 0),
            (law, false, 3000),
            (Coding::Linear(Rate::Narrow), true, 0),
            (Coding::Linear(Rate::Wide), false, 3000),
        ]
        .into_iter()
        .enumerate()
        {
            let path = scratch.path(format!("{nth}.wav"));
            let (queue, jobs) = std::sync::mpsc::channel();
            let order = Order {
                id: 1,
                path: path.clone(),
                coding,
                rates: [Rate::Narrow; 2],
                stereo,
                silence_ms,
            };
            let mut recorder = Recorder::begin(order, 0, queue);
            let mut writer = Writer::new(channel().unwrap().0);
            for packet in 1..500_u32 {
                let now = u64::from(packet) * 20 * 1_000_000;
                let said = Spoken::Codes(&[0x2a; 160], Law::A);
                recorder.put(Side::Left, (1, packet * 160), said, now);
                if packet.is_multiple_of(5) {
                    recorder.advance(now); // as often as an idle audio thread
                }
                jobs.try_iter().for_each(|job| writer.handle(job));
                let lost = u64::from(packet) * 160 - playable(&path);
                assert!(lost <= 8000, "{lost} samples of {coding:?} after {packet}");
            }
        }
    }
}
