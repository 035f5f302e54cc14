//! The datagram at hand, and the shapes in which its listeners get it.

use std::net::{SocketAddr, UdpSocket};

use crate::codec::Codec;
use crate::format::Format;
use crate::g711::Law;
use crate::inbound::{Arrival, Content, COMFORT_NOISE};
use crate::rtp::HEADER_LEN;

/// More than `rtp::MAX_DATAGRAM`, so that too long a datagram shows by its length.
const LEN: usize = 2048;

/// Two buffers, used again for every packet.
#[derive(Debug)]
pub struct Datagram {
    received: Box<[u8; LEN]>,
    length: usize,
    /// The payload in the other law, behind room for a header.
    converted: Box<[u8; LEN]>,
    is_converted: bool,
}

impl Datagram {
    pub fn new() -> Datagram {
        Datagram {
            received: Box::new([0; LEN]),
            length: 0,
            converted: Box::new([0; LEN]),
            is_converted: false,
        }
    }

    /// Reads the next datagram of a socket and says where it came from. `None` if there is none
    /// after all: its checksum was wrong, or the socket has just taken a closed one's slot.
    pub fn read(&mut self, socket: &UdpSocket) -> Option<SocketAddr> {
        let (length, source) = socket.recv_from(&mut self.received[..]).ok()?;
        self.length = length;
        self.is_converted = false;
        Some(source)
    }

    pub fn bytes(&self) -> &[u8] {
        self.received.get(..self.length).unwrap_or_default()
    }

    /// Has it opened where it lies, which may shorten it; `None` if it is not to be used.
    pub fn open(&mut self, how: impl FnOnce(&mut [u8]) -> Option<usize>) -> Option<()> {
        let received = self.received.get_mut(..self.length)?;
        self.length = how(received)?.min(self.length);
        Some(())
    }

    /// The packet for a listener of that format, and its payload type: twelve bytes for the header,
    /// then the payload, converted if need be. `None` if it is not for this listener.
    pub fn shaped(&mut self, arrival: &Arrival, to: &Format) -> Option<(u8, &mut [u8])> {
        let payload_type = match arrival.content {
            Content::Audio(codec) if codec == to.codec => to.payload_type,
            Content::Audio(Codec::G711(law)) => match to.codec {
                Codec::G711(other) => {
                    return Some((to.payload_type, self.converted(arrival, law, other)?))
                }
                _ => return None,
            },
            Content::Audio(_) => return None,
            Content::TelephoneEvent => to.event_payload_type?,
            Content::ComfortNoise if to.comfort_noise => COMFORT_NOISE,
            Content::ComfortNoise => return None,
        };
        // The header goes right in front of the payload, where it lies.
        let start = arrival.payload.start.checked_sub(HEADER_LEN)?;
        let packet = self.received.get_mut(start..arrival.payload.end)?;
        Some((payload_type, packet))
    }

    /// There are two laws, so one conversion serves all who need one.
    fn converted(&mut self, arrival: &Arrival, law: Law, to: Law) -> Option<&mut [u8]> {
        let end = HEADER_LEN + arrival.payload.len();
        if !self.is_converted {
            let codes = self.received.get(arrival.payload.clone())?;
            let out = self.converted.get_mut(HEADER_LEN..end)?;
            law.convert(codes, to, out);
            self.is_converted = true;
        }
        self.converted.get_mut(..end)
    }
}

impl Default for Datagram {
    fn default() -> Datagram {
        Datagram::new()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;

    const CODE: u8 = 0xfa;

    fn format(law: Law, event_payload_type: Option<u8>) -> Format {
        Format {
            payload_type: 96,
            codec: Codec::G711(law),
            event_payload_type,
            comfort_noise: law == Law::Mu,
            packet_ms: 20,
        }
    }

    /// A datagram with one CSRC in front of four payload bytes.
    fn received(content: Content) -> (Datagram, Arrival) {
        let mut datagram = Datagram::new();
        datagram.length = 20;
        datagram.received[16..20].fill(CODE);
        let arrival = Arrival {
            content,
            payload: 16..20,
            number: 1,
            restarts: 1,
            timestamp: 0,
            marker: false,
            is_first: false,
            is_learned: false,
            digit: None,
            earlier_digit: None,
        };
        (datagram, arrival)
    }

    #[test]
    fn a_packet_is_shaped_for_its_listener() {
        let mu = Law::Mu.encode(Law::A.decode(CODE));
        // content, listener's law and events, payload type and codes it gets
        let rows = [
            (
                Content::Audio(Codec::G711(Law::A)),
                Law::A,
                None,
                Some((96, CODE)),
            ),
            (
                Content::Audio(Codec::G711(Law::A)),
                Law::Mu,
                None,
                Some((96, mu)),
            ),
            (Content::TelephoneEvent, Law::Mu, Some(97), Some((97, CODE))),
            (Content::TelephoneEvent, Law::A, None, None),
            (Content::ComfortNoise, Law::A, Some(97), None),
            (Content::ComfortNoise, Law::Mu, None, Some((13, CODE))),
        ];
        for (content, law, events, expected) in rows {
            let (mut datagram, arrival) = received(content);
            let shaped = datagram.shaped(&arrival, &format(law, events));
            let shaped = shaped.map(|(payload_type, packet)| {
                assert_eq!(packet.len(), HEADER_LEN + 4);
                (payload_type, packet[HEADER_LEN..].to_vec())
            });
            let expected = expected.map(|(payload_type, code)| (payload_type, vec![code; 4]));
            assert_eq!(shaped, expected, "{content:?} to {law:?} with {events:?}");
        }
    }

    #[test]
    fn a_header_written_for_one_listener_does_not_harm_the_next() {
        let (mut datagram, arrival) = received(Content::Audio(Codec::G711(Law::A)));
        for law in [Law::A, Law::Mu, Law::A, Law::Mu] {
            let (_, packet) = datagram.shaped(&arrival, &format(law, None)).unwrap();
            packet[..HEADER_LEN].fill(0x77);
            let code = law.encode(Law::A.decode(CODE));
            assert_eq!(packet[HEADER_LEN..], [code; 4]);
        }
    }
}
