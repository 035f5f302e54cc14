//! What SDP agreed on for one port.

use std::ops::RangeInclusive;

use crate::codec::Codec;

/// Lengths of the packets that we make; they end on the timer's grid of 10 ms.
const PACKET_MS: RangeInclusive<u32> = 10..=60;

/// What is sent and received, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub payload_type: u8,
    pub codec: Codec,
    /// Of RFC 4733 telephone events, if the peer takes them.
    pub event_payload_type: Option<u8>,
    /// The peer takes comfort noise (RFC 3389).
    pub comfort_noise: bool,
    /// Of the packets that we make; relayed ones keep their speaker's.
    pub packet_ms: u32,
}

impl Format {
    /// What is wrong with it, in words for whoever asked for it.
    pub fn check(&self) -> Result<(), String> {
        if self.payload_type > 127 || self.event_payload_type.is_some_and(|event| event > 127) {
            return Err("a payload type is a number from 0 to 127".to_owned());
        }
        if self.event_payload_type == Some(self.payload_type) {
            return Err("audio and telephone events need different payload types".to_owned());
        }
        if !PACKET_MS.contains(&self.packet_ms) || !self.codec.fills(self.packet_ms) {
            let asked = self.packet_ms;
            return Err(format!(
                "packets of {asked} ms: 10, 20 … 60 can be sent, of Opus not 30 and 50"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;

    #[test]
    fn only_formats_that_can_be_sent_pass() {
        // payload type, events, packet length, part of the complaint
        let rows = [
            (8, Some(101), 20, None),
            (127, None, 60, None),
            (128, None, 20, Some("0 to 127")),
            (8, Some(200), 20, Some("0 to 127")),
            (8, Some(8), 20, Some("different")),
            (8, None, 25, Some("25 ms")),
            (8, None, 0, Some("0 ms")),
            (8, None, 70, Some("70 ms")),
        ];
        for (payload_type, event_payload_type, packet_ms, complaint) in rows {
            let format = Format {
                payload_type,
                codec: Codec::G711(Law::A),
                event_payload_type,
                comfort_noise: false,
                packet_ms,
            };
            match (format.check(), complaint) {
                (Ok(()), None) => {}
                (Err(text), Some(part)) => assert!(text.contains(part), "{text}"),
                (result, _) => unreachable!("{format:?}: {result:?}"),
            }
        }
    }
}
