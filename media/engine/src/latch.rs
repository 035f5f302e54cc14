//! Symmetric RTP: which address a port listens to and sends to. Pure; time is passed in.
//!
//! SDP says where the peer wants its packets, but behind a NAT that is an address nobody can
//! reach. So the source of the first valid packet is learned and locked: packets from elsewhere
//! are refused, or a stranger who guesses the port could speak in the call or steal its audio.
//! The lock yields at once to a source which the SDP vouches for better, and to anybody once the
//! learned source has been silent for `SILENCE_NS` (a NAT that forgot its binding, a phone that
//! changed networks).
//!
//! Where the peer speaks ICE, its checks say which sources are its own and which one to send to;
//! then nothing is learned from other packets.

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

/// Sources of one peer that are remembered as its own; a browser has some four.
const MAX_PAIRS: usize = 8;

/// The remote address of one port.
#[derive(Debug, Default)]
pub struct Latch {
    signalled: Option<SocketAddr>,
    learned: Option<(SocketAddr, u64)>,
    pairs: Option<Box<Pairs>>,
}

/// What ICE has found out.
#[derive(Debug, Default)]
struct Pairs {
    /// Whose checks were authentic, the newest first.
    valid: [Option<SocketAddr>; MAX_PAIRS],
    nominated: Option<SocketAddr>,
}

impl Latch {
    /// Sets the address of the SDP. A changed one does not unlock the learned source: the peer
    /// goes on sending from there until it has moved.
    pub fn signal(&mut self, remote: SocketAddr) {
        self.signalled = Some(remote);
    }

    /// From now on checks say who the peer is.
    pub fn await_checks(&mut self) {
        self.pairs.get_or_insert_default();
    }

    /// An authentic check came from there; whether it is where to send to now, and was not before.
    pub fn check(&mut self, source: SocketAddr, is_nominated: bool) -> bool {
        let Some(pairs) = self.pairs.as_mut() else {
            return false;
        };
        if !pairs.valid.contains(&Some(source)) {
            pairs.valid.rotate_right(1);
            if let Some(place) = pairs.valid.first_mut() {
                *place = Some(source);
            }
        }
        is_nominated && pairs.nominated.replace(source) != Some(source)
    }

    /// Whether something that is no RTP and is authenticated otherwise (DTLS) may come from there.
    pub fn admits(&self, source: SocketAddr) -> bool {
        match (&self.pairs, self.learned) {
            (Some(pairs), _) => pairs.valid.contains(&Some(source)),
            (None, Some((learned, _))) => learned == source,
            (None, None) => self.signalled.is_some(),
        }
    }

    /// Judges the source of a packet that is valid in every other way.
    pub fn judge(&mut self, source: SocketAddr, now: u64) -> Verdict {
        if let Some(pairs) = &self.pairs {
            return match pairs.valid.contains(&Some(source)) {
                true => self.learn(source, now),
                false => Verdict::Refuse,
            };
        }
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

    fn learn(&mut self, source: SocketAddr, now: u64) -> Verdict {
        match self.learned.replace((source, now)) {
            Some((before, _)) if before == source => Verdict::Accept,
            _ => Verdict::Learn,
        }
    }

    /// Where to send: the learned source, else the SDP's address. Nowhere before there is one,
    /// and nowhere while the SDP says 0.0.0.0 or port 0 (hold in the manner of RFC 2543). With
    /// ICE: to the nominated pair, and the SDP's address says nothing.
    pub fn target(&self) -> Option<SocketAddr> {
        let signalled = self.signalled?;
        if let Some(pairs) = &self.pairs {
            return pairs.nominated.filter(|_| signalled.port() != 0);
        }
        if signalled.ip().is_unspecified() || signalled.port() == 0 {
            return None;
        }
        Some(self.learned.map_or(signalled, |(learned, _)| learned))
    }

    /// Where the peer is, whether or not it wants to be sent voice.
    pub fn peer(&self) -> Option<SocketAddr> {
        match &self.pairs {
            Some(pairs) => pairs.nominated,
            None => self.learned().or(self.signalled),
        }
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
    fn with_ice_only_checks_say_who_the_peer_is() {
        let mut latch = latch();
        latch.await_checks();
        assert_eq!(latch.target(), None);
        assert_eq!(latch.judge(address(SDP), 0), Refuse);
        assert!(!latch.admits(address(SDP)));
        assert!(!latch.check(address(SAME_HOST), false));
        assert_eq!(latch.target(), None);
        assert!(latch.check(address(NAT), true));
        assert!(!latch.check(address(NAT), true));
        assert_eq!(latch.target(), Some(address(NAT)));
        assert_eq!(latch.judge(address(NAT), 1), Learn);
        assert_eq!(latch.judge(address(NAT), 2), Accept);
        assert_eq!(
            latch.judge(address(SAME_HOST), 3),
            Learn,
            "a valid pair, too"
        );
        let long_after = 60 * SILENCE_NS;
        assert_eq!(latch.judge(address(STRANGER), long_after), Refuse);
        assert!(latch.admits(address(NAT)) && !latch.admits(address(STRANGER)));
        assert!(
            latch.check(address(SAME_HOST), true),
            "the peer changed its mind"
        );
        assert_eq!(latch.target(), Some(address(SAME_HOST)));
    }

    #[test]
    fn with_ice_only_port_0_is_a_hold() {
        let mut latch = Latch::default();
        latch.await_checks();
        latch.check(address(NAT), true);
        latch.signal(address("0.0.0.0:9"));
        assert_eq!(latch.target(), Some(address(NAT)));
        latch.signal(address("192.0.2.1:0"));
        assert_eq!(latch.target(), None);
    }

    #[test]
    fn a_handshake_comes_from_who_is_locked_if_anybody_is() {
        let mut latch = Latch::default();
        assert!(!latch.admits(address(SDP)));
        latch.signal(address(SDP));
        assert!(latch.admits(address(NAT)));
        latch.judge(address(NAT), 0);
        assert!(latch.admits(address(NAT)) && !latch.admits(address(SDP)));
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
