//! Symmetric RTP: which address a port listens to and sends to. Pure; time is passed in.
//!
//! SDP says where the peer wants its packets, but behind a NAT that is an address nobody can
//! reach. So the source of the first valid packet is learned and locked: packets from elsewhere
//! are refused, or a stranger who guesses the port could speak in the call or steal its audio.
//! The lock yields at once to a source which the SDP vouches for better, and to anybody once the
//! learned source has been silent for `SILENCE_NS` (a NAT that forgot its binding, a phone that
//! changed networks).

use std::net::SocketAddr;

/// How long the learned source must be silent before another may take its place.
const SILENCE_NS: u64 = 2_000_000_000;

/// How well the SDP vouches for a source; better ones first in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Stranger,
    SameHost,
    Exact,
}

/// What becomes of a packet from some source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    /// Accepted, and from now on this is the address to send to.
    Learn,
    Refuse,
}

/// The remote address of one port.
#[derive(Debug, Default)]
pub struct Latch {
    signalled: Option<SocketAddr>,
    learned: Option<(SocketAddr, u64)>,
}

impl Latch {
    /// Sets the address of the SDP. A changed one does not unlock the learned source: the peer
    /// goes on sending from there until it has moved.
    pub fn signal(&mut self, remote: SocketAddr) {
        self.signalled = Some(remote);
    }

    /// Judges the source of a packet that is valid in every other way.
    pub fn judge(&mut self, source: SocketAddr, now: u64) -> Verdict {
        let Some((learned, heard_at)) = self.learned else {
            self.learned = Some((source, now));
            return Verdict::Learn;
        };
        if source == learned {
            self.learned = Some((learned, now));
            return Verdict::Accept;
        }
        if self.standing(source) > self.standing(learned)
            || now.saturating_sub(heard_at) >= SILENCE_NS
        {
            self.learned = Some((source, now));
            return Verdict::Learn;
        }
        Verdict::Refuse
    }

    /// Where to send: the learned source, else the SDP's address. Nowhere before there is one,
    /// and nowhere while the SDP says 0.0.0.0 or port 0 (hold in the manner of RFC 2543).
    pub fn target(&self) -> Option<SocketAddr> {
        let signalled = self.signalled?;
        if signalled.ip().is_unspecified() || signalled.port() == 0 {
            return None;
        }
        Some(self.learned.map_or(signalled, |(learned, _)| learned))
    }

    /// Where the peer is, whether or not it wants to be sent voice.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.learned().or(self.signalled)
    }

    /// The source that is locked, if any packet came yet.
    pub fn learned(&self) -> Option<SocketAddr> {
        self.learned.map(|(learned, _)| learned)
    }

    fn standing(&self, source: SocketAddr) -> Standing {
        match self.signalled {
            Some(signalled) if signalled == source => Standing::Exact,
            Some(signalled) if signalled.ip() == source.ip() => Standing::SameHost,
            _ => Standing::Stranger,
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use Verdict::{Accept, Learn, Refuse};

    const SDP: &str = "192.0.2.1:4000";
    const SAME_HOST: &str = "192.0.2.1:5555";
    const NAT: &str = "198.51.100.7:61000";
    const STRANGER: &str = "203.0.113.9:9";

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn latch() -> Latch {
        let mut latch = Latch::default();
        latch.signal(address(SDP));
        latch
    }

    #[test]
    fn sources_are_judged_by_the_lock_the_sdp_and_silence() {
        // time (ms), source, verdict
        type Row = (u64, &'static str, Verdict);
        let cases: &[(&str, &[Row])] = &[
            (
                "the first source is learned",
                &[(0, SDP, Learn), (20, SDP, Accept)],
            ),
            (
                "a NAT's address, too",
                &[(0, NAT, Learn), (20, NAT, Accept)],
            ),
            (
                "then strangers are refused",
                &[(0, SDP, Learn), (20, STRANGER, Refuse), (21, NAT, Refuse)],
            ),
            (
                "the SDP's host displaces a stranger",
                &[
                    (0, STRANGER, Learn),
                    (20, SAME_HOST, Learn),
                    (21, STRANGER, Refuse),
                ],
            ),
            (
                "the SDP's very address displaces its host",
                &[
                    (0, SAME_HOST, Learn),
                    (20, SDP, Learn),
                    (21, SAME_HOST, Refuse),
                ],
            ),
            (
                "two ports of the host do not fight",
                &[(0, SAME_HOST, Learn), (20, "192.0.2.1:6666", Refuse)],
            ),
            (
                "after silence anybody may come",
                &[
                    (0, SDP, Learn),
                    (1999, NAT, Refuse),
                    (2000, NAT, Learn),
                    (2001, STRANGER, Refuse),
                ],
            ),
            (
                "packets of the source keep the lock",
                &[
                    (0, NAT, Learn),
                    (1500, NAT, Accept),
                    (3000, STRANGER, Refuse),
                ],
            ),
            (
                "refused packets do not break the silence",
                &[
                    (0, NAT, Learn),
                    (1999, STRANGER, Refuse),
                    (2001, STRANGER, Learn),
                ],
            ),
        ];
        for (name, rows) in cases {
            let mut latch = latch();
            for &(at, source, verdict) in *rows {
                assert_eq!(
                    latch.judge(address(source), at * 1_000_000),
                    verdict,
                    "{name}, at {at} ms"
                );
            }
        }
    }

    #[test]
    fn packets_go_to_the_sdp_until_a_source_is_learned() {
        let mut latch = Latch::default();
        assert_eq!(latch.target(), None);
        latch.signal(address(SDP));
        assert_eq!(latch.target(), Some(address(SDP)));
        latch.judge(address(NAT), 0);
        assert_eq!(latch.target(), Some(address(NAT)));
        assert_eq!(latch.learned(), Some(address(NAT)));
    }

    #[test]
    fn a_changed_sdp_keeps_the_learned_source_until_its_address_speaks() {
        let mut latch = latch();
        latch.judge(address(SDP), 0);
        latch.signal(address(NAT));
        assert_eq!(latch.target(), Some(address(SDP)));
        assert_eq!(latch.judge(address(NAT), 1), Learn);
        assert_eq!(latch.target(), Some(address(NAT)));
    }

    #[test]
    fn nothing_is_sent_to_a_peer_on_hold() {
        let mut latch = latch();
        latch.judge(address(SDP), 0);
        latch.signal(address("0.0.0.0:4000"));
        assert_eq!(latch.target(), None);
        latch.signal(address("192.0.2.1:0"));
        assert_eq!(latch.target(), None);
    }
}
