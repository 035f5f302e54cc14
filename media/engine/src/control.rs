//! The control half of a port: which way its RTCP goes, and from whom it is taken.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crate::reports::{Reports, RANDOM};
use crate::rtcp::Compound;
use crate::statistics::Counters;

/// Where a peer wants its reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// With its RTP (RFC 5761).
    Muxed,
    /// At an address of its own; ours is the odd port above RTP's.
    Beside(SocketAddr),
    /// It wants none, or none was agreed on yet.
    #[default]
    Nowhere,
}

/// The control half of a port.
#[derive(Debug)]
pub struct Control {
    pub reports: Reports,
    way: Way,
    /// Bound once the peer is known not to mux.
    socket: Option<UdpSocket>,
    /// Where reports beside RTP were seen to come from.
    learned: Option<SocketAddr>,
    counters: Arc<Counters>,
}

impl Control {
    pub fn new(random: [u8; RANDOM], counters: Arc<Counters>) -> Control {
        Control {
            reports: Reports::new(random, Arc::clone(&counters)),
            way: Way::default(),
            socket: None,
            learned: None,
            counters,
        }
    }

    /// From now on this is the way. A socket that was given before stays open.
    pub fn configure(&mut self, way: Way, socket: Option<UdpSocket>, now: u64) {
        if way != self.way {
            self.learned = None;
        }
        self.way = way;
        if socket.is_some() {
            self.socket = socket;
        }
        if way != Way::Nowhere {
            self.reports.begin(now);
        }
    }

    pub fn socket(&self) -> Option<&UdpSocket> {
        self.socket.as_ref()
    }

    /// Whether a report that came with RTP, or beside it, is the peer's, who sends RTP from `voice`.
    pub fn accepts(
        &mut self,
        source: SocketAddr,
        is_beside: bool,
        voice: Option<SocketAddr>,
    ) -> bool {
        let is_ours = match (self.way, is_beside) {
            (Way::Beside(signalled), true) => {
                source.ip() == signalled.ip()
                    || voice.is_some_and(|voice| voice.ip() == source.ip())
            }
            // Who was to mux, and whoever does without having been asked.
            (_, false) => voice == Some(source),
            (_, true) => false,
        };
        if !is_ours {
            self.counters.reports_discarded.add(1);
        } else if is_beside {
            self.learned = Some(source);
        }
        is_ours
    }

    /// Sends a report; `voice` is the peer's RTP and the socket for it.
    pub fn send(&self, report: &Compound, voice: (&UdpSocket, Option<SocketAddr>)) {
        let (socket, target) = match self.way {
            Way::Muxed => voice,
            Way::Beside(signalled) => match &self.socket {
                Some(socket) => (socket, Some(self.learned.unwrap_or(signalled))),
                // Our odd port was another program's: then they come from the even one.
                None => (voice.0, Some(signalled)),
            },
            Way::Nowhere => return,
        };
        let is_somewhere =
            |target: &SocketAddr| target.port() != 0 && !target.ip().is_unspecified();
        let Some(target) = target.filter(is_somewhere) else {
            return;
        };
        if socket.send_to(report.bytes(), target).is_ok() {
            self.counters.reports_sent.add(1);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn control(way: Way) -> Control {
        let mut control = Control::new([0; RANDOM], Arc::default());
        control.configure(way, None, 0);
        control
    }

    #[test]
    fn reports_are_taken_from_the_peer_only() {
        let (voice, odd) = ("192.0.2.1:4000", "192.0.2.1:4001");
        let beside = Way::Beside(address(odd));
        // way, source, beside, accepted
        let rows = [
            (Way::Muxed, voice, false, true),
            (Way::Muxed, odd, false, false),
            (Way::Muxed, odd, true, false),
            (beside, odd, true, true),
            (beside, "192.0.2.1:61000", true, true),
            (beside, "203.0.113.9:4001", true, false),
            (beside, voice, false, true),
            (beside, odd, false, false),
            (Way::Nowhere, odd, true, false),
        ];
        for (way, source, is_beside, accepted) in rows {
            let mut control = control(way);
            let found = control.accepts(address(source), is_beside, Some(address(voice)));
            assert_eq!(found, accepted, "{way:?} {source} {is_beside}");
            let refused = control.counters.reports_discarded.get();
            assert_eq!(refused, u64::from(!accepted));
        }
    }

    #[test]
    fn they_go_to_where_they_are_wanted() {
        let voice = UdpSocket::bind("127.0.0.1:0").unwrap();
        let beside = UdpSocket::bind("127.0.0.1:0").unwrap();
        let ours = UdpSocket::bind("127.0.0.1:0").unwrap();
        for socket in [&voice, &beside] {
            socket.set_nonblocking(true).unwrap();
        }
        let mut report = Compound::new();
        report.goodbye(7);
        let comes = |socket: &UdpSocket| socket.recv(&mut [0; 64]).is_ok();
        let to_voice = Some(voice.local_addr().unwrap());
        let to_beside = Way::Beside(beside.local_addr().unwrap());
        // way, with the voice, beside it
        for (way, with, apart) in [
            (Way::Muxed, true, false),
            (to_beside, false, true),
            (Way::Nowhere, false, false),
        ] {
            let mut control = control(way);
            control.configure(way, Some(UdpSocket::bind("127.0.0.1:0").unwrap()), 0);
            control.send(&report, (&ours, to_voice));
            assert_eq!((comes(&voice), comes(&beside)), (with, apart), "{way:?}");
        }
    }
}
