//! What the audio thread is told to do. Every command is already checked; one that names a port
//! which is gone by the time it arrives does nothing.

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::Arc;

use crate::control::Way;
use crate::ears::Wanted;
use crate::format::Format;
use crate::ice::Credentials;
use crate::keying::Press;
use crate::player::{Change, Player};
use crate::port;
use crate::recorder::Order;
use crate::statistics::Counters;
use crate::suite::MasterKey;
use crate::switchboard::Company;
use crate::ties::Member;
use crate::wake::Wake;

/// Entries of the queue from the engine's handle to its audio thread.
#[derive(Debug)]
pub enum Command {
    Open {
        port: u64,
        socket: UdpSocket,
        random: [u8; port::RANDOM],
        counters: Arc<Counters>,
    },
    Configure {
        port: u64,
        remote: SocketAddr,
        format: Format,
    },
    Control {
        port: u64,
        way: Way,
        /// For reports beside RTP, the first time that they are wanted.
        socket: Option<UdpSocket>,
    },
    Protect {
        port: u64,
        ours: MasterKey,
        theirs: MasterKey,
    },
    AwaitKeys {
        port: u64,
    },
    Unprotect {
        port: u64,
    },
    AnswerChecks {
        port: u64,
        credentials: Credentials,
    },
    SendRecord {
        port: u64,
        record: Vec<u8>,
    },
    Close {
        port: u64,
    },
    Hear {
        listener: u64,
        /// Speakers with their gains, which are finite and not negative.
        row: Vec<(u64, f32)>,
    },
    Play {
        port: u64,
        player: Player,
    },
    StopPlay {
        port: u64,
    },
    ChangePlay {
        port: u64,
        player: u64,
        change: Change,
    },
    Listen {
        port: u64,
        wanted: Wanted,
    },
    SendKeys {
        port: u64,
        presses: Vec<Press>,
    },
    StartRecording {
        /// Its law is that of the left port, which the audio thread knows.
        order: Order,
        left: u64,
        right: Option<u64>,
    },
    AddToRecording {
        recording: u64,
        port: u64,
    },
    PauseRecording {
        recording: u64,
        paused: bool,
    },
    StopRecording {
        recording: u64,
    },
    /// These go to another audio thread, which is to wait for them before it carries out more.
    Depart {
        ports: Vec<u64>,
        recordings: Vec<u64>,
        to: Sender<Box<Company>>,
        wake: Arc<Wake>,
    },
    Arrive {
        from: Receiver<Box<Company>>,
    },
    Stop,
}

impl Command {
    /// Whose it is: what a bug in carrying it out ends.
    pub fn subject(&self) -> Option<Member> {
        match *self {
            Command::Open { port, .. }
            | Command::Configure { port, .. }
            | Command::Control { port, .. }
            | Command::Protect { port, .. }
            | Command::AwaitKeys { port }
            | Command::Unprotect { port }
            | Command::AnswerChecks { port, .. }
            | Command::SendRecord { port, .. }
            | Command::Close { port }
            | Command::Hear { listener: port, .. }
            | Command::Play { port, .. }
            | Command::StopPlay { port }
            | Command::ChangePlay { port, .. }
            | Command::Listen { port, .. }
            | Command::SendKeys { port, .. }
            | Command::StartRecording { left: port, .. }
            | Command::AddToRecording { port, .. } => Some(Member::Port(port)),
            Command::PauseRecording { recording, .. } | Command::StopRecording { recording } => {
                Some(Member::Recording(recording))
            }
            Command::Depart { .. } | Command::Arrive { .. } | Command::Stop => None,
        }
    }
}
