//! Opus payloads, cut at length bytes, decoded, recovered from and concealed in any order.
#![no_main]

use _engine::opus::{samples, Decoder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (mut decoder, mut rest, mut out) = (Decoder::new(), bytes, [0; 1920]);
    while let Some((&length, tail)) = rest.split_first() {
        let (payload, next) = tail.split_at(tail.len().min(usize::from(length)));
        let count = match length % 4 {
            0 => decoder.recover(payload, &mut out[..160]),
            1 => decoder.conceal(&mut out[..160]),
            _ => decoder.decode(payload, &mut out),
        };
        assert!(count <= out.len());
        assert!(samples(payload).is_none_or(|count| count <= out.len()));
        rest = next;
    }
});
