//! One phone's end of the media: a socket, what comes in, what goes out, and who hears whom.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::bucket::Bucket;
use crate::codec::Codec;
use crate::control::Control;
use crate::datagram::Datagram;
use crate::demux::{self, Kind};
use crate::ears::Ears;
use crate::event::EventSender;
use crate::format::Format;
use crate::g711::Law;
use crate::ice::{Credentials, Ice, Pair};
use crate::inbound::{Arrival, Inbound};
use crate::intake::{Intake, Piece, Sound};
use crate::mix::Mix;
use crate::mixer::renumbered;
use crate::outbound::{Destination, Outbound};
use crate::rate::Rate;
use crate::recordings::{Recordings, Tap};
use crate::reports::{self, Facts};
use crate::ring::Spoken;
use crate::rtcp::Compound;
use crate::srtp::{Opener, Protection, Sealer};
use crate::statistics::Counters;
use crate::stun::MAX_ANSWER;
use crate::suite::MasterKey;
use crate::voice::Voice;

/// Random bytes of a port: those of its stream, and of its reports.
pub const RANDOM: usize = 10 + reports::RANDOM;

/// Records of a handshake that are handed up at once, and each second; one has about ten.
const RECORDS: u32 = 100;
const RECORD_RATE: u32 = 20;

/// One RTP port. Other ports are named by their slots in the switchboard.
///
/// What a relayed packet needs stands together, here and in the halves: there are more ports than the
/// processor's cache holds, and each line of memory that has to be fetched is a hundredth of the
/// packet's cost.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Port {
    pub id: u64,
    pub socket: UdpSocket,
    opening: Protection<Opener>,
    /// To whom this port's phone's packets are relayed.
    pub listeners: SmallVec<[usize; 2]>,
    /// What this port's phone hears, if that is mixed.
    pub mix: Option<Box<Mix>>,
    /// What this port's phone says, if it is in a mix.
    pub voice: Option<Box<Voice>>,
    /// What is listened for in what this port's phone says.
    pub ears: Option<Box<Ears>>,
    pub taps: Vec<Tap>,
    pub inbound: Inbound,
    pub outbound: Outbound,
    /// Whose packets are relayed to this port's phone.
    pub speaker: Option<usize>,
    /// Of what this port's phone says.
    pub intake: Intake,
    pub control: Control,
    ice: Option<Box<Ice>>,
    handshake: Option<Box<Handshake>>,
}

/// Of a port whose keys come by DTLS.
#[derive(Debug)]
struct Handshake {
    bucket: Bucket,
    /// Where its last record came from.
    peer: Option<SocketAddr>,
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
            listeners: SmallVec::new(),
            mix: None,
            voice: None,
            taps: Vec::new(),
            ears: None,
            intake: Intake::new(Codec::G711(Law::A)),
            opening: Protection::Absent,
            ice: None,
            handshake: None,
        }
    }

    /// Packets are plain from now on.
    pub fn unprotect(&mut self) {
        self.opening = Protection::Absent;
        *self.outbound.protection() = Protection::Absent;
        self.handshake = None;
        self.redirect();
    }

    /// Packets are secret, from now on with these keys.
    pub fn protect(&mut self, ours: MasterKey, theirs: MasterKey) {
        match &mut self.opening {
            Protection::Keyed(opener) => drop(opener.rekey(theirs)),
            opening => *opening = keyed(Opener::new(theirs)),
        }
        match self.outbound.protection() {
            Protection::Keyed(sealer) => drop(sealer.rekey(ours)),
            sealing => *sealing = keyed(Sealer::new(ours)),
        }
        self.redirect();
    }

    /// Packets are secret, with keys that a handshake is to bring.
    pub fn await_keys(&mut self, now: u64) {
        let bucket = Bucket::new(RECORDS, RECORD_RATE, now);
        let handshake = Handshake { bucket, peer: None };
        self.handshake = Some(Box::new(handshake));
        self.opening = Protection::Awaited;
        *self.outbound.protection() = Protection::Awaited;
        self.redirect();
    }

    /// Answers checks from now on.
    pub fn answer_checks(&mut self, credentials: Credentials, now: u64) {
        match self.ice.as_mut() {
            Some(ice) => ice.restart(credentials),
            None => self.ice = Some(Box::new(Ice::new(credentials, now))),
        }
        self.inbound.await_checks();
        self.redirect();
    }

    /// Opens a packet where it lies, if it is secret; `None` if it is not to be used.
    pub fn open(&mut self, datagram: &mut Datagram) -> Option<()> {
        let opened = match &mut self.opening {
            Protection::Absent => return Some(()),
            Protection::Awaited => None,
            Protection::Keyed(opener) => datagram.open(|bytes| match demux::kind(bytes) {
                Kind::Rtcp => opener.open_rtcp(bytes),
                _ => opener.open_rtp(bytes),
            }),
        };
        if opened.is_none() {
            self.inbound.discard();
        }
        opened
    }

    /// A STUN message came.
    pub fn check(&mut self, message: &[u8], source: SocketAddr, now: u64) {
        let Some(ice) = self.ice.as_mut() else {
            return self.inbound.discard();
        };
        let mut out = [0; MAX_ANSWER];
        let Some(answer) = ice.receive(message, source, now, &mut out) else {
            return self.inbound.discard();
        };
        if answer.pair != Pair::Unknown
            && self.inbound.check(source, answer.pair == Pair::Nominated)
        {
            self.redirect();
        }
        // One that is lost is asked for again.
        let _ = self
            .socket
            .send_to(out.get(..answer.len).unwrap_or_default(), source);
    }

    /// Whether a record of a handshake is to be handed up; then what answers it goes to `source`.
    pub fn takes_record(&mut self, source: SocketAddr, now: u64) -> bool {
        if self.inbound.admits(source) {
            if let Some(handshake) = self.handshake.as_mut() {
                if handshake.bucket.take(now) {
                    handshake.peer = Some(source);
                    return true;
                }
            }
        }
        self.inbound.discard();
        false
    }

    /// Sends a datagram of the handshake. It makes good for lost ones itself.
    pub fn send_record(&self, record: &[u8]) {
        let heard = self.handshake.as_ref().and_then(|handshake| handshake.peer);
        if let Some(target) = heard.or(self.inbound.target()) {
            let _ = self.socket.send_to(record, target);
        }
    }

    pub fn configure(&mut self, remote: SocketAddr, format: Format, now: u64) {
        if self.intake.codec() != format.codec {
            self.intake.change(format.codec);
            if let Some(voice) = self.voice.as_mut() {
                voice.change(format.codec.rate());
            }
        }
        self.inbound.configure(remote, format, now);
        // A press counts once: tones are keys only of a phone that tells of none by events.
        self.listen(now, |ears| {
            ears.want_keys(format.event_payload_type.is_none())
        });
        self.redirect();
    }

    /// The rate of what this port's phone says and hears, where it is decoded and made here.
    pub fn rate(&self) -> Rate {
        self.intake.codec().rate()
    }

    /// All whom this port has to do with, itself too, are in other slots than before.
    pub fn renumber(&mut self, slots: &HashMap<usize, usize>) {
        self.speaker = self
            .speaker
            .and_then(|speaker| slots.get(&speaker).copied());
        self.listeners = renumbered(&self.listeners, slots).into();
        if let Some(mix) = self.mix.as_mut() {
            mix.renumber(slots);
        }
        if let Some(voice) = self.voice.as_mut() {
            voice.listeners = renumbered(&voice.listeners, slots).into();
        }
    }

    /// Changes what is listened for.
    pub fn listen(&mut self, now: u64, change: impl FnOnce(&mut Ears)) {
        let before = self.ears.take();
        let is_first = before.is_none();
        let mut ears = before.unwrap_or_else(|| Box::new(Ears::new(now)));
        change(&mut ears);
        if ears.are_idle() {
            return;
        }
        if is_first {
            self.begin_intake();
        }
        self.ears = Some(ears);
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
            self.send_report(report);
        }
        self.outbound.heed_reports();
    }

    /// Sends the last report.
    pub fn say_goodbye(&mut self, ntp: u64, now: u64) {
        let facts = facts(&self.inbound, &self.outbound, now);
        let last = facts.and_then(|facts| self.control.reports.goodbye(&facts, ntp, now));
        if let Some(last) = last {
            self.send_report(last);
        }
    }

    fn send_report(&mut self, mut report: Compound) {
        let sealed = match self.outbound.protection() {
            Protection::Absent => Some(()),
            Protection::Awaited => None,
            Protection::Keyed(sealer) => report.seal(|room, len| sealer.seal_rtcp(room, len)),
        };
        if sealed.is_some() {
            let voice = (&self.socket, self.inbound.peer());
            self.control.send(&report, voice);
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
        if self.intake.codec().is_opaque() {
            return;
        }
        let piece = Piece {
            source: self.intake.source(arrival.restarts),
            number: arrival.number,
            timestamp: arrival.timestamp,
            payload,
        };
        if let Codec::G711(law) = self.intake.codec() {
            let at = (piece.source, piece.timestamp);
            takers.record(&self.taps, at, Spoken::Codes(payload, law), now);
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

    /// A recording takes what its phone says from now on.
    pub fn tap(&mut self, tap: Tap) {
        self.begin_intake();
        self.taps.push(tap);
    }

    /// Whoever is the first to take what the phone says takes nothing of before: it was not decoded since
    /// whenever, and what it was then is no past of what comes.
    fn begin_intake(&mut self) {
        if self.voice.is_none() && self.taps.is_empty() && self.ears.is_none() {
            self.intake.renew();
        }
    }

    /// Somebody hears it mixed from now on; whether nobody did before.
    pub fn begin_voice(&mut self, now: u64) -> bool {
        if self.voice.is_some() {
            return false;
        }
        self.begin_intake();
        self.voice = Some(Box::new(Voice::new(self.rate(), now)));
        true
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
        let (voice, ears, inbound) = (&mut self.voice, &mut self.ears, &mut self.inbound);
        work(&mut self.intake, &mut |sound| {
            let at = (sound.source, sound.timestamp);
            if !matches!(codec, Codec::G711(_)) {
                let spoken = Spoken::Samples(sound.samples, sound.rate);
                inbound.hear_decoded(spoken, now);
                takers.record(taps, at, spoken, now);
            }
            if let Some(voice) = voice.as_mut() {
                voice.put(sound, now);
            }
            if let Some(ears) = ears.as_mut() {
                ears.put(sound, now, |told| {
                    takers.events.send(told.event(id));
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
    fn record(&mut self, taps: &[Tap], at: (u32, u32), spoken: Spoken, now: u64) {
        for &tap in taps {
            if let Some(recorder) = self.recordings.tapped(tap) {
                recorder.put(tap.side, at, spoken, now);
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

/// A key is checked before it comes here.
fn keyed<T>(made: Option<T>) -> Protection<T> {
    made.map_or(Protection::Awaited, |made| {
        Protection::Keyed(Box::new(made))
    })
}
