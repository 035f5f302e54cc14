//! STUN messages, forged and signed, through ICE: only what is signed is answered, and briefly.
#![no_main]

use std::net::{Ipv4Addr, SocketAddr};

use _engine::ice::{Credentials, Ice};
use _engine::stun::{self, MAX_ANSWER};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    let source = SocketAddr::from((Ipv4Addr::LOCALHOST, 4000));
    let credentials = Credentials {
        fragment: "ours".to_owned(),
        password: "0123456789abcdefghijkl".to_owned(),
        remote_fragment: String::new(),
    };
    let mut out = [0; MAX_ANSWER];
    let answer = Ice::new(credentials, 0).receive(message, source, 0, &mut out);
    assert!(answer.is_none(), "nobody who does not know the password is answered");
    if let Some(request) = stun::parse(message) {
        for len in [
            request.accept(source, b"secret", &mut out),
            request.conflict(b"secret", &mut out),
            request.not_understood(0x33, b"secret", &mut out),
        ] {
            assert!(len.is_some_and(|len| len <= MAX_ANSWER));
        }
    }
});
