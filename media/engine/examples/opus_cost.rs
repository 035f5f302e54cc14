//! The yardstick for transcoding: what libopus itself takes for the same sound.
//!
//! ```text
//! opus_cost --pcm FILE [--voices 30]
//! ```
//!
//! Codes and decodes the file (16-bit samples, one channel, 8000 Hz) as the engine has libopus do it with a
//! prompt: brought to 16,000 Hz before the clock starts, coded as narrow-band, and decoded at 16,000 Hz, in
//! packets of 20 ms. Many voices take turns, each with a coder and a decoder of its own: so their states have to
//! be fetched into the caches for each packet, as in calls. It prints one line of JSON:
//!
//! ```text
//! {"encode_us": CPU time a packet, "decode_us": the same, "bytes": a packet's, on average}
//! ```

use std::error::Error;
use std::path::PathBuf;

use _engine::halfband::Doubler;
use _engine::opus::{Decoder, Encoder, MAX_FRAME};
use _engine::rate::Rate;
use rustix::time::{clock_gettime, ClockId};

#[path = "support/flags.rs"]
mod flags;

const PACKET: usize = 320;
/// So many packets each voice is ahead of the one before.
const STEP: usize = 13;

fn main() -> Result<(), Box<dyn Error>> {
    let flags = flags::parse(std::env::args().skip(1))?;
    let pcm = std::fs::read(flags.get::<PathBuf>("pcm")?)?;
    let voices: usize = flags.get_or("voices", "30")?;
    let narrow: Vec<i16> = pcm
        .chunks_exact(2)
        .map(|bytes| match *bytes {
            [low, high] => i16::from_le_bytes([low, high]),
            _ => 0,
        })
        .collect();
    let mut samples = vec![0; 2 * narrow.len()];
    Doubler::default().double(&narrow, &mut samples);
    let mut voices: Vec<Voice> = (0..voices).map(|_| Voice::new()).collect();
    let (mut coding, mut decoding) = (0.0, 0.0);
    let (mut packets, mut bytes) = (0, 0);
    let pieces: Vec<&[i16]> = samples.chunks_exact(PACKET).collect();
    for nth in 0..pieces.len() {
        let before = cpu_seconds();
        for (voice, ahead) in voices.iter_mut().zip((0..).step_by(STEP)) {
            // The same piece thirty times over is guessed by the processor, and takes a third less.
            let Some(piece) = pieces.get((nth + ahead) % pieces.len()) else {
                continue;
            };
            voice.length = voice.encoder.encode(piece, &mut voice.payload);
        }
        let coded = cpu_seconds();
        for voice in &mut voices {
            let payload = voice.payload.get(..voice.length).unwrap_or_default();
            assert_eq!(voice.decoder.decode(payload, &mut [0; MAX_FRAME]), PACKET);
        }
        coding += coded - before;
        decoding += cpu_seconds() - coded;
        packets += voices.len();
        bytes += voices.iter().map(|voice| voice.length).sum::<usize>();
    }
    let each = |seconds: f64| seconds / packets as f64 * 1e6;
    println!(
        r#"{{"encode_us": {:.3}, "decode_us": {:.3}, "bytes": {:.1}}}"#,
        each(coding),
        each(decoding),
        bytes as f64 / packets as f64,
    );
    Ok(())
}

struct Voice {
    encoder: Encoder,
    decoder: Decoder,
    payload: [u8; 1000],
    length: usize,
}

impl Voice {
    fn new() -> Self {
        let mut encoder = Encoder::new();
        encoder.expect_width(Rate::Narrow);
        Self {
            encoder,
            decoder: Decoder::new(),
            payload: [0; 1000],
            length: 0,
        }
    }
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
