//! Payloads of any codec, at any time, through decoder and jitter buffer to a mix.
#![no_main]

use _engine::codec::{Codec, Decoder, MAX_SAMPLES};
use _engine::mix::Mix;
use _engine::voice::Voice;
use libfuzzer_sys::fuzz_target;

const MS: u64 = 1_000_000;

fuzz_target!(|packets: Vec<(u8, u8, u32, Vec<u8>)>| {
    let codecs = ["PCMA", "PCMU", "G722", "L16"];
    let mut decoders = codecs.map(|name| Codec::named(name).map(Decoder::new));
    let (mut voice, mut mix) = (Voice::new(0), Mix::new(None, 0));
    mix.hear(&[(0, 1.0), (1, 0.5)]);
    let (mut tick, mut samples) = (0u64, [0; MAX_SAMPLES]);
    for (kind, ticks, timestamp, mut payload) in packets {
        payload.truncate(1488);
        let Some(decoder) = &mut decoders[usize::from(kind) % 4] else {
            return;
        };
        let heard = decoder.decode(&payload, &mut samples);
        voice.put(u32::from(kind >> 6), timestamp, heard, tick * 10 * MS);
        for _ in 0..ticks % 8 {
            tick += 1;
            voice.advance(tick, tick * 10 * MS);
            mix.render(tick, |_| Some(&voice), &mut [0; 480]);
        }
    }
});
