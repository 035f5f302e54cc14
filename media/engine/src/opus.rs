//! Opus (RFC 6716) as it is coded here: one channel at 16,000 Hz, by libopus.
//!
//! libopus brings whatever a peer sends, be it music in stereo at 48,000 Hz, to the rate and channel
//! that a decoder was made for. The RTP clock runs at 48,000 Hz all the same (RFC 7587 §4.1).

use opusic_c::{utils, Application, Bandwidth, Bitrate, Channels, InbandFec, SampleRate};

use crate::rate::Rate;

/// RTP timestamp units of a sample here.
pub const UNITS_PER_SAMPLE: u32 = 3;
/// 120 ms: more is in no packet (RFC 6716 §3.2.5).
pub const MAX_FRAME: usize = 1920;
/// Speech with what is repeated of the packet before: half of G.711's, and where it is wide three quarters,
/// with which it loses as little as with fewer when it is narrow (docs/media.md).
const BIT_RATE: u32 = 32_000;
const WIDE_BIT_RATE: u32 = 48_000;
/// 0 to 10. At half of it the coder costs half, and is no worse to the ear (docs/media.md).
const COMPLEXITY: u8 = 5;
/// In percent, until the peer's reports say better: so much is worth a repetition in each packet.
const EXPECTED_LOSS: u8 = 5;

/// Samples in a packet; `None` if it is none.
pub fn samples(payload: &[u8]) -> Option<usize> {
    utils::get_nb_samples(payload, SampleRate::Hz16000).ok()
}

/// Whether it is what a sender that falls silent says of its background, and nothing more: a packet of
/// one byte or two (RFC 6716 §2.1.9).
pub fn is_noise(payload: &[u8]) -> bool {
    payload.len() <= 2
}

/// Payloads to samples.
pub struct Decoder(Option<opusic_c::Decoder>);

impl Decoder {
    /// Without memory for it there is silence.
    pub fn new() -> Decoder {
        Decoder(opusic_c::Decoder::new(Channels::Mono, SampleRate::Hz16000).ok())
    }

    /// The samples of a payload; how many there are.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        // An empty payload would mean a lost packet.
        if payload.is_empty() {
            return 0;
        }
        self.run(payload, false, out)
    }

    /// All of `out`: what was lost before `next`, of which that one repeats the end.
    pub fn recover(&mut self, next: &[u8], out: &mut [i16]) -> usize {
        self.run(next, true, out)
    }

    /// All of `out`: what would have been said.
    pub fn conceal(&mut self, out: &mut [i16]) -> usize {
        self.run(&[], false, out)
    }

    fn run(&mut self, payload: &[u8], is_repeated: bool, out: &mut [i16]) -> usize {
        let mut made = [0u16; MAX_FRAME];
        let room = out.len().min(MAX_FRAME);
        let (Some(decoder), Some(made)) = (self.0.as_mut(), made.get_mut(..room)) else {
            return 0;
        };
        let count = decoder.decode_to_slice(payload, made, is_repeated);
        for (slot, &sample) in out.iter_mut().zip(&*made) {
            *slot = sample as i16;
        }
        count.unwrap_or_default()
    }
}

/// Samples to payloads.
pub struct Encoder {
    coder: Option<opusic_c::Encoder>,
    width: Rate,
}

impl Encoder {
    /// Without memory for it there is silence.
    pub fn new() -> Encoder {
        let coder =
            opusic_c::Encoder::new(Channels::Mono, SampleRate::Hz16000, Application::Voip).ok();
        let coder = coder.and_then(|mut coder| {
            coder.set_bitrate(Bitrate::Value(WIDE_BIT_RATE)).ok()?;
            coder.set_complexity(COMPLEXITY).ok()?;
            coder.set_inband_fec(InbandFec::Mode1).ok()?;
            coder.set_packet_loss(EXPECTED_LOSS).ok()?;
            Some(coder)
        });
        Encoder {
            coder,
            width: Rate::Wide,
        }
    }

    /// How much of what is sent is lost, in percent: the more, the better each packet repeats the
    /// one before it; nothing is repeated where nothing is lost.
    pub fn expect_loss(&mut self, percent: u8) {
        if let Some(coder) = self.coder.as_mut() {
            // It fails only beyond 100.
            let _ = coder.set_packet_loss(percent.min(100));
        }
    }

    /// What is coded is no wider than a voice of this rate: nothing is spent on more. libopus goes from one
    /// to the other when it cannot be heard.
    pub fn expect_width(&mut self, width: Rate) {
        if let (true, Some(coder)) = (width != self.width, self.coder.as_mut()) {
            let (bandwidth, bits) = match width {
                Rate::Narrow => (Bandwidth::Narrow, BIT_RATE),
                Rate::Wide => (Bandwidth::Wide, WIDE_BIT_RATE),
            };
            // They fail only where there is no such bandwidth or rate.
            let _ = coder.set_max_bandwidth(bandwidth);
            let _ = coder.set_bitrate(Bitrate::Value(bits));
            self.width = width;
        }
    }

    /// The payload of 10, 20, 40 or 60 ms; its length.
    pub fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> usize {
        let mut given = [0u16; MAX_FRAME];
        for (slot, &sample) in given.iter_mut().zip(samples) {
            *slot = sample as u16;
        }
        match (self.coder.as_mut(), given.get(..samples.len())) {
            (Some(coder), Some(given)) => coder.encode_to_slice(given, payload).unwrap_or(0),
            _ => 0,
        }
    }
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{share_at, sine_at};
    use proptest::prelude::*;

    const HZ: f32 = 440.0;

    /// Payloads of a tone, one every `samples` of it.
    fn said(samples: usize, count: usize, loss: u8) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new();
        encoder.expect_loss(loss);
        (0..count)
            .map(|nth| {
                let mut payload = [0; 1000];
                let tone = sine_at(Rate::Wide, HZ, 8000.0, nth * samples, samples);
                let length = encoder.encode(&tone, &mut payload);
                payload[..length].to_vec()
            })
            .collect()
    }

    #[test]
    fn packets_say_how_long_they_are() {
        for length in [160, 320, 640, 960] {
            for payload in said(length, 3, 0) {
                assert_eq!(samples(&payload), Some(length));
            }
        }
        assert_eq!(samples(&[]), None);
        assert_eq!(said(480, 1, 0)[0].len(), 0, "30 ms is no length of Opus");
    }

    #[test]
    fn a_lost_packet_is_in_the_next_one() {
        let heard = |loss| {
            let payloads = said(320, 50, loss);
            let (mut decoder, mut lost) = (Decoder::new(), Vec::new());
            for (nth, payload) in payloads.iter().enumerate().skip(1) {
                let mut out = [0; 320];
                // every fifth is lost
                if nth % 5 == 4 {
                    continue;
                }
                if nth % 5 == 0 {
                    assert_eq!(decoder.recover(payload, &mut out), 320);
                    lost.extend(out);
                }
                assert_eq!(decoder.decode(payload, &mut out), 320);
            }
            lost
        };
        let repeated = heard(20);
        assert!(
            share_at(Rate::Wide, &repeated[640..], HZ) > 0.9,
            "{}",
            share_at(Rate::Wide, &repeated, HZ)
        );
        let bytes = |loss| said(320, 50, loss).iter().map(Vec::len).sum::<usize>();
        assert_ne!(bytes(20), bytes(0));
    }

    #[test]
    fn what_is_narrow_is_coded_as_such() {
        let heard = |width: Rate, hz| {
            let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
            encoder.expect_width(width);
            let (mut heard, mut first) = (Vec::new(), 0);
            for nth in 0..50 {
                let mut payload = [0; 1000];
                let tone = sine_at(Rate::Wide, hz, 8000.0, nth * 320, 320);
                let length = encoder.encode(&tone, &mut payload);
                let mut out = [0; 320];
                assert_eq!(decoder.decode(&payload[..length], &mut out), 320);
                heard.extend(out);
                first = payload[0];
            }
            // SILK's configurations: 0 to 3 are narrow-band, 8 to 11 wide-band (RFC 6716 §3.1)
            (share_at(Rate::Wide, &heard[8000..], hz) > 0.95, first >> 5)
        };
        assert_eq!(heard(Rate::Wide, 5500.0), (true, 2));
        assert_eq!(heard(Rate::Narrow, 2500.0), (true, 0));
    }

    proptest! {
        #[test]
        fn any_payloads_are_harmless(
            payloads in prop::collection::vec(
                (prop::collection::vec(any::<u8>(), 0..1488), 0..3u8), 0..20)
        ) {
            let mut decoder = Decoder::new();
            for (payload, way) in &payloads {
                let mut out = [0; MAX_FRAME];
                let count = match way {
                    0 => decoder.decode(payload, &mut out),
                    1 => decoder.recover(payload, &mut out[..320]),
                    _ => decoder.conceal(&mut out[..640]),
                };
                prop_assert!(count <= MAX_FRAME);
            }
        }
    }
}
