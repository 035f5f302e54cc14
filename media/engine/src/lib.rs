//! The media engine of callcenter.
#![deny(unsafe_code)]
pub mod dtmf;
pub mod event;
pub mod g711;
pub mod latch;
pub mod player;
pub mod receive;
pub mod recorder;
pub mod rtp;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod track;
pub mod wake;
pub mod wav;
pub mod writer;
