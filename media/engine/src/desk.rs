//! What the engine's handle knows of the engine: its numbers, its ports, and which thread has what.
//!
//! Ports are opened on the thread that has the fewest. Those that are to hear each other, or to be
//! recorded together, are brought to one thread, that of most of them.

use std::collections::HashMap;
use std::sync::mpsc::{self, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::command::Command;
use crate::format::Format;
use crate::player::Audio;
use crate::port_range::PortRange;
use crate::refusal::{argument, Refusal};
use crate::statistics::{Counter, Counters};
use crate::ties::{Member, Ties};
use crate::wake::Wake;

/// A player that waits for more.
pub struct Live {
    pub port: u64,
    /// Given to it so far.
    pub samples: usize,
}

pub struct OpenPort {
    pub rtp_port: u16,
    pub format: Option<Format>,
    /// It has a socket for RTCP.
    pub has_control: bool,
    pub counters: Arc<Counters>,
    pub worker: usize,
    /// Whom it hears.
    hears: Vec<u64>,
}

impl OpenPort {
    pub fn new(rtp_port: u16, counters: Arc<Counters>, worker: usize) -> OpenPort {
        OpenPort {
            rtp_port,
            format: None,
            has_control: false,
            counters,
            worker,
            hears: Vec::new(),
        }
    }
}

/// One audio thread.
pub struct Worker {
    commands: Sender<Command>,
    wake: Arc<Wake>,
    cpu: Arc<Counter>,
    /// Commands wait for `flush`.
    has_orders: bool,
    ports: usize,
}

impl Worker {
    pub fn new(commands: Sender<Command>, wake: Arc<Wake>, cpu: Arc<Counter>) -> Worker {
        Worker {
            commands,
            wake,
            cpu,
            has_orders: false,
            ports: 0,
        }
    }
}

/// What one audio thread has charge of, and the nanoseconds of CPU that it has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub ports: usize,
    pub cpu: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    New,
    Running,
    Stopped,
}

/// What the handle knows. Numbers only ever go up, so a used one is told from one never given out.
pub struct Desk {
    pub state: State,
    /// There once the engine was started; those of a stopped engine hear nothing more.
    pub workers: Vec<Worker>,
    pub threads: Vec<JoinHandle<()>>,
    /// Commands wait for `flush`.
    pub batched: bool,
    pub range: PortRange,
    pub ports: HashMap<u64, OpenPort>,
    pub audios: HashMap<u64, Arc<Audio>>,
    pub live: HashMap<u64, Live>,
    /// Those under way, and their threads.
    recordings: HashMap<u64, usize>,
    ties: Ties,
    pub last_port: u64,
    pub last_audio: u64,
    pub last_player: u64,
    pub last_recording: u64,
}

impl Desk {
    pub fn new(range: PortRange) -> Desk {
        Desk {
            state: State::New,
            workers: Vec::new(),
            threads: Vec::new(),
            batched: false,
            range,
            ports: HashMap::new(),
            audios: HashMap::new(),
            live: HashMap::new(),
            recordings: HashMap::new(),
            ties: Ties::default(),
            last_port: 0,
            last_audio: 0,
            last_player: 0,
            last_recording: 0,
        }
    }

    pub fn check_running(&self) -> Result<(), Refusal> {
        match self.state {
            State::Running => Ok(()),
            State::New => Err(Refusal::State("the engine is not started")),
            State::Stopped => Err(Refusal::State("the engine is stopped")),
        }
    }

    /// A number that was never given out is a mistake; a closed port's is not.
    pub fn check_port(&self, port: u64) -> Result<(), Refusal> {
        known("port", port, self.last_port)
    }

    pub fn check_player(&self, player: u64) -> Result<(), Refusal> {
        known("player", player, self.last_player)
    }

    pub fn check_recording(&self, recording: u64) -> Result<(), Refusal> {
        known("recording", recording, self.last_recording)
    }

    pub fn audios(&self, playlist: &[u64]) -> Result<Vec<Arc<Audio>>, Refusal> {
        let mut audios = Vec::with_capacity(playlist.len());
        for id in playlist {
            match self.audios.get(id) {
                Some(audio) => audios.push(Arc::clone(audio)),
                None => return argument(format!("unknown audio {id}")),
            }
        }
        Ok(audios)
    }

    /// The thread for a new port.
    pub fn least_laden(&self) -> usize {
        let laden = self.workers.iter().enumerate();
        laden
            .min_by_key(|(_, worker)| worker.ports)
            .map_or(0, |(nth, _)| nth)
    }

    /// Adds a port, which its thread is to open.
    pub fn open(&mut self, port: u64, open: OpenPort) {
        if let Some(worker) = self.workers.get_mut(open.worker) {
            worker.ports += 1;
        }
        self.ports.insert(port, open);
    }

    pub fn close(&mut self, port: u64) -> Option<OpenPort> {
        let closed = self.ports.remove(&port)?;
        if let Some(worker) = self.workers.get_mut(closed.worker) {
            worker.ports -= 1;
        }
        self.ties.forget(Member::Port(port));
        self.live.retain(|_, live| live.port != port);
        Some(closed)
    }

    /// A port hears these from now on, and nobody else: brings them together.
    pub fn hear(&mut self, listener: u64, speakers: impl Iterator<Item = u64>) {
        let speakers: Vec<u64> = speakers.filter(|id| self.ports.contains_key(id)).collect();
        let Some(port) = self.ports.get_mut(&listener) else {
            return;
        };
        let at = Member::Port(listener);
        let before = std::mem::replace(&mut port.hears, speakers.clone());
        for &speaker in &speakers {
            self.ties.tie(at, Member::Port(speaker));
        }
        for speaker in before {
            self.ties.untie(at, Member::Port(speaker));
        }
        self.gather(at);
    }

    /// A recording takes a port from now on: brings them together.
    pub fn record(&mut self, recording: u64, port: u64) {
        let Some(open) = self.ports.get(&port) else {
            return;
        };
        // A recording begins where its left port is.
        self.recordings.entry(recording).or_insert(open.worker);
        let at = Member::Recording(recording);
        self.ties.tie(at, Member::Port(port));
        self.gather(at);
    }

    /// Where a recording is; `None` if it is over.
    pub fn recorded_at(&self, recording: u64) -> Option<usize> {
        self.recordings.get(&recording).copied()
    }

    /// A recording that nobody was there for begins anywhere.
    pub fn begin(&mut self, recording: u64) -> usize {
        *self.recordings.entry(recording).or_insert(0)
    }

    /// A recording is over.
    pub fn end(&mut self, recording: u64) {
        self.recordings.remove(&recording);
        self.ties.forget(Member::Recording(recording));
    }

    /// Puts a command on the queue of the thread that has a port; one that is closed is let be.
    pub fn tell_port(&mut self, port: u64, command: Command) {
        if let Some(worker) = self.ports.get(&port).map(|open| open.worker) {
            self.post(worker, command);
        }
    }

    /// Puts a command on a thread's queue.
    pub fn post(&mut self, worker: usize, command: Command) {
        let batched = self.batched;
        let Some(worker) = self.workers.get_mut(worker) else {
            return;
        };
        // If the thread has died, `EngineFailed` told so.
        if worker.commands.send(command).is_ok() {
            worker.has_orders = true;
            if !batched {
                worker.flush();
            }
        }
    }

    /// Wakes the threads to the commands that wait.
    pub fn flush(&mut self) {
        for worker in &mut self.workers {
            worker.flush();
        }
    }

    pub fn loads(&self) -> impl Iterator<Item = Load> + '_ {
        self.workers.iter().map(|worker| Load {
            ports: worker.ports,
            cpu: worker.cpu.get(),
        })
    }

    /// Has all of a company on one thread, that of most of them.
    fn gather(&mut self, member: Member) {
        if self.workers.len() < 2 {
            return;
        }
        let mut at: Vec<Vec<Member>> = self.workers.iter().map(|_| Vec::new()).collect();
        for member in self.ties.company(member) {
            if let Some(there) = self.place(member).and_then(|worker| at.get_mut(worker)) {
                there.push(member);
            }
        }
        let laden = |worker: usize| self.workers.get(worker).map_or(0, |worker| worker.ports);
        let most = at
            .iter()
            .enumerate()
            .max_by_key(|(worker, there)| (there.len(), std::cmp::Reverse(laden(*worker))));
        let Some(to) = most.map(|(worker, _)| worker) else {
            return;
        };
        for (from, movers) in at.into_iter().enumerate() {
            if from != to && !movers.is_empty() {
                self.send_over(from, to, &movers);
            }
        }
    }

    fn place(&self, member: Member) -> Option<usize> {
        match member {
            Member::Port(port) => self.ports.get(&port).map(|open| open.worker),
            Member::Recording(recording) => self.recorded_at(recording),
        }
    }

    fn send_over(&mut self, from: usize, to: usize, movers: &[Member]) {
        let (mut ports, mut recordings) = (Vec::new(), Vec::new());
        for &member in movers {
            match member {
                Member::Port(id) => {
                    if let Some(port) = self.ports.get_mut(&id) {
                        port.worker = to;
                        ports.push(id);
                    }
                }
                Member::Recording(id) => {
                    self.recordings.insert(id, to);
                    recordings.push(id);
                }
            }
        }
        if let Some(worker) = self.workers.get_mut(from) {
            worker.ports -= ports.len();
        }
        let Some(worker) = self.workers.get_mut(to) else {
            return;
        };
        worker.ports += ports.len();
        let wake = Arc::clone(&worker.wake);
        let (handed_over, arriving) = mpsc::channel();
        let depart = Command::Depart {
            ports,
            recordings,
            to: handed_over,
            wake,
        };
        self.post(from, depart);
        self.post(to, Command::Arrive { from: arriving });
    }
}

impl Worker {
    fn flush(&mut self) {
        if std::mem::take(&mut self.has_orders) {
            self.wake.raise();
        }
    }
}

/// A number that was never given out is a mistake.
fn known(what: &str, number: u64, last: u64) -> Result<(), Refusal> {
    if number == 0 || number > last {
        return argument(format!("unknown {what} {number}"));
    }
    Ok(())
}
