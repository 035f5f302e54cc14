//! How good a voice is: from what was counted to a mean opinion score. Pure.

use crate::codec::Codec;
use crate::emodel::{opinion, rating, Equipment, Loss};

/// What is counted or measured of one direction of a port, over its life or a part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub codec: Codec,
    pub packet_ms: u32,
    pub loss: Loss,
    pub jitter_ms: f64,
    /// `None` where no report has told it.
    pub round_trip_ms: Option<f64>,
}

/// What that means to a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// R of the E-model with the delay.
    pub rating: f64,
    /// MOS of a conversation, which delay disturbs, too.
    pub conversational: f64,
    /// MOS of listening.
    pub listening: f64,
}

impl Measured {
    /// What a jitter buffer adds: twice the jitter, a packet at least.
    pub fn buffer_ms(&self) -> f64 {
        (2.0 * self.jitter_ms).max(f64::from(self.packet_ms))
    }

    /// What the two ends add to the way: a packet is filled, and waits in the buffer.
    pub fn end_system_ms(&self) -> f64 {
        f64::from(self.packet_ms) + self.buffer_ms()
    }

    /// Rates it.
    pub fn quality(&self) -> Quality {
        let equipment = Equipment::of(self.codec);
        let delay_ms = self.round_trip_ms.unwrap_or(0.0) / 2.0 + self.end_system_ms();
        let conversation = rating(equipment, self.loss, delay_ms);
        Quality {
            rating: conversation,
            conversational: opinion(conversation),
            listening: opinion(rating(equipment, self.loss, 0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;

    const FINE: Measured = Measured {
        codec: Codec::G711(Law::A),
        packet_ms: 20,
        loss: Loss {
            share: 0.0,
            burst_ratio: 1.0,
        },
        jitter_ms: 1.0,
        round_trip_ms: Some(20.0),
    };

    #[test]
    fn a_clean_line_is_as_good_as_narrow_band_gets() {
        let quality = FINE.quality();
        assert!((quality.conversational - 4.41).abs() < 0.01, "{quality:?}");
        assert_eq!(quality.conversational, quality.listening);
    }

    #[test]
    fn delay_disturbs_a_conversation_but_not_listening() {
        let far = Measured {
            round_trip_ms: Some(900.0),
            ..FINE
        };
        let quality = far.quality();
        assert!(quality.conversational < 3.3, "{quality:?}");
        assert_eq!(quality.listening, FINE.quality().listening);
    }

    #[test]
    fn jitter_counts_as_the_delay_of_the_buffer_that_evens_it_out() {
        let shaky = Measured {
            jitter_ms: 90.0,
            ..FINE
        };
        assert_eq!(shaky.buffer_ms(), 180.0);
        assert_eq!(shaky.end_system_ms(), 200.0);
        assert!(shaky.quality().conversational < FINE.quality().conversational);
    }
}
