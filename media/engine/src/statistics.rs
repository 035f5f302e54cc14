//! Per-port counters: written by the audio thread alone, read by anybody at any time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::emodel::Loss;
use crate::format::Format;
use crate::quality::Measured;

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

/// What reports have told, ours and the peer's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    pub round_trip_ms: Option<f64>,
    pub burst_ratio: f64,
    pub worst_jitter_ms: f64,
    /// Of the last interval, if the peer was heard.
    pub recent_loss: Option<f64>,
    pub recent_mos: Option<f64>,
    pub remote: Option<Remote>,
}

/// What the peer says of our stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Remote {
    pub lost: i64,
    /// Of its last interval, 0 to 1.
    pub loss: f64,
    pub jitter_ms: f64,
    /// From its extended report, if it makes any.
    pub mos: Option<f64>,
}

/// The live counters of one port; those that every packet changes stand in one line of memory.
#[derive(Debug, Default)]
#[repr(C, align(64))]
pub struct Counters {
    pub packets_received: Counter,
    pub bytes_received: Counter,
    pub packets_sent: Counter,
    pub bytes_sent: Counter,
    pub lost: Counter,
    pub duplicates: Counter,
    pub reordered: Counter,
    /// In microseconds.
    pub jitter: AtomicU32,
    pub send_errors: Counter,
    pub discarded: Counter,
    pub refused: Counter,
    /// For how long the voice was missing while somebody listened.
    pub missing_ms: Counter,
    pub reports_received: Counter,
    pub reports_sent: Counter,
    /// What came as RTCP and could not be read, or not from the peer.
    pub reports_discarded: Counter,
    /// Written every few seconds.
    report: Mutex<Report>,
    /// Written only when a source is learned, never for an ordinary packet.
    remote: Mutex<Option<SocketAddr>>,
}

impl Counters {
    pub fn learn(&self, remote: SocketAddr) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = Some(remote);
    }

    /// Interarrival jitter (RFC 3550 A.8).
    pub fn jitter_ms(&self) -> f64 {
        f64::from(self.jitter.load(Ordering::Relaxed)) / 1000.0
    }

    /// What was received so far, for a score; `None` before any.
    pub fn measured(&self, format: &Format) -> Option<Measured> {
        let (received, lost) = (self.packets_received.get(), self.lost.get());
        if received == 0 {
            return None;
        }
        let report = self.report();
        Some(Measured {
            codec: format.codec,
            packet_ms: format.packet_ms,
            loss: Loss {
                share: lost as f64 / (lost + received) as f64,
                burst_ratio: report.burst_ratio,
            },
            jitter_ms: self.jitter_ms(),
            round_trip_ms: report.round_trip_ms,
        })
    }

    pub fn update(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn report(&self) -> Report {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn remote(&self) -> Option<SocketAddr> {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
