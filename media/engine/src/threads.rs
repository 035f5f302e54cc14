//! The engine's threads: started, and missed when they die.

use std::io;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::thread::{self, JoinHandle};

use crate::event::{Event, EventSender};

/// A thread of that name.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Runs the audio thread's work; should it fail, says so, because nobody else would notice.
pub fn supervise(work: impl FnOnce() -> io::Result<()>, events: &EventSender) {
    let error = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(panic) => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(_) => "the audio thread panicked".to_owned(),
        },
    };
    events.send(Event::EngineFailed { error });
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::event;

    #[test]
    fn the_death_of_the_audio_thread_is_told() {
        let (sender, events) = event::channel().unwrap();
        let number = 7;
        supervise(|| Ok(()), &sender);
        supervise(|| Err(io::Error::other("no memory")), &sender);
        supervise(|| panic!("bug {number}"), &sender);
        let failed = |error: &str| Event::EngineFailed {
            error: error.to_owned(),
        };
        assert_eq!(events.take(), [failed("no memory"), failed("bug 7")]);
    }
}
