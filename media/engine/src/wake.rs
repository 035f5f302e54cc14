//! An eventfd that wakes the other side of a queue, once for any number of entries.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{eventfd, EventfdFlags};

/// Raised by the side that writes a queue, cleared by the side that reads it.
#[derive(Debug)]
pub struct Wake {
    fd: OwnedFd,
    raised: AtomicBool,
}

impl Wake {
    pub fn new() -> io::Result<Wake> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Wake {
            fd,
            raised: AtomicBool::new(false),
        })
    }

    /// Call after adding to the queue. Costs a system call only if the reader is not woken yet.
    pub fn raise(&self) {
        if !self.raised.swap(true, Ordering::SeqCst) {
            // An eventfd refuses a one only when it is full, and then it is readable anyway.
            let _ = rustix::io::write(&self.fd, &1u64.to_ne_bytes());
        }
    }

    /// Call before emptying the queue: what is added after that raises it again.
    pub fn clear(&self) {
        let _ = rustix::io::read(&self.fd, &mut [0; 8]);
        self.raised.store(false, Ordering::SeqCst);
    }

    /// The reader comes by of its own accord, until it clears: whoever raises it costs nobody anything.
    pub fn hold(&self) {
        let _ = rustix::io::read(&self.fd, &mut [0; 8]);
        self.raised.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Wake {
    /// Whether a reader who waits for it is woken.
    pub fn is_readable(&self) -> bool {
        let mut fds = [rustix::event::PollFd::new(
            self,
            rustix::event::PollFlags::IN,
        )];
        let none = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        rustix::event::poll(&mut fds, Some(&none)) == Ok(1)
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_readable_from_the_first_raise_to_the_clear() {
        let wake = Wake::new().unwrap();
        assert!(!wake.is_readable());
        wake.raise();
        wake.raise();
        assert!(wake.is_readable());
        wake.clear();
        assert!(!wake.is_readable());
        wake.raise();
        assert!(wake.is_readable());
    }

    #[test]
    fn while_it_is_held_nobody_is_woken() {
        let wake = Wake::new().unwrap();
        wake.raise();
        wake.hold();
        wake.raise();
        assert!(!wake.is_readable());
        wake.clear();
        wake.raise();
        assert!(wake.is_readable());
    }
}
