//! What kind of datagram came to a port: RTP, RTCP, STUN and DTLS share its socket. Pure.

/// A datagram by its first bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
    /// Nothing that is spoken here.
    Other,
}

pub fn kind(datagram: &[u8]) -> Kind {
    match datagram {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        // The packet types of RTCP; no RTP payload type may look like them.
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, ..] => Kind::Rtp,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_told_by_their_first_bytes() {
        let rows: &[(&[u8], Kind)] = &[
            (&[0x00, 0x01], Kind::Stun),
            (&[0x01, 0x01], Kind::Stun),
            (&[22, 254], Kind::Dtls),
            (&[63], Kind::Dtls),
            (&[0x80, 8], Kind::Rtp),
            (&[0x80, 0x80 | 8], Kind::Rtp),
            (&[0x80, 0x80 | 101], Kind::Rtp),
            (&[0x90, 191], Kind::Rtp),
            (&[0x80, 200], Kind::Rtcp),
            (&[0x81, 201], Kind::Rtcp),
            (&[0x80], Kind::Rtp),
            (&[64], Kind::Other),
            (&[127], Kind::Other),
            (&[255, 200], Kind::Other),
            (&[4], Kind::Other),
            (&[], Kind::Other),
        ];
        for (datagram, expected) in rows {
            assert_eq!(kind(datagram), *expected, "{datagram:?}");
        }
    }
}
