//! An audio thread: one epoll loop over all its sockets, its command queue and one timer.
//!
//! Where there are several, each has ports and recordings of its own, and none looks into another's.
//! Ports that are to hear each other are brought together before: one thread is told to let them go,
//! then the other to take them in. Until they are there the other's commands wait, but not its packets;
//! as the handle gives all orders one after the other, two threads never wait for each other.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::time::{
    clock_gettime, timerfd_create, timerfd_settime, ClockId, Itimerspec, TimerfdClockId,
    TimerfdFlags, TimerfdTimerFlags, Timespec,
};

use crate::command::Command;
use crate::fault::guarded;
use crate::port::Port;
use crate::statistics::Counter;
use crate::switchboard::{Company, Switchboard};
use crate::ties::Member;
use crate::wake::Wake;

const WAKE: u64 = u64::MAX;
const TICK: u64 = u64::MAX - 1;
/// Marks the socket for reports of a slot.
const CONTROL: u64 = 1 << 62;
/// Sockets served before the timer and the commands are looked at again.
const BATCH: usize = 256;

const NS_PER_S: u64 = 1_000_000_000;
/// While anything is played or mixed: packets of 10 ms must go out in time. Then each tick looks for
/// commands, and they wake nobody: what is to be played begins with a tick in any case.
const PLAY_TICK: u64 = 10_000_000;
/// While there are ports: timeouts, lost ends of digits, pieces of recordings.
const IDLE_TICK: u64 = 100_000_000;

/// What the audio thread shares with the engine's handle.
pub struct Inbox {
    pub commands: Receiver<Command>,
    pub wake: Arc<Wake>,
    /// Nanoseconds of CPU that the thread has used, as of its last tick.
    pub cpu: Arc<Counter>,
}

/// The loop and its timer.
pub struct AudioThread {
    epoll: OwnedFd,
    timer: OwnedFd,
    /// The timer's period; 0 is stopped.
    tick: u64,
    housekeeping_due: u64,
    /// Who is to arrive before further commands are carried out.
    awaited: Option<Receiver<Box<Company>>>,
    inbox: Inbox,
    board: Switchboard,
}

impl AudioThread {
    pub fn new(inbox: Inbox, board: Switchboard) -> io::Result<AudioThread> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?;
        epoll::add(
            &epoll,
            &inbox.wake,
            EventData::new_u64(WAKE),
            EventFlags::IN,
        )?;
        epoll::add(&epoll, &timer, EventData::new_u64(TICK), EventFlags::IN)?;
        Ok(AudioThread {
            epoll,
            timer,
            tick: 0,
            housekeeping_due: 0,
            awaited: None,
            inbox,
            board,
        })
    }

    /// Works until it is told to stop or its handle is gone.
    pub fn run(mut self) -> io::Result<()> {
        let mut ready = Vec::with_capacity(BATCH);
        let unix = nanoseconds(clock_gettime(ClockId::Realtime));
        self.board.set_wall_clock(unix, monotonic());
        loop {
            ready.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut ready), None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let now = monotonic();
            // Commands first: what is told before a tick is heard from that tick on.
            let may_be_told = ready
                .iter()
                .any(|event| matches!(event.data.u64(), WAKE | TICK));
            if may_be_told && !self.obey(now)? {
                break;
            }
            for event in &ready {
                match event.data.u64() {
                    WAKE => {}
                    TICK => self.tick(now),
                    // Level-triggered, one datagram a turn: a flood on one port does not starve
                    // the others, and no read is spent on finding the socket empty.
                    slot if slot & CONTROL != 0 => {
                        self.board.receive_report((slot ^ CONTROL) as usize, now);
                    }
                    slot => self.board.receive(slot as usize, now),
                }
            }
        }
        self.board.shut_down(monotonic());
        self.count_cpu();
        Ok(())
    }

    fn tick(&mut self, now: u64) {
        // Only its readiness matters.
        let _ = rustix::io::read(&self.timer, &mut [0; 8]);
        // Players and mixes keep to the timer's grid, not to the moment the thread got the processor.
        let tick = now - now % PLAY_TICK;
        self.board.play_due(tick);
        self.board.mix_due(tick);
        if now >= self.housekeeping_due {
            self.housekeeping_due = now + IDLE_TICK - PLAY_TICK / 2;
            self.board.housekeep(now);
            self.count_cpu();
        }
        // Errors of the timer's own settings cannot happen; a tick too many does no harm.
        let _ = self.set_tick(now);
    }

    /// Carries out the commands that wait; `false` at the last one.
    fn obey(&mut self, now: u64) -> io::Result<bool> {
        if self.tick == PLAY_TICK {
            self.inbox.wake.hold();
        } else {
            self.inbox.wake.clear();
        }
        while self.is_complete(now) {
            match self.inbox.commands.try_recv() {
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return Ok(false),
                Ok(Command::Arrive { from }) => self.awaited = Some(from),
                Ok(Command::Depart {
                    ports,
                    recordings,
                    to,
                    wake,
                }) => {
                    match flat(guarded(|| self.let_go(&ports, &recordings))) {
                        // If the other thread has died, `EngineFailed` told so.
                        Ok(company) => drop(to.send(Box::new(company))),
                        Err(error) => self.fail_all((ports, recordings), &error, now),
                    }
                    // Without a company the other thread waits no more, either.
                    drop(to);
                    wake.raise();
                }
                Ok(command) => self.carry_out_guarded(command, now),
                Err(TryRecvError::Empty) => break,
            }
        }
        self.set_tick(now)?;
        Ok(true)
    }

    /// Takes in who has arrived; whether nobody is awaited any more.
    fn is_complete(&mut self, now: u64) -> bool {
        let Some(from) = self.awaited.take() else {
            return true;
        };
        match from.try_recv() {
            Ok(company) => {
                let members = company.members();
                if let Err(error) = flat(guarded(|| self.take_in(*company, now))) {
                    self.fail_all(members, &error, now);
                }
                true
            }
            Err(TryRecvError::Empty) => {
                self.awaited = Some(from);
                false
            }
            // The other thread has died, or could not let them go.
            Err(TryRecvError::Disconnected) => true,
        }
    }

    fn take_in(&mut self, company: Company, now: u64) -> io::Result<()> {
        for slot in self.board.arrive(company, now) {
            self.watch(slot)?;
        }
        Ok(())
    }

    /// A bug has hit a company on its way.
    fn fail_all(&mut self, (ports, recordings): (Vec<u64>, Vec<u64>), error: &str, now: u64) {
        for recording in recordings {
            self.board.fail_recording(recording, error.to_owned());
        }
        for port in ports {
            self.board.fail_port(port, error.to_owned(), now);
        }
    }

    /// Waits for packets of a port.
    fn watch(&self, slot: usize) -> io::Result<()> {
        let sockets = [
            (self.board.socket(slot), slot as u64),
            (self.board.control_socket(slot), slot as u64 | CONTROL),
        ];
        for (socket, data) in sockets {
            if let Some(socket) = socket {
                epoll::add(
                    &self.epoll,
                    socket,
                    EventData::new_u64(data),
                    EventFlags::IN,
                )?;
            }
        }
        Ok(())
    }

    fn let_go(&mut self, ports: &[u64], recordings: &[u64]) -> io::Result<Company> {
        for socket in self.board.sockets(ports) {
            epoll::delete(&self.epoll, socket)?;
        }
        Ok(self.board.depart(ports, recordings))
    }

    /// A bug, or a socket that the kernel does not watch, ends the port or the recording that the
    /// command is for.
    fn carry_out_guarded(&mut self, command: Command, now: u64) {
        let subject = command.subject();
        let Err(error) = flat(guarded(|| self.carry_out(command, now))) else {
            return;
        };
        match subject {
            Some(Member::Port(port)) => self.board.fail_port(port, error, now),
            Some(Member::Recording(recording)) => self.board.fail_recording(recording, error),
            None => {}
        }
    }

    fn carry_out(&mut self, command: Command, now: u64) -> io::Result<()> {
        let board = &mut self.board;
        match command {
            Command::Open {
                port,
                socket,
                random,
                counters,
            } => {
                let slot = board.open(Port::new(port, socket, random, counters));
                self.watch(slot)?;
            }
            Command::Configure {
                port,
                remote,
                format,
            } => {
                board.configure(port, remote, format, now);
            }
            Command::Control { port, way, socket } => {
                let slot = board.control(port, way, socket, now);
                let socket = slot.and_then(|slot| board.control_socket(slot));
                if let (Some(slot), Some(socket)) = (slot, socket) {
                    let data = EventData::new_u64(slot as u64 | CONTROL);
                    epoll::add(&self.epoll, socket, data, EventFlags::IN)?;
                }
            }
            Command::Close { port } => board.close(port, now),
            Command::Protect { port, ours, theirs } => {
                board.with_port(port, |port| port.protect(ours, theirs));
            }
            Command::AwaitKeys { port } => board.with_port(port, |port| port.await_keys(now)),
            Command::Unprotect { port } => board.with_port(port, Port::unprotect),
            Command::AnswerChecks { port, credentials } => {
                board.with_port(port, |port| port.answer_checks(credentials, now));
            }
            Command::SendRecord { port, record } => {
                board.with_port(port, |port| port.send_record(&record));
            }
            Command::Hear { listener, row } => board.hear(listener, &row, now),
            Command::Play { port, player } => board.play(port, player),
            Command::StopPlay { port } => board.stop_play(port),
            Command::ChangePlay {
                port,
                player,
                change,
            } => board.change_play(port, player, change),
            Command::Listen { port, wanted } => board.listen(port, wanted, now),
            Command::SendKeys { port, presses } => board.send_keys(port, &presses),
            Command::StartRecording { order, left, right } => {
                board.start_recording(order, left, right, now);
            }
            Command::AddToRecording { recording, port } => board.add_to_recording(recording, port),
            Command::PauseRecording { recording, paused } => {
                board.pause_recording(recording, paused, now);
            }
            Command::StopRecording { recording } => board.stop_recording(recording, now),
            Command::Depart { .. } | Command::Arrive { .. } | Command::Stop => {}
        }
        Ok(())
    }

    /// Sets the timer to what there is to do now, on a grid that does not drift.
    fn set_tick(&mut self, now: u64) -> io::Result<()> {
        let wanted = if self.board.is_ticking() {
            PLAY_TICK
        } else if self.board.is_idle() {
            0
        } else {
            IDLE_TICK
        };
        if wanted == self.tick {
            return Ok(());
        }
        if self.tick == PLAY_TICK {
            // What has come since the last look has woken nobody.
            self.inbox.wake.clear();
            self.inbox.wake.raise();
        }
        self.tick = wanted;
        let first = if wanted == 0 {
            0
        } else {
            now - now % wanted + wanted
        };
        let setting = Itimerspec {
            it_interval: timespec(wanted),
            it_value: timespec(first),
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &setting)?;
        Ok(())
    }

    fn count_cpu(&self) {
        let used = clock_gettime(ClockId::ThreadCPUTime);
        self.inbox.cpu.set(nanoseconds(used));
    }
}

/// What went wrong, in either way.
fn flat<T>(done: Result<io::Result<T>, String>) -> Result<T, String> {
    done.and_then(|done| done.map_err(|error| error.to_string()))
}

/// Nanoseconds of CLOCK_MONOTONIC.
fn monotonic() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

fn nanoseconds(time: Timespec) -> u64 {
    time.tv_sec as u64 * NS_PER_S + time.tv_nsec as u64
}

fn timespec(nanoseconds: u64) -> Timespec {
    Timespec {
        tv_sec: (nanoseconds / NS_PER_S) as i64,
        tv_nsec: (nanoseconds % NS_PER_S) as i64,
    }
}

#[cfg(test)]
#[path = "audio_thread_test.rs"]
mod tests;
