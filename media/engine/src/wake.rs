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

    fn readable(wake: &Wake) -> bool {
        let mut fds = [rustix::event::PollFd::new(
            wake,
            rustix::event::PollFlags::IN,
        )];
        let none = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        rustix::event::poll(&mut fds, Some(&none)).unwrap() == 1
    }

    #[test]
    fn it_is_readable_from_the_first_raise_to_the_clear() {
        let wake = Wake::new().unwrap();
        assert!(!readable(&wake));
        wake.raise();
        wake.raise();
        assert!(readable(&wake));
        wake.clear();
        assert!(!readable(&wake));
        wake.raise();
        assert!(readable(&wake));
    }
}
