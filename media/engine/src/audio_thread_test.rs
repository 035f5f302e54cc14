//! What a bug in carrying out a command ends, and what goes on.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{self, Sender};

use super::*;
use crate::codec::Codec;
use crate::event::{self, Event, EventReceiver};
use crate::fault::tests::{arm, disarm};
use crate::format::Format;
use crate::g711::Law;
use crate::player::{Audio, Player};
use crate::rate::Rate;
use crate::recorder::Order;
use crate::rtp::Header;
use crate::switchboard::Limits;
use crate::wav::Coding;
use crate::writer::Job;

const CALLER: u64 = 1;
const AGENT: u64 = 2;
/// Is to be harmed.
const VICTIM: u64 = 3;
const RECORDING: u64 = 7;
const PACKET: usize = 12 + 160;

/// An audio thread's world without the thread; each command is carried out where it is given.
struct Rig {
    thread: AudioThread,
    commands: Sender<Command>,
    wake: Arc<Wake>,
    events: EventReceiver,
    jobs: Receiver<Job>,
    phones: Vec<UdpSocket>,
    /// Their addresses, as they were opened.
    ports: Vec<SocketAddr>,
    said: u16,
}

fn bound() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

impl Rig {
    /// Caller and agent hear each other; the third has a phone, too.
    fn new() -> Rig {
        let (commands, queue) = mpsc::channel();
        let wake = Arc::new(Wake::new().unwrap());
        let inbox = Inbox {
            commands: queue,
            wake: Arc::clone(&wake),
            cpu: Arc::default(),
        };
        let (sender, events) = event::channel().unwrap();
        let (writer, jobs) = mpsc::channel();
        let board = Switchboard::new(sender, writer, Limits::default());
        let mut rig = Rig {
            thread: AudioThread::new(inbox, board).unwrap(),
            commands,
            wake,
            events,
            jobs,
            phones: (0..3).map(|_| bound()).collect(),
            ports: Vec::new(),
            said: 0,
        };
        for port in [CALLER, AGENT, VICTIM] {
            rig.open(port);
        }
        rig.hear(CALLER, &[AGENT]);
        rig.hear(AGENT, &[CALLER]);
        rig.assert_talk();
        rig
    }

    fn open(&mut self, port: u64) {
        let socket = bound();
        self.ports.push(socket.local_addr().unwrap());
        self.order(Command::Open {
            port,
            socket,
            random: [port as u8; crate::port::RANDOM],
            counters: Arc::default(),
        });
        self.order(self.configuring(port));
    }

    fn configuring(&self, port: u64) -> Command {
        Command::Configure {
            port,
            remote: self.phones[port as usize - 1].local_addr().unwrap(),
            format: Format {
                payload_type: 8,
                codec: Codec::G711(Law::A),
                event_payload_type: None,
                comfort_noise: false,
                packet_ms: 20,
            },
        }
    }

    fn hear(&mut self, listener: u64, speakers: &[u64]) {
        let row = speakers.iter().map(|&speaker| (speaker, 1.0)).collect();
        self.order(Command::Hear { listener, row });
    }

    fn record(&mut self, left: u64) {
        let order = Order {
            id: RECORDING,
            path: "x.wav".into(),
            coding: Coding::Linear(Rate::Narrow),
            rates: [Rate::Narrow; 2],
            stereo: false,
            silence_ms: 0,
        };
        let right = None;
        self.order(Command::StartRecording { order, left, right });
    }

    fn order(&mut self, command: Command) {
        self.commands.send(command).unwrap();
        assert!(self.thread.obey(monotonic()).unwrap());
    }

    /// Caller and agent still hear each other.
    fn assert_talk(&mut self) {
        for (from, to) in [(0, 1), (1, 0)] {
            self.said += 1;
            let header = Header {
                marker: false,
                payload_type: 8,
                sequence: self.said,
                timestamp: u32::from(self.said) * 160,
                ssrc: from as u32,
            };
            let datagram = [&header.to_bytes()[..], &[9; 160]].concat();
            self.phones[from]
                .send_to(&datagram, self.ports[from])
                .unwrap();
            for slot in 0..3 {
                self.thread.board.receive(slot, monotonic());
            }
            let mut heard = [0; 2048];
            assert_eq!(self.phones[to].recv(&mut heard).unwrap(), PACKET);
        }
    }

    /// Whether the socket of the port that was opened last is closed.
    fn is_closed(&self) -> bool {
        UdpSocket::bind(self.ports.last().unwrap()).is_ok()
    }

    /// Ports that were told to have failed.
    fn failed(&self) -> Vec<u64> {
        let events = self.events.take().into_iter();
        let failed = events.filter_map(|event| match event {
            Event::PortFailed { port, error } => {
                assert!(error.starts_with("tripped at"), "{error}");
                Some(port)
            }
            _ => None,
        });
        failed.collect()
    }

    /// Whether the recording's file was closed with an error.
    fn recording_failed(&self) -> bool {
        self.jobs.try_iter().any(
            |job| matches!(job, Job::Close { id: RECORDING, error: Some(error), .. } if error.starts_with("tripped")),
        )
    }
}

#[test]
fn while_something_plays_commands_wake_nobody_and_none_is_left() {
    let mut rig = Rig::new();
    let audio = Arc::new(Audio::from_pcm(&[1; 1600]));
    let player = Player::new(1, vec![audio], true, false);
    rig.order(Command::Play {
        port: CALLER,
        player,
    });
    assert!(rig.thread.obey(monotonic()).unwrap()); // by the tick
    rig.wake.raise();
    assert!(!rig.wake.is_readable());
    rig.order(Command::StopPlay { port: CALLER });
    rig.thread.tick(monotonic()); // the last one
    assert!(rig.wake.is_readable());
    assert!(rig.thread.obey(monotonic()).unwrap());
    assert!(!rig.wake.is_readable());
    rig.wake.raise();
    assert!(rig.wake.is_readable());
}

#[test]
fn a_bug_in_a_command_ends_its_port_and_no_other() {
    for place in ["configure", "hear", "close"] {
        let mut rig = Rig::new();
        rig.events.take();
        let command = match place {
            "configure" => rig.configuring(VICTIM),
            "hear" => Command::Hear {
                listener: VICTIM,
                row: vec![(CALLER, 1.0), (AGENT, 1.0)],
            },
            _ => Command::Close { port: VICTIM },
        };
        arm(&[place]);
        rig.order(command);
        assert!(disarm().is_empty(), "{place}");
        assert_eq!(rig.failed(), [VICTIM], "{place}");
        assert!(rig.is_closed(), "{place}");
        rig.assert_talk();
        rig.open(VICTIM); // the next call finds its place
        rig.assert_talk();
    }
}

#[test]
fn a_port_that_cannot_be_closed_either_is_dropped() {
    let mut rig = Rig::new();
    rig.events.take();
    arm(&["close", "close"]);
    rig.order(Command::Close { port: VICTIM });
    assert!(disarm().is_empty());
    assert_eq!(rig.failed(), [VICTIM]);
    assert!(rig.is_closed());
    rig.assert_talk();
}

#[test]
fn a_port_that_never_came_to_be_is_told_to_have_failed() {
    let mut rig = Rig::new();
    rig.order(Command::Close { port: VICTIM });
    rig.events.take();
    arm(&["open"]);
    rig.open(VICTIM);
    assert!(disarm().is_empty());
    assert_eq!(rig.failed(), [VICTIM]);
    rig.assert_talk();
}

#[test]
fn a_bug_in_a_recording_ends_it_and_no_port() {
    let commands = [
        (
            "pause recording",
            Command::PauseRecording {
                recording: RECORDING,
                paused: true,
            },
        ),
        (
            "stop recording",
            Command::StopRecording {
                recording: RECORDING,
            },
        ),
    ];
    for (place, command) in commands {
        let mut rig = Rig::new();
        rig.record(CALLER);
        rig.events.take();
        arm(&[place]);
        rig.order(command);
        assert!(disarm().is_empty(), "{place}");
        assert!(rig.recording_failed(), "{place}");
        assert!(rig.failed().is_empty(), "{place}");
        rig.assert_talk();
    }
    let mut rig = Rig::new();
    rig.record(CALLER);
    arm(&["advance recording"]);
    rig.thread.board.housekeep(monotonic());
    assert!(disarm().is_empty() && rig.recording_failed());
    rig.assert_talk();
}

#[test]
fn a_bug_on_the_way_to_another_thread_ends_who_is_on_it() {
    for place in ["depart", "arrive"] {
        let (mut here, mut there) = (Rig::new(), Rig::new());
        here.record(VICTIM);
        here.events.take();
        there.order(Command::Close { port: VICTIM });
        there.events.take();
        let (to, from) = mpsc::channel();
        there.order(Command::Arrive { from });
        arm(&[place]);
        here.order(Command::Depart {
            ports: vec![VICTIM],
            recordings: vec![RECORDING],
            to,
            wake: Arc::clone(&there.wake),
        });
        there.order(Command::StopPlay { port: CALLER }); // is carried out: nobody is awaited
        assert!(disarm().is_empty() && there.thread.awaited.is_none());
        assert_eq!([here.failed(), there.failed()].concat(), [VICTIM]);
        assert!(here.recording_failed() || there.recording_failed());
        assert!(here.is_closed());
        here.assert_talk();
        there.assert_talk();
    }
}
