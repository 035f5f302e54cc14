//! What the engine tells Python, gathered in one queue behind one file descriptor.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use crate::dtmf::Digit;
use crate::ears::sign::Heard;
use crate::wake::Wake;

/// Something that happened, in the past tense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Digit {
        port: u64,
        digit: Digit,
    },
    /// What the port's ears were asked to listen for.
    Heard {
        port: u64,
        heard: Heard,
    },
    PlayFinished {
        port: u64,
        player: u64,
        completed: bool,
    },
    RtpStarted {
        port: u64,
    },
    RtpTimeout {
        port: u64,
    },
    /// Somebody listens, and there were no packets, or nothing but silence in them.
    VoiceMissing {
        port: u64,
        no_packets: bool,
    },
    /// It is there again.
    VoiceBack {
        port: u64,
    },
    /// A bug has ended this port, which is closed.
    PortFailed {
        port: u64,
        error: String,
    },
    /// A datagram of the handshake that is to bring the keys (DTLS).
    Record {
        port: u64,
        record: Vec<u8>,
    },
    /// Its left side has been silent for as long as the recording was told to watch for.
    RecordingSilent {
        recording: u64,
    },
    RecordingStopped {
        recording: u64,
        path: PathBuf,
        frames: u64,
        bytes: u64,
        error: String,
        /// Silence was watched for, and there was nothing else.
        blank: bool,
    },
    /// The audio thread died of a bug or of the kernel; no call has audio any more.
    EngineFailed {
        error: String,
    },
}

/// The writing end, one for each thread of the engine.
#[derive(Clone, Debug)]
pub struct EventSender {
    queue: Sender<Event>,
    wake: Arc<Wake>,
}

impl EventSender {
    /// Adds an event and makes the file descriptor readable. Never blocks.
    pub fn send(&self, event: Event) {
        // Nobody reads any more only when the engine itself is gone.
        if self.queue.send(event).is_ok() {
            self.wake.raise();
        }
    }
}

/// The reading end.
#[derive(Debug)]
pub struct EventReceiver {
    queue: Mutex<Receiver<Event>>,
    wake: Arc<Wake>,
}

impl EventReceiver {
    /// All events since the last call, oldest first; the file descriptor is quiet again.
    pub fn take(&self) -> Vec<Event> {
        self.wake.clear();
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.try_iter().collect()
    }

    /// Readable while events wait.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }
}

/// A queue of events with its file descriptor.
pub fn channel() -> io::Result<(EventSender, EventReceiver)> {
    let wake = Arc::new(Wake::new()?);
    let (sender, receiver) = mpsc::channel();
    let sender = EventSender {
        queue: sender,
        wake: Arc::clone(&wake),
    };
    let receiver = EventReceiver {
        queue: Mutex::new(receiver),
        wake,
    };
    Ok((sender, receiver))
}
