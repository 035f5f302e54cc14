//! STUN messages on the wire (RFC 8489), as far as connectivity checks need them. Pure.

use std::net::{IpAddr, SocketAddr};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The largest answer that we make; one with all its attributes has some 100 bytes.
pub const MAX_ANSWER: usize = 256;

const HEADER_LEN: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;

const USERNAME: u16 = 0x0006;
const INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const CONTROLLED: u16 = 0x8029;
/// Attributes from here on may be ignored by who does not know them.
const OPTIONAL: u16 = 0x8000;

const INTEGRITY_LEN: usize = 20;
const FINGERPRINT_XOR: u32 = 0x5354_554e;
/// Attributes of a message that are looked at; a check has about eight.
const MAX_ATTRIBUTES: usize = 32;

/// A binding request that is whole; whether it is authentic is another question.
#[derive(Debug)]
pub struct Request<'a> {
    message: &'a [u8],
    pub username: &'a [u8],
    /// RFC 8445 §7.1.1: the other side has decided for this pair.
    pub use_candidate: bool,
    /// It says that it is the controlled side.
    pub is_controlled: bool,
    /// An attribute which must be understood and is not.
    pub unknown: Option<u16>,
    /// Where the attribute with its authentication stands.
    integrity_at: usize,
    integrity: &'a [u8],
}

/// Reads a binding request with user name, integrity and, as checks have it, a fingerprint.
/// `None` for anything else.
pub fn parse(message: &[u8]) -> Option<Request<'_>> {
    let (header, _) = message.split_at_checked(HEADER_LEN)?;
    let &[t0, t1, l0, l1, c0, c1, c2, c3, ..] = header else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    let is_whole = length % 4 == 0 && HEADER_LEN + length == message.len();
    if u16::from_be_bytes([t0, t1]) != BINDING_REQUEST || [c0, c1, c2, c3] != COOKIE || !is_whole {
        return None;
    }
    let mut request = Request {
        message,
        username: &[],
        use_candidate: false,
        is_controlled: false,
        unknown: None,
        integrity_at: 0,
        integrity: &[],
    };
    let mut at = HEADER_LEN;
    for _ in 0..MAX_ATTRIBUTES {
        if at == message.len() {
            // A check is told from anything else on the port by its fingerprint (RFC 8445 §7).
            return None;
        }
        let (kind, value) = attribute(message, at)?;
        match kind {
            FINGERPRINT => {
                let is_last = at + 8 == message.len() && request.integrity_at > 0;
                return (is_last && value == fingerprint(message, at)?).then_some(request);
            }
            // What follows the integrity, but for the fingerprint, is not authentic.
            _ if request.integrity_at > 0 => {}
            INTEGRITY => {
                request.integrity_at = at;
                request.integrity = value;
            }
            USERNAME => request.username = value,
            USE_CANDIDATE => request.use_candidate = true,
            CONTROLLED => request.is_controlled = true,
            PRIORITY | OPTIONAL.. => {}
            other => request.unknown = request.unknown.or(Some(other)),
        }
        at += 4 + value.len().next_multiple_of(4);
    }
    None
}

impl Request<'_> {
    /// Whether it was made by somebody who knows the password.
    pub fn is_authentic(&self, password: &[u8]) -> bool {
        let mac = integrity(self.message, self.integrity_at, password);
        mac.is_some_and(|mac| mac.verify_slice(self.integrity).is_ok())
    }

    /// The answer that says from where the request came; its length.
    pub fn accept(&self, source: SocketAddr, password: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut answer = Answer::new(self, BINDING_SUCCESS, out)?;
        let mut value = [0; 20];
        let [c0, c1, ..] = COOKIE;
        let port = source.port() ^ u16::from_be_bytes([c0, c1]);
        let [p0, p1] = port.to_be_bytes();
        let transaction = self.message.get(4..HEADER_LEN)?;
        let xored = |bytes: &mut [u8]| {
            for (byte, mask) in bytes.iter_mut().zip(transaction) {
                *byte ^= mask;
            }
        };
        match source.ip() {
            IpAddr::V4(ip) => {
                let mut bytes = ip.octets();
                xored(&mut bytes);
                value.get_mut(..4)?.copy_from_slice(&[0, 1, p0, p1]);
                value.get_mut(4..8)?.copy_from_slice(&bytes);
                answer.add(XOR_MAPPED_ADDRESS, value.get(..8)?)?;
            }
            IpAddr::V6(ip) => {
                let mut bytes = ip.octets();
                xored(&mut bytes);
                value.get_mut(..4)?.copy_from_slice(&[0, 2, p0, p1]);
                value.get_mut(4..20)?.copy_from_slice(&bytes);
                answer.add(XOR_MAPPED_ADDRESS, &value)?;
            }
        }
        answer.finish(password)
    }

    /// The answer for which both sides cannot have the same role (RFC 8445 §7.3.1.1).
    pub fn conflict(&self, password: &[u8], out: &mut [u8]) -> Option<usize> {
        self.refuse(&[0, 0, 4, 87], password, out)
    }

    /// The answer that names what is not understood (RFC 8489 §6.3.1).
    pub fn not_understood(&self, kind: u16, password: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut answer = Answer::new(self, BINDING_ERROR, out)?;
        answer.add(ERROR_CODE, &[0, 0, 4, 20])?;
        answer.add(UNKNOWN_ATTRIBUTES, &kind.to_be_bytes())?;
        answer.finish(password)
    }

    fn refuse(&self, code: &[u8], password: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut answer = Answer::new(self, BINDING_ERROR, out)?;
        answer.add(ERROR_CODE, code)?;
        answer.finish(password)
    }
}

/// An answer while it is written.
struct Answer<'a> {
    out: &'a mut [u8],
    end: usize,
}

impl Answer<'_> {
    fn new<'a>(request: &Request<'_>, kind: u16, out: &'a mut [u8]) -> Option<Answer<'a>> {
        let header = out.get_mut(..HEADER_LEN)?;
        header.copy_from_slice(request.message.get(..HEADER_LEN)?);
        header.get_mut(..2)?.copy_from_slice(&kind.to_be_bytes());
        let end = HEADER_LEN;
        Some(Answer { out, end })
    }

    fn add(&mut self, kind: u16, value: &[u8]) -> Option<()> {
        let place = self.out.get_mut(self.end..)?;
        place.get_mut(..2)?.copy_from_slice(&kind.to_be_bytes());
        let length = value.len() as u16;
        place.get_mut(2..4)?.copy_from_slice(&length.to_be_bytes());
        let padded = value.len().next_multiple_of(4);
        let place = place.get_mut(4..4 + padded)?;
        place.fill(0);
        place.get_mut(..value.len())?.copy_from_slice(value);
        self.end += 4 + padded;
        Some(())
    }

    fn finish(mut self, password: &[u8]) -> Option<usize> {
        let mac = integrity(self.out, self.end, password)?;
        self.add(INTEGRITY, &mac.finalize().into_bytes())?;
        let checksum: [u8; 4] = fingerprint(self.out, self.end)?;
        self.add(FINGERPRINT, &checksum)?;
        let length = (self.end - HEADER_LEN) as u16;
        self.out
            .get_mut(2..4)?
            .copy_from_slice(&length.to_be_bytes());
        Some(self.end)
    }
}

/// An attribute's type and value.
fn attribute(message: &[u8], at: usize) -> Option<(u16, &[u8])> {
    let &[k0, k1, l0, l1] = message.get(at..at + 4)? else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    // With its padding it ends inside the message, whose length is a multiple of four.
    let value = message.get(at + 4..at + 4 + length)?;
    Some((u16::from_be_bytes([k0, k1]), value))
}

/// RFC 8489 §14.5: over what stands before the attribute, with a length that ends behind it.
fn integrity(message: &[u8], at: usize, password: &[u8]) -> Option<Hmac<Sha1>> {
    let mac = Hmac::<Sha1>::new_from_slice(password).ok()?;
    let length = (at + 4 + INTEGRITY_LEN).checked_sub(HEADER_LEN)? as u16;
    Some(
        mac.chain_update(message.get(..2)?)
            .chain_update(length.to_be_bytes())
            .chain_update(message.get(4..at)?),
    )
}

/// RFC 8489 §14.7, likewise.
fn fingerprint(message: &[u8], at: usize) -> Option<[u8; 4]> {
    let length = (at + 8).checked_sub(HEADER_LEN)? as u16;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(message.get(..2)?);
    checksum.update(&length.to_be_bytes());
    checksum.update(message.get(4..at)?);
    Some((checksum.finalize() ^ FINGERPRINT_XOR).to_be_bytes())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
pub mod tests {
    use super::*;
    use crate::suite::tests::hex;
    use proptest::prelude::*;

    pub const NOMINATED: (u16, &[u8]) = (USE_CANDIDATE, &[]);
    pub const BY_CONTROLLED: (u16, &[u8]) = (CONTROLLED, &[0; 8]);

    /// A check as the other side makes it.
    pub fn check(username: &[u8], password: &[u8], more: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = vec![0; MAX_ANSWER];
        out[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
        out[4..8].copy_from_slice(&COOKIE);
        out[8..20].fill(7);
        let mut check = Answer {
            out: &mut out,
            end: HEADER_LEN,
        };
        check.add(USERNAME, username).unwrap();
        check.add(PRIORITY, &[0x6e, 0, 1, 0xff]).unwrap();
        for (kind, value) in more {
            check.add(*kind, value).unwrap();
        }
        let end = check.finish(password).unwrap();
        out.truncate(end);
        out
    }

    /// The sample request of RFC 5769 §2.1.
    fn sample() -> Vec<u8> {
        hex("000100582112a442b7e7a701bc34d686fa87dfae
             802200105354554e207465737420636c69656e74
             002400046e0001ff
             80290008932ff9b151263b36
             00060009 6576746a3a68367659 202020
             000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
             80280004e57a3bcf")
    }

    const SAMPLE_PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

    #[test]
    fn the_request_of_rfc_5769_is_read_and_authentic() {
        let sample = sample();
        let request = parse(&sample).unwrap();
        assert_eq!(request.username, b"evtj:h6vY");
        assert!(request.is_controlled && !request.use_candidate);
        assert_eq!(request.unknown, None);
        assert!(request.is_authentic(SAMPLE_PASSWORD));
        assert!(!request.is_authentic(b"VOkJxbRl1RmTxUk/WvJxBT"));
    }

    #[test]
    fn an_answer_holds_the_source_as_rfc_5769_has_it() {
        let mut message = sample();
        message[4..20].copy_from_slice(&hex("2112a442b7e7a701bc34d686fa87dfae"));
        let request = parse(&message).unwrap();
        let rows = [
            ("192.0.2.1:32853", "0020 0008 0001 a147 e112a643"),
            (
                "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
                "0020 0014 0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9",
            ),
        ];
        for (source, attribute) in rows {
            let mut out = [0; MAX_ANSWER];
            let source = source.parse().unwrap();
            let end = request.accept(source, SAMPLE_PASSWORD, &mut out).unwrap();
            let attribute = hex(attribute);
            assert_eq!(out[..2], [1, 1]);
            assert_eq!(out[4..20], message[4..20]);
            assert_eq!(out[20..20 + attribute.len()], attribute);
            let length = usize::from(u16::from_be_bytes([out[2], out[3]]));
            assert_eq!(HEADER_LEN + length, end);
            let at = end - 8 - 24;
            let mac = integrity(&out[..end], at, SAMPLE_PASSWORD).unwrap();
            mac.verify_slice(&out[at + 4..at + 24]).unwrap();
            assert_eq!(fingerprint(&out, end - 8).unwrap(), out[end - 4..end]);
        }
    }

    #[test]
    fn a_changed_bit_makes_it_no_request_or_not_authentic() {
        let sample = sample();
        for nth in 0..sample.len() {
            let mut forged = sample.clone();
            forged[nth] ^= 0x01;
            let passes = parse(&forged).is_some_and(|r| r.is_authentic(SAMPLE_PASSWORD));
            assert!(!passes, "byte {nth}");
        }
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_named() {
        let message = check(b"a:b", b"secret", &[(0x0033, &[1, 2, 3])]);
        let request = parse(&message).unwrap();
        assert_eq!(request.unknown, Some(0x0033));
        let mut out = [0; MAX_ANSWER];
        let end = request.not_understood(0x0033, b"secret", &mut out).unwrap();
        assert_eq!(out[..2], [1, 0x11]);
        assert_eq!(out[20..36], hex("0009 0004 00000414 000a 0002 0033 0000"));
        assert_eq!(end, 36 + 24 + 8);
    }

    proptest! {
        #[test]
        fn any_bytes_are_harmless(
            bytes in prop::collection::vec(any::<u8>(), 0..120), is_like in any::<bool>()
        ) {
            let mut bytes = bytes;
            if is_like && bytes.len() >= 20 {
                bytes[..2].copy_from_slice(&[0, 1]);
                let length = (bytes.len() - 20) as u16;
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
                bytes[4..8].copy_from_slice(&COOKIE);
            }
            if let Some(request) = parse(&bytes) {
                prop_assert!(!request.is_authentic(b"secret"));
            }
        }
    }
}
