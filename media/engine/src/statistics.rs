//! Per-port counters: written by the audio thread alone, read by anybody at any time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A counter with one writer. Adding is a load and a store, no locked instruction.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, count: u64) {
        self.set(self.get().wrapping_add(count));
    }

    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The live counters of one port.
#[derive(Debug, Default)]
pub struct Counters {
    pub packets_received: Counter,
    pub bytes_received: Counter,
    pub packets_sent: Counter,
    pub bytes_sent: Counter,
    pub send_errors: Counter,
    pub lost: Counter,
    pub duplicates: Counter,
    pub reordered: Counter,
    pub discarded: Counter,
    pub refused: Counter,
    /// In RTP timestamp units.
    pub jitter: AtomicU32,
    /// Written only when a source is learned, never for an ordinary packet.
    remote: Mutex<Option<SocketAddr>>,
}

impl Counters {
    pub fn learn(&self, remote: SocketAddr) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = Some(remote);
    }

    pub fn remote(&self) -> Option<SocketAddr> {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
