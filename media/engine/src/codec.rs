//! How audio is coded, and to and from samples: mono, at the codec's rate.
//!
//! Two ports of one codec are relayed to each other, and the two laws of G.711 by a table; any other
//! pair is decoded and coded again by way of a mix of one. G.722 and Opus are relayed as they are, in
//! their full width; decoded and made here they are wide-band, up to 8 kHz.
//!
//! G.729 is opaque: it is relayed, and is silence to whoever would have to decode or make it.

use std::fmt;

use audio_codec::g722::{Bitrate, G722Decoder, G722Encoder};
use audio_codec::{Decoder as _, Encoder as _};

use crate::g711::{look_up_sample, Law};
use crate::halfband::Doubler;
use crate::opus;
use crate::rate::Rate;
use crate::rtp::UNITS_PER_MS;

/// More samples than a datagram can hold, but of G.722, of which no more are taken: 120 ms.
pub const MAX_SAMPLES: usize = 1920;

/// The codecs of RTP that can be spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    G711(Law),
    /// 64 kbit/s. Its RTP clock says 8000 though it samples at 16,000 Hz (RFC 3551 §4.5.2).
    G722,
    /// 16-bit samples at 8000 Hz, big-endian (RFC 3551 §4.5.11).
    L16,
    /// RFC 7587. Its RTP clock says 48,000, whatever it carries.
    Opus,
    /// Relayed and never looked into (RFC 3551 §4.5.6).
    G729,
}

/// Bytes and samples of a frame of G.729, and bytes of the one that describes silence (Annex B).
const G729_FRAME: usize = 10;
const G729_SAMPLES: usize = 80;
const G729_SILENCE: usize = 2;

impl Codec {
    /// By its encoding name.
    pub fn named(name: &str) -> Option<Codec> {
        match name {
            "PCMA" => Some(Codec::G711(Law::A)),
            "PCMU" => Some(Codec::G711(Law::Mu)),
            "G722" => Some(Codec::G722),
            "L16" => Some(Codec::L16),
            "opus" => Some(Codec::Opus),
            "G729" => Some(Codec::G729),
            _ => None,
        }
    }

    /// Whether what is coded so can be relayed to one who speaks `other`.
    pub fn suits(self, other: Codec) -> bool {
        self == other || matches!((self, other), (Codec::G711(_), Codec::G711(_)))
    }

    /// Whether it can only be relayed: to decode or make it is silence.
    pub fn is_opaque(self) -> bool {
        self == Codec::G729
    }

    /// The rate at which it is decoded and made here.
    pub fn rate(self) -> Rate {
        match self {
            Codec::G711(_) | Codec::L16 | Codec::G729 => Rate::Narrow,
            Codec::G722 | Codec::Opus => Rate::Wide,
        }
    }

    /// RTP timestamp units of a millisecond.
    pub fn units_per_ms(self) -> u32 {
        match self {
            Codec::G711(_) | Codec::G722 | Codec::L16 | Codec::G729 => UNITS_PER_MS,
            Codec::Opus => self.samples_per_ms() * opus::UNITS_PER_SAMPLE,
        }
    }

    /// Samples of a millisecond, at the codec's rate.
    pub fn samples_per_ms(self) -> u32 {
        self.rate().hz() / 1000
    }

    /// Samples in a payload, at the codec's rate.
    pub fn samples(self, payload: &[u8]) -> usize {
        match self {
            Codec::G711(_) => payload.len(),
            Codec::G722 => 2 * payload.len(),
            Codec::L16 => payload.len() / 2,
            Codec::Opus => opus::samples(payload).unwrap_or_default(),
            Codec::G729 => {
                let is_silence = payload.len() % G729_FRAME == G729_SILENCE;
                (payload.len() / G729_FRAME + usize::from(is_silence)) * G729_SAMPLES
            }
        }
    }

    /// RTP timestamp units of a payload.
    pub fn units(self, payload: &[u8]) -> u32 {
        self.samples(payload) as u32 * self.units_per_ms() / self.samples_per_ms()
    }

    /// Whether packets of so many ms can be made.
    pub fn fills(self, packet_ms: u32) -> bool {
        match self {
            Codec::G711(_) | Codec::G722 | Codec::L16 | Codec::G729 => packet_ms.is_multiple_of(10),
            Codec::Opus => matches!(packet_ms, 10 | 20 | 40 | 60),
        }
    }

    /// Whether its decoder needs the packets in their order.
    pub fn has_memory(self) -> bool {
        matches!(self, Codec::G722 | Codec::Opus)
    }

    /// The law in which a recording of it is kept.
    pub fn law(self) -> Law {
        match self {
            Codec::G711(law) => law,
            Codec::G722 | Codec::L16 | Codec::Opus | Codec::G729 => Law::A,
        }
    }
}

/// Payloads to samples, one stream's one after another.
pub enum Decoder {
    G711(Law),
    G722(Box<G722Decoder>),
    L16,
    Opus(opus::Decoder),
    Opaque,
}

impl Decoder {
    pub fn new(codec: Codec) -> Decoder {
        match codec {
            Codec::G711(law) => Decoder::G711(law),
            Codec::G722 => Decoder::g722(false),
            Codec::L16 => Decoder::L16,
            Codec::Opus => Decoder::Opus(opus::Decoder::new()),
            Codec::G729 => Decoder::Opaque,
        }
    }

    /// Of few packets of many, to know how loud they are: of G.722 the lower half of the band, since the upper
    /// one rings on where packets are left out. What it gives is at 8000 Hz then.
    pub fn of_samples(codec: Codec) -> Decoder {
        match codec {
            Codec::G722 => Decoder::g722(true),
            _ => Decoder::new(codec),
        }
    }

    fn g722(is_lower: bool) -> Decoder {
        let decoder = G722Decoder::with_options(Bitrate::Mode1_64000, false, is_lower);
        Decoder::G722(Box::new(decoder))
    }

    /// The samples of a payload, in `out`.
    pub fn decode<'a>(&mut self, payload: &[u8], out: &'a mut [i16; MAX_SAMPLES]) -> &'a [i16] {
        let count = match self {
            Decoder::G711(law) => {
                let table = law.samples();
                for (slot, &code) in out.iter_mut().zip(payload) {
                    *slot = look_up_sample(table, code);
                }
                payload.len()
            }
            Decoder::G722(decoder) => {
                let payload = payload.get(..MAX_SAMPLES / 2).unwrap_or(payload);
                decoder.decode_into(payload, out).unwrap_or_default()
            }
            Decoder::L16 => {
                for (slot, bytes) in out.iter_mut().zip(payload.chunks_exact(2)) {
                    if let &[high, low] = bytes {
                        *slot = i16::from_be_bytes([high, low]);
                    }
                }
                payload.len() / 2
            }
            Decoder::Opus(decoder) => decoder.decode(payload, out),
            Decoder::Opaque => 0,
        };
        out.get(..count).unwrap_or_default()
    }

    /// The samples of a lost packet, as far as `next`, the one after it, repeats them; none where a
    /// codec has no such thing.
    pub fn recover(&mut self, next: &[u8], out: &mut [i16]) -> usize {
        match self {
            Decoder::Opus(decoder) => decoder.recover(next, out),
            Decoder::G711(_) | Decoder::G722(_) | Decoder::L16 | Decoder::Opaque => 0,
        }
    }

    /// What would have been said in a lost packet; nothing where a codec does not know.
    pub fn conceal(&mut self, out: &mut [i16]) -> usize {
        match self {
            Decoder::Opus(decoder) => decoder.conceal(out),
            Decoder::G711(_) | Decoder::G722(_) | Decoder::L16 | Decoder::Opaque => 0,
        }
    }
}

/// Samples to payloads, one stream's one after another.
pub enum Encoder {
    G711(Law),
    G722(Box<Widened<G722Encoder>>),
    L16,
    Opus(Box<Widened<opus::Encoder>>),
    Opaque,
}

/// A coder of samples at 16,000 Hz, to which those at 8000 can be given, too.
pub struct Widened<E> {
    encoder: E,
    doubler: Doubler,
}

impl<E> Widened<E> {
    fn new(encoder: E) -> Box<Widened<E>> {
        let doubler = Doubler::default();
        Box::new(Widened { encoder, doubler })
    }

    /// The encoder, and what it takes.
    fn widen<'a>(
        &mut self,
        samples: &'a [i16],
        rate: Rate,
        room: &'a mut [i16; MAX_SAMPLES],
    ) -> (&mut E, &'a [i16]) {
        if rate == Rate::Wide {
            return (&mut self.encoder, samples);
        }
        let wide = room.get_mut(..2 * samples.len()).unwrap_or_default();
        self.doubler.double(samples, wide);
        (&mut self.encoder, wide)
    }
}

impl Encoder {
    pub fn new(codec: Codec) -> Encoder {
        match codec {
            Codec::G711(law) => Encoder::G711(law),
            // The crate's mode for 8000 Hz (0.4.13) gives codes that mean silence.
            Codec::G722 => Encoder::G722(Widened::new(G722Encoder::with_options(
                Bitrate::Mode1_64000,
                false,
                false,
            ))),
            Codec::L16 => Encoder::L16,
            Codec::Opus => Encoder::Opus(Widened::new(opus::Encoder::new())),
            Codec::G729 => Encoder::Opaque,
        }
    }

    /// Codes samples at a rate, the codec's or a lower one, into `payload`; how many bytes of it that takes.
    pub fn encode(&mut self, samples: &[i16], rate: Rate, payload: &mut [u8]) -> usize {
        let mut room = [0; MAX_SAMPLES];
        match self {
            Encoder::G711(law) => {
                for (code, &sample) in payload.iter_mut().zip(samples) {
                    *code = law.encode(sample);
                }
                samples.len()
            }
            Encoder::G722(widened) => {
                let (encoder, samples) = widened.widen(samples, rate, &mut room);
                // It fails only where the payload is too short.
                encoder.encode_into(samples, payload).unwrap_or_default()
            }
            Encoder::L16 => {
                for (bytes, sample) in payload.chunks_exact_mut(2).zip(samples) {
                    bytes.copy_from_slice(&sample.to_be_bytes());
                }
                samples.len() * 2
            }
            Encoder::Opus(widened) => {
                let (encoder, samples) = widened.widen(samples, rate, &mut room);
                encoder.encode(samples, payload)
            }
            Encoder::Opaque => 0,
        }
    }

    /// What is coded from now on is no wider than a voice of this rate.
    pub fn expect_width(&mut self, width: Rate) {
        if let Encoder::Opus(widened) = self {
            widened.encoder.expect_width(width);
        }
    }

    /// How much of what is sent is lost, in percent, for codecs that can do something about it.
    pub fn expect_loss(&mut self, percent: u8) {
        if let Encoder::Opus(widened) = self {
            widened.encoder.expect_loss(percent);
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Decoder")
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Encoder")
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::{share_at, sine_at};
    use proptest::prelude::*;

    const CODECS: [&str; 5] = ["PCMA", "PCMU", "G722", "L16", "opus"];

    /// What is left of a tone at a codec's rate, and how loud it is.
    fn heard(codec: Codec, hz: f32, is_narrow: bool) -> (f64, i16) {
        let (mut encoder, mut decoder) = (Encoder::new(codec), Decoder::new(codec));
        let given = if is_narrow {
            Rate::Narrow
        } else {
            codec.rate()
        };
        let (count, expected) = (2 * given.frame(), 2 * codec.rate().frame());
        let mut heard = Vec::new();
        for nth in 0..50 {
            let samples = sine_at(given, hz, 8000.0, nth * count, count);
            let mut payload = [0; 1000];
            let length = encoder.encode(&samples, given, &mut payload);
            let payload = &payload[..length];
            assert_eq!(codec.samples(payload), expected);
            assert_eq!(codec.units(payload), 20 * codec.units_per_ms());
            let mut out = [0; MAX_SAMPLES];
            heard.extend_from_slice(decoder.decode(payload, &mut out));
        }
        let settled = &heard[10 * expected..];
        let loudest = settled.iter().max().copied().unwrap();
        (share_at(codec.rate(), settled, hz), loudest)
    }

    #[test]
    fn a_tone_survives_coding_and_decoding_as_loud_as_it_was() {
        for name in CODECS {
            let codec = Codec::named(name).unwrap();
            for is_narrow in [false, true] {
                let (share, loudest) = heard(codec, 450.0, is_narrow);
                assert!(share > 0.98, "{name}: {share}");
                assert!((7400..8600).contains(&loudest), "{name}: {loudest}");
            }
        }
    }

    #[test]
    fn what_no_telephone_line_carries_survives_in_wide_codecs() {
        for codec in [Codec::G722, Codec::Opus] {
            let (share, loudest) = heard(codec, 5500.0, false);
            assert!(share > 0.9, "{codec:?}: {share}");
            assert!((7000..9600).contains(&loudest), "{codec:?}: {loudest}");
        }
    }

    #[test]
    fn only_the_laws_are_relayed_to_each_other() {
        for one in CODECS {
            for other in CODECS {
                let [a, b] = [one, other].map(|name| Codec::named(name).unwrap());
                let are_laws = [one, other].iter().all(|name| name.starts_with("PCM"));
                assert_eq!(a.suits(b), one == other || are_laws, "{one} {other}");
            }
        }
        assert_eq!(Codec::named("OPUS"), None);
        assert!(Codec::G729.suits(Codec::G729) && !Codec::G729.suits(Codec::L16));
    }

    #[test]
    fn what_is_opaque_lasts_as_long_as_its_frames_and_is_silence() {
        let (mut encoder, mut decoder) = (Encoder::new(Codec::G729), Decoder::new(Codec::G729));
        for (bytes, ms) in [
            (0, 0),
            (2, 10),
            (10, 10),
            (20, 20),
            (22, 30),
            (60, 60),
            (7, 0),
        ] {
            let payload = vec![0x5a; bytes];
            assert_eq!(
                Codec::G729.units(&payload),
                ms * UNITS_PER_MS,
                "{bytes} bytes"
            );
            assert_eq!(decoder.decode(&payload, &mut [9; MAX_SAMPLES]), [0i16; 0]);
        }
        assert_eq!(encoder.encode(&[9000; 160], Rate::Narrow, &mut [0; 160]), 0);
    }

    proptest! {
        #[test]
        fn any_payloads_are_harmless(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..1488), 0..20)
        ) {
            for name in CODECS {
                let codec = Codec::named(name).unwrap();
                let mut decoder = Decoder::new(codec);
                for payload in &payloads {
                    let mut out = [0; MAX_SAMPLES];
                    let count = decoder.decode(payload, &mut out).len();
                    if codec != Codec::Opus {
                        prop_assert_eq!(count, codec.samples(payload).min(MAX_SAMPLES));
                    }
                }
            }
        }
    }
}
