//! The yardstick for transcoding: what libopus itself takes for the same sound.
//!
//! ```text
//! opus_cost --pcm FILE [--rounds 5]
//! ```
//!
//! Codes and decodes the file (16-bit samples, one channel, 8000 Hz) as the engine has libopus do it with a
//! prompt: brought to 16,000 Hz before the clock starts, coded as narrow-band, and decoded at 16,000 Hz, in
//! packets of 20 ms, again and again. It prints one line of JSON:
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

fn main() -> Result<(), Box<dyn Error>> {
    let flags = flags::parse(std::env::args().skip(1))?;
    let pcm = std::fs::read(flags.get::<PathBuf>("pcm")?)?;
    let rounds: usize = flags.get_or("rounds", "5")?;
    let narrow: Vec<i16> = pcm
        .chunks_exact(2)
        .map(|bytes| match *bytes {
            [low, high] => i16::from_le_bytes([low, high]),
            _ => 0,
        })
        .collect();
    let mut samples = vec![0; 2 * narrow.len()];
    Doubler::default().double(&narrow, &mut samples);
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
    encoder.expect_width(Rate::Narrow);
    let mut packets: Vec<Vec<u8>> = Vec::new();
    let before = cpu_seconds();
    for _ in 0..rounds {
        for piece in samples.chunks_exact(PACKET) {
            let mut payload = [0; 1000];
            let length = encoder.encode(piece, &mut payload);
            packets.push(payload.get(..length).unwrap_or_default().to_vec());
        }
    }
    let coded = cpu_seconds();
    let mut heard = 0;
    for packet in &packets {
        heard += decoder.decode(packet, &mut [0; MAX_FRAME]);
    }
    let decoded = cpu_seconds();
    assert_eq!(heard, packets.len() * PACKET);
    let each = |seconds: f64| seconds / packets.len() as f64 * 1e6;
    let bytes: usize = packets.iter().map(Vec::len).sum();
    println!(
        r#"{{"encode_us": {:.3}, "decode_us": {:.3}, "bytes": {:.1}}}"#,
        each(coded - before),
        each(decoded - coded),
        bytes as f64 / packets.len() as f64,
    );
    Ok(())
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
