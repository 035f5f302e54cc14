//! The engine's handle: what another thread may ask, checked, numbered and put on the queue.
//!
//! Numbers of ports, players, audios and recordings are given out here, at once; the audio thread
//! that has the port learns of them through its queue, in order. Nothing here waits for it but `stop`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::audio_thread::{AudioThread, Inbox};
use crate::command::Command;
use crate::control::Way;
use crate::desk::{Desk, Load, OpenPort, State, Worker};
use crate::dtmf;
use crate::ears::Wanted;
use crate::event::{self, Event, EventReceiver, EventSender};
use crate::format::Format;
use crate::keying::{self, Press};
use crate::port;
use crate::port_range::{PortRange, GUARD};
use crate::quality::Quality;
use crate::rate::Rate;
use crate::recorder::Order;
use crate::refusal::{argument, Refusal};
use crate::statistics::{Counter, Counters};
use crate::switchboard::{Limits, Switchboard};
use crate::threads::{spawn, supervise};
use crate::wake::Wake;
use crate::wav::Coding;
use crate::writer::Writer;

/// What a speaker may be multiplied by: up to 12 dB louder.
pub(crate) const GAINS: RangeInclusive<f32> = 0.0..=4.0;

/// Audio threads that an engine may have.
const THREADS: RangeInclusive<usize> = 1..=64;

/// One media engine: its threads, ports, audios and recordings.
pub struct Engine {
    address: IpAddr,
    limits: Limits,
    /// Audio threads.
    count: usize,
    desk: Mutex<Desk>,
    events: EventReceiver,
    event_sender: EventSender,
}

impl Engine {
    /// An engine of so many audio threads that will bind even UDP ports from `port_min` to `port_max`
    /// of `address`.
    pub fn new(
        address: &str,
        (port_min, port_max): (u16, u16),
        limits: Limits,
        dscp: u8,
        threads: usize,
    ) -> Result<Engine, Refusal> {
        let Ok(address) = address.parse::<IpAddr>() else {
            return argument(format!("not an IP address: {address:?}"));
        };
        let Some(range) = PortRange::new(address, (port_min, port_max), GUARD, dscp) else {
            return argument(format!("no even port between {port_min} and {port_max}"));
        };
        if !THREADS.contains(&threads) {
            return argument(format!("not a number of threads from 1 to 64: {threads}"));
        }
        let (event_sender, events) = event::channel()?;
        Ok(Engine {
            address,
            limits,
            count: threads,
            desk: Mutex::new(Desk::new(range)),
            events,
            event_sender,
        })
    }

    /// Starts the audio threads and the writer thread. `batched`: commands wake the audio threads
    /// at `flush` only, once for all that were given since.
    pub fn start(&self, batched: bool) -> Result<(), Refusal> {
        let mut desk = self.desk();
        if desk.state != State::New {
            return Err(Refusal::State("the engine was started before"));
        }
        desk.batched = batched;
        let (jobs, job_queue) = mpsc::channel();
        for nth in 0..self.count {
            let (commands, queue) = mpsc::channel();
            let (wake, cpu) = (Arc::new(Wake::new()?), Arc::new(Counter::default()));
            let inbox = Inbox {
                commands: queue,
                wake: Arc::clone(&wake),
                cpu: Arc::clone(&cpu),
            };
            let events = self.event_sender.clone();
            let board = Switchboard::new(events.clone(), jobs.clone(), self.limits);
            let audio = AudioThread::new(inbox, board)?;
            let name = match nth {
                0 => "media-audio".to_owned(),
                _ => format!("media-audio-{}", nth + 1),
            };
            let thread = spawn(&name, move || supervise(|| audio.run(), &events))?;
            desk.threads.push(thread);
            desk.workers.push(Worker::new(commands, wake, cpu));
        }
        drop(jobs);
        let writer = Writer::new(self.event_sender.clone());
        let thread = spawn("media-writer", move || writer.run(&job_queue))?;
        desk.threads.push(thread);
        desk.state = State::Running;
        Ok(())
    }

    /// Ends all players, recordings and ports and waits for the threads. A second time is nothing.
    pub fn stop(&self) {
        let threads = {
            let mut desk = self.desk();
            desk.ports.clear();
            desk.state = State::Stopped;
            for worker in 0..desk.workers.len() {
                desk.post(worker, Command::Stop);
            }
            desk.flush();
            std::mem::take(&mut desk.threads)
        };
        for thread in threads {
            // A thread's panic was caught and reported inside it.
            let _ = thread.join();
        }
    }

    /// Binds a socket and opens a port on it: its number and its UDP port.
    pub fn open_port(&self) -> Result<(u64, u16), Refusal> {
        let mut desk = self.desk();
        desk.check_running()?;
        let (socket, rtp_port) = desk.range.bind(Instant::now())?;
        let mut random = [0; port::RANDOM];
        rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())
            .map_err(io::Error::from)?;
        desk.last_port += 1;
        let port = desk.last_port;
        let counters = Arc::new(Counters::default());
        let worker = desk.least_laden();
        desk.open(port, OpenPort::new(rtp_port, Arc::clone(&counters), worker));
        desk.post(
            worker,
            Command::Open {
                port,
                socket,
                random,
                counters,
            },
        );
        Ok((port, rtp_port))
    }

    /// Sets a port's peer and format. A port closed meanwhile is let be.
    pub fn configure_port(
        &self,
        port: u64,
        remote: SocketAddr,
        format: Format,
    ) -> Result<(), Refusal> {
        self.check_family(remote)?;
        format.check().map_err(Refusal::Argument)?;
        if let Some(open) = self.desk().ports.get_mut(&port) {
            open.format = Some(format);
        }
        self.tell_port(
            port,
            Command::Configure {
                port,
                remote,
                format,
            },
        )
    }

    /// Sets which way a port's RTCP goes. Beside RTP it needs our odd port: where another program
    /// has that, reports are sent to the peer from RTP's, and none come.
    pub fn configure_rtcp(&self, port: u64, way: Way) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.check_port(port)?;
        let Desk { ports, range, .. } = &mut *desk;
        let mut socket = None;
        if let (Way::Beside(remote), Some(open)) = (way, ports.get_mut(&port)) {
            self.check_family(remote)?;
            if !open.has_control {
                socket = range.bind_control(open.rtp_port);
                open.has_control = true;
            }
        }
        drop(desk);
        self.tell_port(port, Command::Control { port, way, socket })
    }

    /// Closes a port; a second time is nothing.
    pub fn close_port(&self, port: u64) -> Result<(), Refusal> {
        self.tell_port(port, Command::Close { port })?;
        let mut desk = self.desk();
        if let Some(closed) = desk.close(port) {
            desk.range.release(closed.rtp_port, Instant::now());
        }
        Ok(())
    }

    /// Lets a port's phone hear what these ports' phones say, each with its gain, and nobody else.
    pub fn hear(&self, listener: u64, row: Vec<(u64, f32)>) -> Result<(), Refusal> {
        let mut desk = self.desk();
        for &(speaker, gain) in &row {
            desk.check_port(speaker)?;
            if !GAINS.contains(&gain) {
                return argument(format!("not a gain from 0 to 4: {gain}"));
            }
        }
        desk.check_port(listener)?;
        desk.hear(listener, row.iter().map(|&(speaker, _)| speaker));
        desk.tell_port(listener, Command::Hear { listener, row });
        Ok(())
    }

    /// Listens for these in what a port's phone says, anew, and for nothing else but keys.
    pub fn listen(&self, port: u64, wanted: Wanted) -> Result<(), Refusal> {
        self.tell_port(port, Command::Listen { port, wanted })
    }

    /// Presses keys (0-9 * # A-D, and ! for the hook flash) for a port's phone to hear.
    pub fn send_digits(
        &self,
        port: u64,
        digits: &str,
        press_ms: u32,
        gap_ms: u32,
    ) -> Result<(), Refusal> {
        if let Some(strange) = digits.chars().find(|&key| dtmf::code(key).is_none()) {
            return argument(format!("not a key: {strange:?}"));
        }
        if digits.len() > keying::MAX_KEYS {
            return argument(format!("more than {} keys at once", keying::MAX_KEYS));
        }
        let (presses, gaps) = (keying::PRESS_MS, keying::GAP_MS);
        if !presses.contains(&press_ms) || !gaps.contains(&gap_ms) {
            return argument(format!(
                "a key is held for {} to {} ms and rests for {} to {}",
                presses.start(),
                presses.end(),
                gaps.start(),
                gaps.end(),
            ));
        }
        let press = |key| Press {
            key,
            press_ms,
            gap_ms,
        };
        let presses = digits.chars().map(press).collect();
        self.tell_port(port, Command::SendKeys { port, presses })
    }

    /// Records what one port's phone says, or two ports' side by side; the recording's number.
    /// Unless `silence_ms` is 0, the left phone's being silent for that long is told once.
    pub fn start_recording(
        &self,
        left: u64,
        right: Option<u64>,
        path: PathBuf,
        silence_ms: u32,
    ) -> Result<u64, Refusal> {
        let mut desk = self.desk();
        desk.check_running()?;
        desk.check_port(left)?;
        if let Some(right) = right {
            desk.check_port(right)?;
        }
        desk.last_recording += 1;
        let id = desk.last_recording;
        let order = Order {
            id,
            path,
            // The audio thread knows the codecs.
            coding: Coding::Linear(Rate::Narrow),
            rates: [Rate::Narrow; 2],
            stereo: right.is_some(),
            silence_ms,
        };
        for port in [Some(left), right].into_iter().flatten() {
            desk.record(id, port);
        }
        let worker = desk.begin(id);
        desk.post(worker, Command::StartRecording { order, left, right });
        Ok(id)
    }

    /// Records one more port's phone on the right of a stereo recording; one that ended is let be.
    pub fn add_to_recording(&self, recording: u64, port: u64) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.check_recording(recording)?;
        desk.check_port(port)?;
        if desk.recorded_at(recording).is_some() {
            desk.record(recording, port);
            desk.tell_port(port, Command::AddToRecording { recording, port });
        }
        Ok(())
    }

    /// Has a recording take nothing, or again; one that ended by itself is let be.
    pub fn pause_recording(&self, recording: u64, paused: bool) -> Result<(), Refusal> {
        self.tell_recording(recording, Command::PauseRecording { recording, paused })
    }

    /// Ends a recording; one that ended by itself is let be.
    pub fn stop_recording(&self, recording: u64) -> Result<(), Refusal> {
        self.tell_recording(recording, Command::StopRecording { recording })?;
        self.desk().end(recording);
        Ok(())
    }

    fn tell_recording(&self, recording: u64, command: Command) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.check_recording(recording)?;
        if let Some(worker) = desk.recorded_at(recording) {
            desk.post(worker, command);
        }
        Ok(())
    }

    /// The live counters of an open port.
    pub fn counters(&self, port: u64) -> Result<Option<Arc<Counters>>, Refusal> {
        let desk = self.desk();
        desk.check_port(port)?;
        Ok(desk.ports.get(&port).map(|open| Arc::clone(&open.counters)))
    }

    /// How good the voice is that came to a port so far; `None` before any.
    pub fn quality(&self, port: u64) -> Result<Option<Quality>, Refusal> {
        let desk = self.desk();
        desk.check_port(port)?;
        let open = desk.ports.get(&port);
        Ok(open
            .and_then(|open| open.counters.measured(&open.format?))
            .map(|all| all.quality()))
    }

    /// UDP ports that there are, those at rest, and audios kept.
    pub fn holdings(&self) -> (usize, usize, usize) {
        let mut desk = self.desk();
        let (ports, resting) = desk.range.holdings(Instant::now());
        (ports, resting, desk.audios.len())
    }

    /// What each audio thread has to do, and has done as of its last tick (100 ms at most).
    pub fn loads(&self) -> Vec<Load> {
        self.desk().loads().collect()
    }

    /// Which thread has a port; `None` if it is closed.
    pub fn worker_of(&self, port: u64) -> Result<Option<usize>, Refusal> {
        let desk = self.desk();
        desk.check_port(port)?;
        Ok(desk.ports.get(&port).map(|open| open.worker))
    }

    /// Readable while events wait.
    pub fn events_wake(&self) -> &Wake {
        self.events.wake()
    }

    /// What happened since the last call.
    pub fn take_events(&self) -> Vec<Event> {
        let events = self.events.take();
        for event in &events {
            if let Event::RecordingStopped { recording, .. } = event {
                self.desk().end(*recording);
            }
        }
        events
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_family(&self, remote: SocketAddr) -> Result<(), Refusal> {
        if remote.is_ipv4() != self.address.is_ipv4() {
            return argument(format!(
                "{} cannot be reached from {}",
                remote.ip(),
                self.address
            ));
        }
        Ok(())
    }

    /// Sends a command about a port; ports closed meanwhile and a stopped engine are let be,
    /// because calls end at any moment and so do daemons.
    pub(crate) fn tell_port(&self, port: u64, command: Command) -> Result<(), Refusal> {
        let mut desk = self.desk();
        desk.check_port(port)?;
        desk.tell_port(port, command);
        Ok(())
    }

    /// Wakes the audio threads to the commands that wait.
    pub fn flush(&self) {
        self.desk().flush();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
