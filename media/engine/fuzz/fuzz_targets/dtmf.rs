//! A train of telephone events: at most one digit a packet and one at the end.
#![no_main]

use _engine::dtmf::Receiver;
use libfuzzer_sys::fuzz_target;

const TICK_NS: u64 = 20_000_000;

fuzz_target!(|bytes: &[u8]| {
    let mut receiver = Receiver::default();
    let mut now = 0;
    for chunk in bytes.chunks(8) {
        let (timestamp, payload) = chunk.split_at(chunk.len().min(4));
        let timestamp = timestamp
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u32::from(byte));
        now += TICK_NS;
        receiver.receive(payload, timestamp, now);
        receiver.advance(now);
    }
    let last = receiver.advance(now + 1000 * TICK_NS);
    assert!(last.is_none() || receiver.advance(now + 2000 * TICK_NS).is_none());
});
