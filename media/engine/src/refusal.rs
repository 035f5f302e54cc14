//! Why the engine's handle says no.

use std::fmt;
use std::io;

/// Why a request was refused.
#[derive(Debug)]
pub enum Refusal {
    /// An argument that cannot be right: the caller's mistake.
    Argument(String),
    /// Not in this state: not started yet, or stopped.
    State(&'static str),
    /// The operating system said no.
    System(io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Argument(text) => f.write_str(text),
            Refusal::State(text) => f.write_str(text),
            Refusal::System(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal::System(error)
    }
}

/// Refuses an argument, for the reason given.
pub fn argument<T>(text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Argument(text.into()))
}
