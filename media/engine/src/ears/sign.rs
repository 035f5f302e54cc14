//! What can be heard of how an outgoing call goes.

/// The announcement that special information tones go before (ANSI T1.401; ITU-T E.180 knows only
/// that there is one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// The number was changed or is out of service.
    Intercept,
    /// There is no such number.
    Vacant,
    /// The exchange could not make the call.
    Reorder,
    /// No line was free.
    NoCircuit,
    /// Anything else that keeps the call from being made.
    Ineffective,
    /// The tones do not say.
    Unspecified,
}

/// What colours a ring-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Music,
    Speech,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Ringback,
    Busy,
    Congestion,
    SpecialInformation(Special),
    ColourRingback(Colour),
    Human,
    Machine,
    /// Nobody says anything.
    Silent,
    /// An answering machine's beep is over: it records.
    Beep,
    VoiceStarted,
    VoiceStopped,
}

impl Sign {
    /// As events name it, and its kind.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Sign::Ringback => ("ringback", ""),
            Sign::Busy => ("busy", ""),
            Sign::Congestion => ("congestion", ""),
            Sign::SpecialInformation(special) => ("special_information", special.name()),
            Sign::ColourRingback(Colour::Music) => ("colour_ringback", "music"),
            Sign::ColourRingback(Colour::Speech) => ("colour_ringback", "speech"),
            Sign::Human => ("human", ""),
            Sign::Machine => ("machine", ""),
            Sign::Silent => ("silent", ""),
            Sign::Beep => ("beep", ""),
            Sign::VoiceStarted => ("voice_started", ""),
            Sign::VoiceStopped => ("voice_stopped", ""),
        }
    }
}

impl Special {
    fn name(self) -> &'static str {
        match self {
            Special::Intercept => "intercept",
            Special::Vacant => "vacant",
            Special::Reorder => "reorder",
            Special::NoCircuit => "no_circuit",
            Special::Ineffective => "ineffective",
            Special::Unspecified => "unspecified",
        }
    }
}

/// A sign and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub sign: Sign,
    /// In percent.
    pub confidence: u8,
}

impl Heard {
    pub fn new(sign: Sign, confidence: u8) -> Heard {
        Heard { sign, confidence }
    }
}
