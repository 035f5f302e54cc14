//! One datagram through a port's RTCP session, which then makes a report that can be read.
#![no_main]

use std::sync::Arc;

use _engine::codec::Codec;
use _engine::format::Format;
use _engine::g711::Law;
use _engine::losses::Losses;
use _engine::reports::{Facts, Reports, RANDOM};
use _engine::rtcp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| {
    let mut reports = Reports::new([7; RANDOM], Arc::default());
    reports.receive(datagram, 7, 1 << 40, 1);
    let facts = Facts {
        format: Format {
            payload_type: 8,
            codec: Codec::G711(Law::A),
            event_payload_type: None,
            packet_ms: 20,
            comfort_noise: false,
        },
        ssrc: 7,
        timestamp: Some(0),
        source: None,
        jitter: 0,
        losses: &Losses::default(),
    };
    let report = reports.make(&facts, 2 << 40, 2);
    assert!(rtcp::parse(report.bytes(), |_| {}).is_ok());
});
