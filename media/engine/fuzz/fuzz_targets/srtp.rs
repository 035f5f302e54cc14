//! Datagrams through SRTP with each suite: nothing forged is opened, what is sealed is opened again.
#![no_main]

use _engine::srtp::{Opener, Sealer, MAX_ADDED};
use _engine::suite::{MasterKey, Suite};
use libfuzzer_sys::fuzz_target;

const SUITES: [Suite; 4] = [
    Suite::AesCm128HmacSha1_80,
    Suite::AesCm128HmacSha1_32,
    Suite::AeadAes128Gcm,
    Suite::AeadAes256Gcm,
];

fn key(suite: Suite, byte: u8) -> MasterKey {
    let bytes = vec![byte; suite.key_len() + suite.salt_len()];
    MasterKey::new(suite, bytes).expect("of the suite's length")
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (choice, datagram) = input;
    let suite = SUITES[usize::from(choice) % 4];
    let mut near = Sealer::new(key(suite, 1)).expect("a key");
    let mut far = Opener::new(key(suite, 1)).expect("a key");
    let mut forged = datagram.clone();
    assert!(far.open_rtp(&mut forged).is_none() || suite == Suite::AesCm128HmacSha1_32);
    assert!(far.open_rtcp(&mut forged).is_none());
    let len = datagram.len();
    let mut room = [&datagram[..], &[0; MAX_ADDED]].concat();
    if let Some(end) = near.seal_rtp(&mut room, len) {
        room.truncate(end);
        assert_eq!(far.open_rtp(&mut room), Some(len));
        assert_eq!(room[..len], datagram[..]);
    }
});
