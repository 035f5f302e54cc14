//! The media engine of callcenter.
#![deny(unsafe_code)]
pub mod audio_thread;
#[cfg(feature = "python")]
mod binding;
pub mod command;
pub mod dtmf;
pub mod engine;
pub mod event;
pub mod g711;
pub mod inbound;
pub mod latch;
pub mod outbound;
pub mod player;
pub mod port;
pub mod port_range;
pub mod receive;
pub mod recorder;
pub mod recordings;
pub mod rtp;
pub mod statistics;
pub mod stream;
pub mod switchboard;
#[cfg(test)]
mod testing;
pub mod track;
pub mod wake;
pub mod wav;
pub mod writer;
