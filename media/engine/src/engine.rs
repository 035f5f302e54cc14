//! The engine's handle: what another thread may ask, checked, numbered and put on the queue.
//!
//! Numbers of ports, players, audios and recordings are given out here, at once; the audio thread
//! learns of them through its queue, in order. Nothing here waits for it except `stop`.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::audio_thread::{AudioThread, Inbox};
use crate::command::Command;
use crate::control::Way;
use crate::dtmf;
use crate::ears::Wanted;
use crate::event::{self, EventReceiver, EventSender};
use crate::format::Format;
use crate::keying::{self, Press};
use crate::player::{Audio, Change, Player};
use crate::port;
use crate::port_range::{PortRange, GUARD};
use crate::quality::Quality;
use crate::recorder::Order;
use crate::refusal::{argument, Refusal};
use crate::statistics::{Counter, Counters};
use crate::switchboard::{Limits, Switchboard};
use crate::threads::{spawn, supervise};
use crate::wake::Wake;
use crate::wav::Coding;
use crate::writer::Writer;

/// What a speaker may be multiplied by: up to 12 dB louder.
const GAINS: RangeInclusive<f32> = 0.0..=4.0;

/// What a player that waits for more may be given: a quarter of an hour.
const MAX_LIVE: usize = 15 * 60 * 8000;

/// A player that waits for more.
struct Live {
    port: u64,
    /// Given to it so far.
    samples: usize,
}

struct OpenPort {
    rtp_port: u16,
    format: Option<Format>,
    /// It has a socket for RTCP.
    has_control: bool,
    counters: Arc<Counters>,
}

enum State {
    New,
    Running {
        commands: Sender<Command>,
        threads: Vec<JoinHandle<()>>,
    },
    Stopped,
}

/// What the handle knows. Numbers only ever go up, so a used one is told from one never given out.
struct Desk {
    state: State,
    range: PortRange,
    ports: HashMap<u64, OpenPort>,
    audios: HashMap<u64, Arc<Audio>>,
    live: HashMap<u64, Live>,
    last_port: u64,
    last_audio: u64,
    last_player: u64,
    last_recording: u64,
}

/// One media engine: its threads, ports, audios and recordings.
pub struct Engine {
    address: IpAddr,
    limits: Limits,
    /// Commands wait for `flush`.
    batched: AtomicBool,
    desk: Mutex<Desk>,
    wake: Arc<Wake>,
    cpu: Arc<Counter>,
    events: EventReceiver,
    event_sender: EventSender,
}

impl Engine {
    /// An engine that will bind even UDP ports from `port_min` to `port_max` of `address`.
    pub fn new(
        address: &str,
        port_min: u16,
        port_max: u16,
        limits: Limits,
        dscp: u8,
    ) -> Result<Engine, Refusal> {
        let Ok(address) = address.parse::<IpAddr>() else {
            return argument(format!("not an IP address: {address:?}"));
        };
        let Some(range) = PortRange::new(address, (port_min, port_max), GUARD, dscp) else {
            return argument(format!("no even port between {port_min} and {port_max}"));
        };
        let (event_sender, events) = event::channel()?;
        let desk = Desk {
            state: State::New,
            range,
            ports: HashMap::new(),
            audios: HashMap::new(),
            live: HashMap::new(),
            last_port: 0,
            last_audio: 0,
            last_player: 0,
            last_recording: 0,
        };
        Ok(Engine {
            address,
            limits,
            batched: AtomicBool::new(false),
            desk: Mutex::new(desk),
            wake: Arc::new(Wake::new()?),
            cpu: Arc::new(Counter::default()),
            events,
            event_sender,
        })
    }

    /// Starts the audio thread and the writer thread. `batched`: commands wake the audio thread
    /// at `flush` only, once for all that were given since (or when it wakes for its own work).
    pub fn start(&self, batched: bool) -> Result<(), Refusal> {
        self.batched.store(batched, Ordering::Relaxed);
        let mut desk = self.desk();
        if !matches!(desk.state, State::New) {
            return Err(Refusal::State("the engine was started before"));
        }
        let (commands, queue) = mpsc::channel();
        let (jobs, job_queue) = mpsc::channel();
        let inbox = Inbox {
            commands: queue,
            wake: Arc::clone(&self.wake),
            cpu: Arc::clone(&self.cpu),
        };
        let events = self.event_sender.clone();
        let board = Switchboard::new(events.clone(), jobs, self.limits);
        let audio = AudioThread::new(inbox, board)?;
        let writer = Writer::new(events.clone());
        let threads = vec![
            spawn("media-audio", move || supervise(|| audio.run(), &events))?,
            spawn("media-writer", move || writer.run(&job_queue))?,
        ];
        desk.state = State::Running { commands, threads };
        Ok(())
    }

    /// Ends all players, recordings and ports and waits for the threads. A second time is nothing.
    pub fn stop(&self) {
        let state = {
            let mut desk = self.desk();
            desk.ports.clear();
            std::mem::replace(&mut desk.state, State::Stopped)
        };
        if let State::Running { commands, threads } = state {
            self.post(&commands, Command::Stop);
            self.flush();
            for thread in threads {
                // A thread's panic was caught and reported inside it.
                let _ = thread.join();
            }
        }
    }

    /// Binds a socket and opens a port on it: its number and its UDP port.
    pub fn open_port(&self) -> Result<(u64, u16), Refusal> {
        let mut desk = self.desk();
        let commands = desk.running()?;
        let (socket, rtp_port) = desk.range.bind(Instant::now())?;
        let mut random = [0; port::RANDOM];
        rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())
            .map_err(io::Error::from)?;
        desk.last_port += 1;
        let port = desk.last_port;
        let counters = Arc::new(Counters::default());
        let open = OpenPort {
            rtp_port,
            format: None,
            has_control: false,
            counters: Arc::clone(&counters),
        };
        desk.ports.insert(port, open);
        self.post(
            &commands,
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
        if let Some(closed) = desk.ports.remove(&port) {
            desk.range.release(closed.rtp_port, Instant::now());
        }
        desk.live.retain(|_, live| live.port != port);
        Ok(())
    }

    /// Lets a port's phone hear what these ports' phones say, each with its gain, and nobody else.
    pub fn hear(&self, listener: u64, row: Vec<(u64, f32)>) -> Result<(), Refusal> {
        for &(speaker, gain) in &row {
            self.desk().check_port(speaker)?;
            if !GAINS.contains(&gain) {
                return argument(format!("not a gain from 0 to 4: {gain}"));
            }
        }
        self.tell_port(listener, Command::Hear { listener, row })
    }

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
        let commands = desk.running()?;
        desk.check_port(port)?;
        let audios = desk.audios(playlist)?;
        desk.last_player += 1;
        let id = desk.last_player;
        let mut player = Player::new(id, audios, looped, told);
        if more {
            player = player.open();
            desk.live.insert(id, Live { port, samples: 0 });
        }
        self.post(&commands, Command::Play { port, player });
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
        let commands = desk.running()?;
        desk.check_port(left)?;
        if let Some(right) = right {
            desk.check_port(right)?;
        }
        desk.last_recording += 1;
        let id = desk.last_recording;
        let order = Order {
            id,
            path,
            coding: Coding::Linear, // the audio thread knows the codecs
            stereo: right.is_some(),
            silence_ms,
        };
        self.post(&commands, Command::StartRecording { order, left, right });
        Ok(id)
    }

    /// Records one more port's phone on the right of a stereo recording; one that ended is let be.
    pub fn add_to_recording(&self, recording: u64, port: u64) -> Result<(), Refusal> {
        self.desk().check_recording(recording)?;
        self.tell_port(port, Command::AddToRecording { recording, port })
    }

    /// Has a recording take nothing, or again; one that ended by itself is let be.
    pub fn pause_recording(&self, recording: u64, paused: bool) -> Result<(), Refusal> {
        self.tell_recording(recording, Command::PauseRecording { recording, paused })
    }

    /// Ends a recording; one that ended by itself is let be.
    pub fn stop_recording(&self, recording: u64) -> Result<(), Refusal> {
        self.tell_recording(recording, Command::StopRecording { recording })
    }

    fn tell_recording(&self, recording: u64, command: Command) -> Result<(), Refusal> {
        let desk = self.desk();
        desk.check_recording(recording)?;
        if let State::Running { commands, .. } = &desk.state {
            self.post(commands, command);
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

    /// CPU time of the audio thread in nanoseconds, as of its last tick (100 ms at most).
    pub fn cpu_nanoseconds(&self) -> u64 {
        self.cpu.get()
    }

    /// What happened since the last call.
    pub fn events(&self) -> &EventReceiver {
        &self.events
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
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
        let desk = self.desk();
        desk.check_port(port)?;
        if let (State::Running { commands, .. }, true) =
            (&desk.state, desk.ports.contains_key(&port))
        {
            self.post(commands, command);
        }
        Ok(())
    }

    fn post(&self, commands: &Sender<Command>, command: Command) {
        // If the audio thread has died, `EngineFailed` told so.
        if commands.send(command).is_ok() && !self.batched.load(Ordering::Relaxed) {
            self.wake.raise();
        }
    }

    /// Wakes the audio thread to the commands that wait.
    pub fn flush(&self) {
        self.wake.raise();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Desk {
    fn running(&self) -> Result<Sender<Command>, Refusal> {
        match &self.state {
            State::Running { commands, .. } => Ok(commands.clone()),
            State::New => Err(Refusal::State("the engine is not started")),
            State::Stopped => Err(Refusal::State("the engine is stopped")),
        }
    }

    /// A number that was never given out is a mistake; a closed port's is not.
    fn check_port(&self, port: u64) -> Result<(), Refusal> {
        if port == 0 || port > self.last_port {
            return argument(format!("unknown port {port}"));
        }
        Ok(())
    }

    fn check_player(&self, player: u64) -> Result<(), Refusal> {
        if player == 0 || player > self.last_player {
            return argument(format!("unknown player {player}"));
        }
        Ok(())
    }

    fn audios(&self, playlist: &[u64]) -> Result<Vec<Arc<Audio>>, Refusal> {
        let mut audios = Vec::with_capacity(playlist.len());
        for id in playlist {
            match self.audios.get(id) {
                Some(audio) => audios.push(Arc::clone(audio)),
                None => return argument(format!("unknown audio {id}")),
            }
        }
        Ok(audios)
    }

    fn check_recording(&self, recording: u64) -> Result<(), Refusal> {
        if recording == 0 || recording > self.last_recording {
            return argument(format!("unknown recording {recording}"));
        }
        Ok(())
    }
}
