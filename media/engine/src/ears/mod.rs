//! What is listened for in what one phone says. Each ear is pure and alone; `Ears` gives all that a
//! port was asked for the same sound. A port with none decodes and computes nothing.

pub mod feed;
pub mod keys;

use crate::codec::{Codec, Decoder, MAX_SAMPLES};
use crate::dtmf::Digit;
use crate::event::Event;
use crate::rtp::UNITS_PER_MS;
use feed::Feed;
use keys::KeyEar;

/// The ears of one port.
#[derive(Debug)]
pub struct Ears {
    feed: Feed,
    keys: Option<KeyEar>,
}

impl Ears {
    pub fn new(now: u64) -> Ears {
        Ears {
            feed: Feed::new(now),
            keys: None,
        }
    }

    /// Listens for keys, or no longer.
    pub fn want_keys(&mut self, wanted: bool) {
        if self.keys.is_some() != wanted {
            self.keys = wanted.then(KeyEar::new);
        }
    }

    /// Whether nothing is listened for.
    pub fn are_idle(&self) -> bool {
        self.keys.is_none()
    }

    /// Takes a packet's samples; tells what was heard.
    pub fn put(
        &mut self,
        source: u32,
        timestamp: u32,
        samples: &[i16],
        now: u64,
        mut tell: impl FnMut(Digit),
    ) {
        let keys = &mut self.keys;
        self.feed.put(source, timestamp, samples, now, |piece| {
            if let Some(keys) = keys {
                keys.hear(piece, &mut tell);
            }
        });
    }

    /// Who sends nothing is silent: what was heard last may be over.
    pub fn advance(&mut self, now: u64, mut tell: impl FnMut(Digit)) {
        let keys = &mut self.keys;
        self.feed.advance(now, |piece| {
            if let Some(keys) = keys {
                keys.hear(piece, &mut tell);
            }
        });
    }
}

/// What all ears hear in packets that come in time, `None` where one is lost: each event with the
/// milliseconds of sound until then. Its port is 0.
pub fn listen(payloads: &[Option<Vec<u8>>], codec: Codec) -> Vec<(u64, Event)> {
    let mut ears = Ears::new(0);
    ears.want_keys(true);
    let mut decoder = Decoder::new(codec);
    let (mut timestamp, mut length) = (0u32, 0);
    let mut events = Vec::new();
    for payload in payloads {
        let mut samples = [0; MAX_SAMPLES];
        let samples = match payload {
            Some(payload) => decoder.decode(payload, &mut samples),
            None => &[],
        };
        length = if samples.is_empty() {
            length
        } else {
            samples.len() as u32
        };
        let now_ms = u64::from((timestamp + length) / UNITS_PER_MS);
        if !samples.is_empty() {
            ears.put(0, timestamp, samples, now_ms * 1_000_000, |digit| {
                events.push((now_ms, Event::Digit { port: 0, digit }));
            });
        }
        timestamp += length;
    }
    events
}
