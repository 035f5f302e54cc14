//! All ports and who hears whom: where a packet that arrived is sent on.
//!
//! The way of an ordinary packet is `receive` and `relay`: one read, the checks of `inbound`, one
//! write for each listener. Nothing on it allocates, locks, logs or waits.

mod moving;
mod playing;
mod recording;

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::Sender;

use slab::Slab;

pub use self::moving::Company;
use self::playing::Playing;
use crate::control::Way;
use crate::datagram::Datagram;
use crate::demux::{self, Kind};
use crate::ears::Wanted;
use crate::event::{Event, EventSender};
use crate::fault::{guarded, tripwire};
use crate::format::Format;
use crate::inbound::{Arrival, Content};
use crate::mix::Stage;
use crate::mixer::Mixer;
use crate::noise::Noise;
use crate::port::{Port, Takers};
use crate::presence::Change;
use crate::recordings::Recordings;
use crate::stream::{Relayed, SourceId};
use crate::writer::Job;

const NS_PER_S: u64 = 1_000_000_000;
/// From 1900 to 1970.
const UNIX_EPOCH_NS: u64 = 2_208_988_800 * NS_PER_S;

/// What is told, and after how long; nanoseconds, 0 is never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Without a packet.
    pub rtp_timeout: u64,
    /// Without a voice, while somebody listens.
    pub silence: u64,
}

/// The audio thread's world.
#[derive(Debug)]
pub struct Switchboard {
    ports: Slab<Port>,
    slots: HashMap<u64, usize>,
    /// The ports that have a player or send keys.
    playing: Vec<Playing>,
    mixer: Mixer,
    recordings: Recordings,
    events: EventSender,
    limits: Limits,
    datagram: Datagram,
    /// What to add to our clock for nanoseconds since 1900.
    since_1900: u64,
}

impl Switchboard {
    pub fn new(events: EventSender, writer: Sender<Job>, limits: Limits) -> Switchboard {
        Switchboard {
            ports: Slab::new(),
            slots: HashMap::new(),
            playing: Vec::new(),
            mixer: Mixer::default(),
            recordings: Recordings::new(writer),
            events,
            limits,
            datagram: Datagram::new(),
            since_1900: 0,
        }
    }

    /// Sets the wall clock of reports. Later steps of the system's are not followed: the peers
    /// measure with it.
    pub fn set_wall_clock(&mut self, unix: u64, now: u64) {
        self.since_1900 = (unix + UNIX_EPOCH_NS).saturating_sub(now);
    }

    /// Adds a port; returns its slot.
    pub fn open(&mut self, port: Port) -> usize {
        tripwire("open");
        let id = port.id;
        let slot = self.ports.insert(port);
        self.slots.insert(id, slot);
        slot
    }

    pub fn socket(&self, slot: usize) -> Option<&UdpSocket> {
        self.ports.get(slot).map(|port| &port.socket)
    }

    pub fn configure(&mut self, id: u64, remote: SocketAddr, format: Format, now: u64) {
        let Some(&slot) = self.slots.get(&id) else {
            return;
        };
        if let Some(port) = self.ports.get_mut(slot) {
            port.configure(remote, format, now);
            tripwire("configure");
            self.mixer.reconsider(&mut self.ports, slot, now);
        }
    }

    /// Sets which way a port's reports go; the slot, if its socket for them is a new one.
    pub fn control(
        &mut self,
        id: u64,
        way: Way,
        socket: Option<UdpSocket>,
        now: u64,
    ) -> Option<usize> {
        let slot = *self.slots.get(&id)?;
        let is_new = socket.is_some();
        let port = self.ports.get_mut(slot)?;
        port.control.configure(way, socket, now);
        is_new.then_some(slot)
    }

    /// The socket for reports beside RTP.
    pub fn control_socket(&self, slot: usize) -> Option<&UdpSocket> {
        self.ports.get(slot)?.control.socket()
    }

    /// All sockets of these ports.
    pub fn sockets<'a>(&'a self, ids: &'a [u64]) -> impl Iterator<Item = &'a UdpSocket> {
        let slots = ids.iter().filter_map(|id| self.slots.get(id));
        slots.flat_map(|&slot| {
            [self.socket(slot), self.control_socket(slot)]
                .into_iter()
                .flatten()
        })
    }

    /// Does something with a port, if it is still there.
    pub fn with_port(&mut self, id: u64, deed: impl FnOnce(&mut Port)) {
        if let Some(port) = self.port(id) {
            deed(port);
        }
    }

    /// Removes a port: nobody hears it any more, its socket is closed.
    pub fn close(&mut self, id: u64, now: u64) {
        let Some(&slot) = self.slots.get(&id) else {
            return;
        };
        tripwire("close");
        self.mixer.close(&mut self.ports, slot);
        let ntp = self.ntp(now);
        let mut port = self.ports.remove(slot);
        self.slots.remove(&id);
        port.say_goodbye(ntp, now);
        if let Some(player) = port.outbound.stop_play() {
            self.play_finished(id, &player, false);
        }
    }

    /// Lets `listener` hear these speakers from now on, each with its gain, and nobody else. Ports
    /// that are gone are left out; of a port named twice the last gain counts.
    pub fn hear(&mut self, listener: u64, row: &[(u64, f32)], now: u64) {
        let Some(&slot) = self.slots.get(&listener) else {
            return;
        };
        let mut speakers: Vec<(usize, f32)> = Vec::with_capacity(row.len());
        for (id, gain) in row {
            if let Some(&speaker) = self.slots.get(id) {
                speakers.retain(|&(before, _)| before != speaker);
                speakers.push((speaker, *gain));
            }
        }
        speakers.retain(|&(_, gain)| gain > 0.0);
        tripwire("hear");
        self.mixer.hear(&mut self.ports, slot, &speakers, now);
    }

    /// Listens for these in what a port's phone says, anew, and for nothing else but keys.
    pub fn listen(&mut self, id: u64, wanted: Wanted, now: u64) {
        if let Some(port) = self.port(id) {
            port.listen(now, |ears| ears.want(wanted));
        }
    }

    /// Takes one datagram from a port's socket and sends it on to everyone who hears the port.
    pub fn receive(&mut self, slot: usize, now: u64) {
        if let Err(error) = guarded(|| self.take(slot, now)) {
            self.fail(slot, error, now);
        }
    }

    /// Closes a port that a bug has hit; tells so, too, where it is gone already or never came to be.
    pub fn fail_port(&mut self, id: u64, error: String, now: u64) {
        match self.slots.get(&id) {
            Some(&slot) => self.fail(slot, error, now),
            None => self.events.send(Event::PortFailed { port: id, error }),
        }
    }

    /// Closes a port that a bug has hit.
    fn fail(&mut self, slot: usize, error: String, now: u64) {
        let Some(id) = self.ports.get(slot).map(|port| port.id) else {
            return;
        };
        // Should closing fail, too, the port is dropped as it is.
        if guarded(|| self.close(id, now)).is_err() {
            self.slots.remove(&id);
            self.ports.try_remove(slot);
            self.playing.retain(|playing| playing.slot != slot);
            self.mixer.cut(&mut self.ports, slot);
        }
        self.events.send(Event::PortFailed { port: id, error });
    }

    fn take(&mut self, slot: usize, now: u64) {
        let Some(port) = self.ports.get_mut(slot) else {
            return;
        };
        let Some(source) = self.datagram.read(&port.socket) else {
            return;
        };
        match demux::kind(self.datagram.bytes()) {
            Kind::Stun => return port.check(self.datagram.bytes(), source, now),
            Kind::Dtls => {
                if port.takes_record(source, now) {
                    let record = self.datagram.bytes().to_vec();
                    self.events.send(Event::Record {
                        port: port.id,
                        record,
                    });
                }
                return;
            }
            Kind::Rtp | Kind::Rtcp | Kind::Other => {}
        }
        if port.open(&mut self.datagram).is_none() {
            return;
        }
        let datagram = self.datagram.bytes();
        if demux::kind(datagram) == Kind::Rtcp {
            let ntp = ntp(self.since_1900 + now);
            port.hear_report(datagram, (source, false), ntp, now);
            return;
        }
        let Some(arrival) = port.inbound.receive(datagram, source, now) else {
            return;
        };
        let id = port.id;
        if arrival.is_learned {
            port.redirect();
        }
        if arrival.is_first {
            self.events.send(Event::RtpStarted { port: id });
        }
        for digit in [arrival.earlier_digit, arrival.digit].into_iter().flatten() {
            self.events.send(Event::Digit { port: id, digit });
        }
        if !port.taps.is_empty() || port.voice.is_some() || port.ears.is_some() {
            let payload = datagram.get(arrival.payload.clone()).unwrap_or_default();
            let mut takers = Takers {
                recordings: &mut self.recordings,
                events: &self.events,
            };
            match (arrival.content, port.voice.as_mut()) {
                (Content::Audio(_), _) => port.take_in(&arrival, payload, &mut takers, now),
                (Content::ComfortNoise, Some(voice)) => voice.pause(Noise::described(payload)),
                _ => {}
            }
        }
        let relayed = Relayed {
            source: SourceId {
                port: id,
                restarts: arrival.restarts,
            },
            number: arrival.number,
            timestamp: arrival.timestamp,
            marker: arrival.marker,
        };
        self.relay(slot, &arrival, relayed, now);
        if arrival.content == Content::TelephoneEvent {
            let payload = self.datagram.bytes().get(arrival.payload.clone());
            let payload = payload.unwrap_or_default();
            self.mixer
                .pass_event(&mut self.ports, slot, relayed, payload, now);
        }
    }

    /// Takes one datagram from a port's socket for reports.
    pub fn receive_report(&mut self, slot: usize, now: u64) {
        if let Err(error) = guarded(|| self.take_report(slot, now)) {
            self.fail(slot, error, now);
        }
    }

    fn take_report(&mut self, slot: usize, now: u64) {
        let Some(port) = self.ports.get_mut(slot) else {
            return;
        };
        let source = port
            .control
            .socket()
            .and_then(|socket| self.datagram.read(socket));
        let Some(source) = source else {
            return;
        };
        if port.open(&mut self.datagram).is_some() {
            let ntp = ntp(self.since_1900 + now);
            port.hear_report(self.datagram.bytes(), (source, true), ntp, now);
        }
    }

    fn ntp(&self, now: u64) -> u64 {
        ntp(self.since_1900 + now)
    }

    fn relay(&mut self, slot: usize, arrival: &Arrival, relayed: Relayed, now: u64) {
        for nth in 0.. {
            let listeners = self.ports.get(slot).map(|port| &port.listeners);
            let Some(&listener) = listeners.and_then(|listeners| listeners.get(nth)) else {
                return;
            };
            let Some(listener) = self.ports.get_mut(listener) else {
                continue;
            };
            let Some(to) = listener.outbound.relay_destination() else {
                continue;
            };
            if matches!(&listener.mix, Some(mix) if !matches!(mix.stage, Stage::Joining { .. })) {
                if let (Content::Audio(_), Some((_, packet))) =
                    (arrival.content, self.datagram.shaped(arrival, &to.format))
                {
                    self.mixer.leave(listener, relayed, packet, now);
                }
                continue;
            }
            match self.datagram.shaped(arrival, &to.format) {
                Some((payload_type, packet)) => {
                    let to = (payload_type, to.target);
                    listener
                        .outbound
                        .relay(&listener.socket, relayed, to, packet, now);
                }
                None => listener.outbound.omit(relayed),
            }
        }
    }

    /// Moves the mixes on.
    pub fn mix_due(&mut self, now: u64) {
        if self.mixer.is_mixing() {
            let mut takers = Takers {
                recordings: &mut self.recordings,
                events: &self.events,
            };
            self.mixer.advance(&mut self.ports, &mut takers, now);
        }
        while let Some((slot, error)) = self.mixer.failed.pop() {
            self.fail(slot, error, now);
        }
    }

    /// What is not urgent to the millisecond: lost ends of digits, timeouts, reports, recordings.
    pub fn housekeep(&mut self, now: u64) {
        let (ntp, limits) = (self.ntp(now), self.limits);
        let mut failed = Vec::new();
        let mut takers = Takers {
            recordings: &mut self.recordings,
            events: &self.events,
        };
        for (slot, port) in &mut self.ports {
            if let Err(error) = guarded(|| look_after(port, limits, &mut takers, ntp, now)) {
                failed.push((slot, error));
            }
        }
        for (slot, error) in failed {
            self.fail(slot, error, now);
        }
        self.recordings.advance(now, &self.events);
    }

    /// Ends everything that owes an event.
    pub fn shut_down(&mut self, now: u64) {
        self.recordings.stop_all(now);
        let open: Vec<u64> = self.slots.keys().copied().collect();
        for id in open {
            self.close(id, now);
        }
    }

    /// Whether there is something to be done every 10 ms.
    pub fn is_ticking(&self) -> bool {
        !self.playing.is_empty() || self.mixer.is_mixing()
    }

    /// Whether everybody hears one speaker at most, as they speak.
    pub fn is_relay_only(&self) -> bool {
        !self.mixer.is_mixing()
    }

    pub fn is_idle(&self) -> bool {
        self.ports.is_empty() && self.recordings.is_empty()
    }

    fn port(&mut self, id: u64) -> Option<&mut Port> {
        let slot = *self.slots.get(&id)?;
        self.ports.get_mut(slot)
    }
}

/// What a port has due.
fn look_after(port: &mut Port, limits: Limits, takers: &mut Takers<'_>, ntp: u64, now: u64) {
    let (id, events) = (port.id, takers.events);
    if port.control.reports.is_due(now) {
        port.report(ntp, now);
    }
    if let Some(digit) = port.inbound.advance(now) {
        events.send(Event::Digit { port: id, digit });
    }
    if let Some(ears) = port.ears.as_mut() {
        ears.advance(now, |told| events.send(told.event(id)));
    }
    if limits.rtp_timeout > 0 && port.inbound.times_out(now, limits.rtp_timeout) {
        events.send(Event::RtpTimeout { port: id });
    }
    let is_heard = !port.listeners.is_empty() || port.voice.is_some();
    match port.inbound.watch(is_heard, limits.silence, now) {
        Some(Change::Missing { no_packets }) => events.send(Event::VoiceMissing {
            port: id,
            no_packets,
        }),
        Some(Change::Back) => events.send(Event::VoiceBack { port: id }),
        None => {}
    }
    port.advance_intake(takers, now);
    // A recording that has ended takes nothing; its taps are not looked for at its end, among all ports.
    port.taps
        .retain(|&tap| takers.recordings.tapped(tap).is_some());
}

/// NTP format (RFC 3550 §4): seconds since 1900 and their fraction.
fn ntp(since_1900: u64) -> u64 {
    let (seconds, rest) = (since_1900 / NS_PER_S, since_1900 % NS_PER_S);
    (seconds << 32) | ((rest << 32) / NS_PER_S)
}
