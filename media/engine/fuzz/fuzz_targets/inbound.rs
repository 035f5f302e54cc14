//! Datagrams, cut at length bytes, through everything that judges them on a configured port.
#![no_main]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use _engine::format::Format;
use _engine::codec::Codec;
use _engine::g711::Law;
use _engine::inbound::Inbound;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 4000));
    let format = Format {
        payload_type: 8,
        codec: Codec::G711(Law::A),
        event_payload_type: Some(101),
        comfort_noise: true,
        packet_ms: 20,
    };
    let mut inbound = Inbound::new(Arc::default());
    inbound.configure(peer, format, 0);
    let (mut rest, mut now) = (bytes, 0);
    while let Some((&length, tail)) = rest.split_first() {
        let (datagram, next) = tail.split_at(tail.len().min(usize::from(length)));
        now += u64::from(length) * 1_000_000;
        if let Some(arrival) = inbound.receive(datagram, peer, now) {
            assert!(datagram.get(arrival.payload).is_some());
        }
        inbound.advance(now);
        rest = next;
    }
});
