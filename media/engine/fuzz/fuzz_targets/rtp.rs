//! One datagram through the RTP parser: a payload inside it, or an error.
#![no_main]

use _engine::rtp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| {
    if let Ok(packet) = rtp::parse(datagram) {
        assert!(packet.payload.start >= rtp::HEADER_LEN);
        assert!(!packet.payload.is_empty());
        assert!(datagram.get(packet.payload).is_some());
    }
});
