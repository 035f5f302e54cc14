//! RTP packets on the wire (RFC 3550 §5.1). Pure: bytes in, facts or an error out.

use std::ops::Range;

/// The fixed part of the header; every packet we send has exactly this much.
pub const HEADER_LEN: usize = 12;

/// The largest datagram taken seriously. G.711 at 60 ms is 492 bytes; nothing lawful comes near.
pub const MAX_DATAGRAM: usize = 1500;

/// RTP timestamp units per millisecond: G.711 and its telephone events both count at 8000 Hz.
pub const UNITS_PER_MS: u32 = 8;

/// What a valid packet says, and where in the datagram its payload lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Never empty, always inside the datagram, always starts at or after `HEADER_LEN`.
    pub payload: Range<usize>,
}

/// Why a datagram is not an RTP packet we can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    TooShort,
    TooLong,
    WrongVersion,
    /// The CSRC list, the extension or the padding reaches past the end.
    Overrun,
    NoPayload,
}

/// Parses one datagram; every length in it is checked against what really arrived.
pub fn parse(datagram: &[u8]) -> Result<Packet, Malformed> {
    if datagram.len() > MAX_DATAGRAM {
        return Err(Malformed::TooLong);
    }
    let &[flags, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3, ..] = datagram else {
        return Err(Malformed::TooShort);
    };
    if flags >> 6 != 2 {
        return Err(Malformed::WrongVersion);
    }
    let start = header_len(datagram).ok_or(Malformed::Overrun)?;
    let padding = match datagram.last() {
        Some(&count) if flags & 0x20 != 0 => usize::from(count),
        _ => 0,
    };
    // A padding count of zero cannot be: the count counts itself (RFC 3550 §5.1).
    if start > datagram.len()
        || padding > datagram.len() - start
        || (flags & 0x20 != 0 && padding == 0)
    {
        return Err(Malformed::Overrun);
    }
    let end = datagram.len() - padding;
    if start == end {
        return Err(Malformed::NoPayload);
    }
    Ok(Packet {
        marker: kind & 0x80 != 0,
        payload_type: kind & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        payload: start..end,
    })
}

/// Where the payload starts: behind the fixed part, the CSRC list and the extension. `None` if the
/// extension's own length does not fit; the rest may still reach past the end.
pub fn header_len(datagram: &[u8]) -> Option<usize> {
    let flags = *datagram.first()?;
    let start = HEADER_LEN + 4 * usize::from(flags & 0x0f);
    if flags & 0x10 == 0 {
        return Some(start);
    }
    let &[_, _, high, low] = datagram.get(start..start + 4)? else {
        return None;
    };
    Some(start + 4 + 4 * usize::from(u16::from_be_bytes([high, low])))
}

/// The header of a packet that we send: no CSRC, no extension, no padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    /// The twelve bytes as they go out.
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [c0, c1, c2, c3] = self.ssrc.to_be_bytes();
        let kind = u8::from(self.marker) << 7 | (self.payload_type & 0x7f);
        [0x80, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 8,
        sequence: 0xfffe,
        timestamp: 0x0102_0304,
        ssrc: 0xdead_beef,
    };

    fn datagram(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = HEADER.to_bytes().to_vec();
        bytes[0] = first;
        bytes.extend_from_slice(rest);
        bytes
    }

    #[test]
    fn a_written_header_is_parsed_back() {
        let packet = parse(&datagram(0x80, &[0xd5; 160])).unwrap();
        assert!(packet.marker);
        assert_eq!(packet.payload_type, 8);
        assert_eq!(packet.sequence, 0xfffe);
        assert_eq!(packet.timestamp, 0x0102_0304);
        assert_eq!(packet.ssrc, 0xdead_beef);
        assert_eq!(packet.payload, 12..172);
    }

    #[test]
    fn csrc_extension_and_padding_are_stepped_over() {
        let csrc_and_extension = [&[0; 8][..], &[0xbe, 0xde, 0, 1, 1, 2, 3, 4], &[7; 5]].concat();
        assert_eq!(
            parse(&datagram(0x92, &csrc_and_extension)).unwrap().payload,
            28..33
        );
        assert_eq!(
            parse(&datagram(0xa0, &[9, 9, 9, 0, 2])).unwrap().payload,
            12..15
        );
    }

    #[test]
    fn what_is_not_rtp_is_refused_with_its_reason() {
        let cases: &[(&str, Vec<u8>, Malformed)] = &[
            ("nothing", vec![], Malformed::TooShort),
            ("eleven bytes", vec![0x80; 11], Malformed::TooShort),
            (
                "version 1",
                datagram(0x40, &[0; 160]),
                Malformed::WrongVersion,
            ),
            ("a STUN message", vec![0; 20], Malformed::WrongVersion),
            ("header only", datagram(0x80, &[]), Malformed::NoPayload),
            ("15 CSRC", datagram(0x8f, &[0; 59]), Malformed::Overrun),
            (
                "half an extension",
                datagram(0x90, &[0, 0]),
                Malformed::Overrun,
            ),
            (
                "an extension past the end",
                datagram(0x90, &[0, 0, 0xff, 0xff, 1]),
                Malformed::Overrun,
            ),
            (
                "padding past the start",
                datagram(0xa0, &[0, 0, 4]),
                Malformed::Overrun,
            ),
            (
                "padding of zero",
                datagram(0xa0, &[1, 1, 0]),
                Malformed::Overrun,
            ),
            (
                "nothing but padding",
                datagram(0xa0, &[0, 0, 3]),
                Malformed::NoPayload,
            ),
            (
                "too much",
                datagram(0x80, &[0; MAX_DATAGRAM]),
                Malformed::TooLong,
            ),
        ];
        for (name, bytes, reason) in cases {
            assert_eq!(parse(bytes), Err(*reason), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_payload_inside_or_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
            version_two in any::<bool>(),
        ) {
            let mut bytes = bytes;
            if let (true, Some(first)) = (version_two, bytes.first_mut()) {
                *first = 0x80 | (*first & 0x3f);
            }
            if let Ok(packet) = parse(&bytes) {
                prop_assert!(packet.payload.start >= HEADER_LEN);
                prop_assert!(!packet.payload.is_empty());
                prop_assert!(packet.payload.end <= bytes.len());
            }
        }
    }
}
