//! One phone's end of the media: a socket, what comes in, what goes out, and who hears whom.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::codec::{Codec, Encoder, MAX_SAMPLES};
use crate::control::Control;
use crate::ears::Ears;
use crate::event::{Event, EventSender};
use crate::format::Format;
use crate::g711::Law;
use crate::inbound::{Arrival, Inbound};
use crate::intake::{Intake, Piece, Sound};
use crate::mix::Mix;
use crate::outbound::{Destination, Outbound};
use crate::recordings::{Recordings, Tap};
use crate::reports::{self, Facts};
use crate::statistics::Counters;
use crate::voice::Voice;

/// Random bytes of a port: those of its stream, and of its reports.
pub const RANDOM: usize = 10 + reports::RANDOM;

/// One RTP port. Other ports are named by their slots in the switchboard.
#[derive(Debug)]
pub struct Port {
    pub id: u64,
    pub socket: UdpSocket,
    pub inbound: Inbound,
    pub outbound: Outbound,
    pub control: Control,
    /// Whose packets are relayed to this port's phone.
    pub speaker: Option<usize>,
    /// To whom this port's phone's packets are relayed.
    pub listeners: Vec<usize>,
    /// What this port's phone hears, if that is mixed.
    pub mix: Option<Box<Mix>>,
    /// What this port's phone says, if it is in a mix.
    pub voice: Option<Box<Voice>>,
    pub taps: Vec<Tap>,
    /// What is listened for in what this port's phone says.
    pub ears: Option<Box<Ears>>,
    /// Of what this port's phone says.
    pub intake: Intake,
}

impl Port {
    pub fn new(id: u64, socket: UdpSocket, random: [u8; RANDOM], counters: Arc<Counters>) -> Port {
        let [of_stream @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = random;
        let [_, _, _, _, _, _, _, _, _, _, of_reports @ ..] = random;
        Port {
            id,
            socket,
            inbound: Inbound::new(Arc::clone(&counters)),
            outbound: Outbound::new(of_stream, Arc::clone(&counters)),
            control: Control::new(of_reports, counters),
            speaker: None,
            listeners: Vec::new(),
            mix: None,
            voice: None,
            taps: Vec::new(),
            ears: None,
            intake: Intake::new(Codec::G711(Law::A)),
        }
    }

    pub fn configure(&mut self, remote: SocketAddr, format: Format, now: u64) {
        if self.intake.codec() != format.codec {
            self.intake = Intake::new(format.codec);
        }
        self.inbound.configure(remote, format, now);
        // A press counts once: tones are keys only of a phone that tells of none by events.
        self.listen(now, |ears| {
            ears.want_keys(format.event_payload_type.is_none())
        });
        self.redirect();
    }

    /// Changes what is listened for.
    fn listen(&mut self, now: u64, change: impl FnOnce(&mut Ears)) {
        let mut ears = self.ears.take().unwrap_or_else(|| Box::new(Ears::new(now)));
        change(&mut ears);
        self.ears = Some(ears).filter(|ears| !ears.are_idle());
    }

    /// Takes a datagram that looks like a report. `is_beside`: by the socket for reports alone.
    pub fn hear_report(
        &mut self,
        datagram: &[u8],
        (source, is_beside): (SocketAddr, bool),
        ntp: u64,
        now: u64,
    ) {
        let ours = self.outbound.stream().ssrc();
        if self.control.accepts(source, is_beside, self.inbound.peer()) {
            self.control.reports.receive(datagram, ours, ntp, now);
        }
    }

    /// Sends the report that is due.
    pub fn report(&mut self, ntp: u64, now: u64) {
        if let Some(facts) = facts(&self.inbound, &self.outbound, now) {
            let report = self.control.reports.make(&facts, ntp, now);
            let voice = (&self.socket, self.inbound.peer());
            self.control.send(&report, voice);
        }
        self.outbound.heed_reports();
    }

    /// Sends the last report.
    pub fn say_goodbye(&mut self, ntp: u64, now: u64) {
        let facts = facts(&self.inbound, &self.outbound, now);
        let last = facts.and_then(|facts| self.control.reports.goodbye(&facts, ntp, now));
        if let Some(last) = last {
            self.control
                .send(&last, (&self.socket, self.inbound.peer()));
        }
    }

    /// Sends to where the peer is now known to be.
    pub fn redirect(&mut self) {
        let target = self.inbound.target();
        let format = self.inbound.format();
        let destination = target
            .zip(format)
            .map(|(target, format)| Destination { target, format });
        self.outbound.direct(destination);
    }

    /// Gives a packet's sound to the recordings that tap this port, to the mixes that it is heard in,
    /// and to its ears.
    pub fn take_in(&mut self, arrival: &Arrival, payload: &[u8], takers: &mut Takers, now: u64) {
        let piece = Piece {
            source: arrival.restarts,
            number: arrival.number,
            timestamp: arrival.timestamp,
            payload,
        };
        if let Codec::G711(law) = self.intake.codec() {
            let at = (piece.source, piece.timestamp);
            takers.record(&self.taps, at, payload, law, now);
            if self.voice.is_none() && self.ears.is_none() {
                return;
            }
        }
        let missed = self.intake.missing();
        self.decode(takers, now, |intake, give| intake.take(piece, now, give));
        if let (Some(voice), None, Some(missing)) =
            (self.voice.as_mut(), missed, self.intake.missing())
        {
            voice.miss(missing, now);
        }
    }

    /// Moves the voice on to a tick; what is missing for it is waited for no longer.
    pub fn advance_voice(&mut self, tick: u64, takers: &mut Takers, now: u64) {
        while let (Some(voice), Some(missing)) = (self.voice.as_ref(), self.intake.missing()) {
            if !voice.is_due(missing) {
                break;
            }
            self.decode(takers, now, |intake, give| intake.give_up(give));
        }
        if let Some(voice) = self.voice.as_mut() {
            voice.advance(tick, now);
        }
    }

    /// Recordings and ears wait for what is missing only so long.
    pub fn advance_intake(&mut self, takers: &mut Takers, now: u64) {
        self.decode(takers, now, |intake, give| intake.advance(now, give));
    }

    fn decode(
        &mut self,
        takers: &mut Takers,
        now: u64,
        work: impl FnOnce(&mut Intake, &mut dyn FnMut(Sound)),
    ) {
        let (id, codec, taps) = (self.id, self.intake.codec(), &self.taps);
        let (voice, ears) = (&mut self.voice, &mut self.ears);
        work(&mut self.intake, &mut |sound| {
            let at = (sound.source, sound.timestamp);
            if !matches!(codec, Codec::G711(_)) && !taps.is_empty() {
                let (law, mut codes) = (codec.law(), [0; MAX_SAMPLES]);
                let length = Encoder::G711(law).encode(sound.samples, &mut codes);
                takers.record(taps, at, codes.get(..length).unwrap_or_default(), law, now);
            }
            if let Some(voice) = voice.as_mut() {
                voice.put(sound, now);
            }
            if let Some(ears) = ears.as_mut() {
                ears.put(at.0, at.1, sound.samples, now, |digit| {
                    takers.events.send(Event::Digit { port: id, digit });
                });
            }
        });
    }
}

/// Who takes what a port's phone says, beside its own voice and ears.
pub struct Takers<'a> {
    pub recordings: &'a mut Recordings,
    pub events: &'a EventSender,
}

impl Takers<'_> {
    fn record(&mut self, taps: &[Tap], at: (u32, u32), codes: &[u8], law: Law, now: u64) {
        for &tap in taps {
            if let Some(recorder) = self.recordings.tapped(tap) {
                recorder.put(tap.side, at.0, at.1, codes, law, now);
            }
        }
    }
}

/// What a report tells; `None` before anything was agreed on.
fn facts<'a>(inbound: &'a Inbound, outbound: &Outbound, now: u64) -> Option<Facts<'a>> {
    let (receiver, stream) = (inbound.receiver(), outbound.stream());
    Some(Facts {
        format: inbound.format()?,
        ssrc: stream.ssrc(),
        timestamp: stream.timestamp(now),
        source: receiver.source(),
        jitter: receiver.jitter(),
        losses: receiver.losses(),
    })
}
