//! What a port sends: one RTP stream from its first packet to its last. Pure; time is passed in.
//!
//! The far end must not notice where its audio comes from. So a port keeps one SSRC, numbers its
//! packets without a break and lets its timestamps follow the wall clock, while the source behind
//! it changes: a prompt, one talker, another, nothing for a while, a prompt again. While a relayed
//! source lasts, its numbers and timestamps are shifted, not made anew: a packet lost or late on
//! the way in is lost or late on the way out, where the far end's jitter buffer can deal with it.

use crate::rtp::{Header, UNITS_PER_MS};

/// A relayed timestamp further than this from the wall clock is not believed but taken anew.
const MAX_DEVIATION_MS: u32 = 10_000;
/// Between relay and mix the stream goes on where it was, unless it has fallen behind so far.
const MAX_SLIP_MS: u32 = 60;
/// A packet may go out so long before the one before it has been heard.
const EARLY_MS: u32 = 5;

/// Names one numbering of one speaker: a new SSRC behind the same port is another source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId {
    pub port: u64,
    pub restarts: u32,
}

/// A packet as it came in, as far as relaying it is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Relayed {
    pub source: SourceId,
    /// Extended sequence number.
    pub number: u64,
    pub timestamp: u32,
    pub marker: bool,
}

/// How packets of the present source become packets of this stream.
#[derive(Clone, Copy, Debug)]
enum Source {
    None,
    Player,
    Mix,
    Relay {
        id: SourceId,
        /// The extended number of its first packet here, and what that became.
        first: u64,
        first_sequence: u16,
        timestamp_shift: u32,
    },
}

/// Ties the stream's timestamps to the wall clock.
#[derive(Clone, Copy, Debug)]
struct Clock {
    timestamp: u32,
    at: u64,
    /// The timestamp behind the last sample sent.
    end: u32,
}

/// The outgoing stream of one port.
#[derive(Debug)]
pub struct OutStream {
    ssrc: u32,
    next_sequence: u16,
    first_timestamp: u32,
    units_per_ms: u32,
    clock: Option<Clock>,
    source: Source,
    /// Of the telephone event that was begun last.
    event_timestamp: u32,
}

impl OutStream {
    /// RFC 3550 §5.1 wants SSRC, first sequence number and first timestamp random.
    pub fn new(random: [u8; 10]) -> OutStream {
        let [a, b, c, d, e, f, g, h, i, j] = random;
        OutStream {
            ssrc: u32::from_be_bytes([a, b, c, d]),
            first_timestamp: u32::from_be_bytes([e, f, g, h]),
            units_per_ms: UNITS_PER_MS,
            // In the lower half, so that SRTP's roll-over is not near (RFC 3711 §3.3.1).
            next_sequence: u16::from_be_bytes([i, j]) & 0x7fff,
            clock: None,
            source: Source::None,
            event_timestamp: 0,
        }
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp of this moment, once anything was sent.
    pub fn timestamp(&self, now: u64) -> Option<u32> {
        self.clock.map(|_| self.wall(now))
    }

    /// Timestamps count in these units from the next packet on, and go on from the last one.
    pub fn count_in(&mut self, units_per_ms: u32) {
        if units_per_ms != self.units_per_ms {
            self.units_per_ms = units_per_ms;
            if let Some(clock) = self.clock.take() {
                self.first_timestamp = clock.end;
            }
            self.interrupt();
        }
    }

    /// The header for the next packet of a player. `due` is when it should go out; consecutive
    /// packets are contiguous in time, whenever they are really sent.
    pub fn play(&mut self, payload_type: u8, units: u32, due: u64) -> Header {
        let marker = !matches!(self.source, Source::Player);
        let timestamp = match self.clock {
            Some(clock) if !marker => clock.end,
            _ => self.resume(due),
        };
        self.source = Source::Player;
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        self.sent(timestamp, units);
        self.header(marker, payload_type, sequence, timestamp)
    }

    /// The header for the next packet of a telephone event that is made here and has lasted for so
    /// many units. All its packets have the timestamp of the first (RFC 4733 §2.3); whatever comes
    /// after it begins a talkspurt.
    pub fn event(&mut self, payload_type: u8, starts: bool, units: u32, now: u64) -> Header {
        if starts {
            self.event_timestamp = self.resume(now);
        }
        self.source = Source::None;
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        self.sent(self.event_timestamp, units);
        self.header(starts, payload_type, sequence, self.event_timestamp)
    }

    /// The header for the next packet of a mix, which takes over from relay and gives back to it
    /// without a break.
    pub fn mix(&mut self, payload_type: u8, units: u32, now: u64) -> Header {
        let (timestamp, marker) = match (self.source, self.clock) {
            (Source::Mix, Some(clock)) => (clock.end, false),
            (Source::Relay { .. }, Some(_)) => self.go_on(now),
            _ => (self.resume(now), true),
        };
        self.source = Source::Mix;
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        self.sent(timestamp, units);
        self.header(marker, payload_type, sequence, timestamp)
    }

    /// Whether the next packet may go out now, going by what was sent.
    pub fn is_due(&self, now: u64) -> bool {
        let soon = self.wall(now).wrapping_add(EARLY_MS * self.units_per_ms);
        self.clock.is_none_or(|clock| !is_before(soon, clock.end))
    }

    /// The header for a relayed packet of so many samples; `None` if it is so late that it
    /// belongs before the moment from which its source is heard here.
    pub fn relay(
        &mut self,
        packet: Relayed,
        payload_type: u8,
        units: u32,
        now: u64,
    ) -> Option<Header> {
        if let Some((sequence, timestamp)) = self.shifted(packet, now)? {
            let ahead = sequence.wrapping_sub(self.next_sequence);
            if ahead < 1 << 15 {
                self.next_sequence = sequence.wrapping_add(1);
            }
            self.sent(timestamp, units);
            return Some(self.header(packet.marker, payload_type, sequence, timestamp));
        }
        let (timestamp, marker) = match self.source {
            Source::Mix => self.go_on(now),
            _ => (self.resume(now), true),
        };
        let sequence = self.next_sequence;
        self.source = Source::Relay {
            id: packet.source,
            first: packet.number,
            first_sequence: sequence,
            timestamp_shift: timestamp.wrapping_sub(packet.timestamp),
        };
        self.next_sequence = sequence.wrapping_add(1);
        self.sent(timestamp, units);
        Some(self.header(marker, payload_type, sequence, timestamp))
    }

    /// A packet of the present source was kept back on purpose (comfort noise, an event which the
    /// far end did not negotiate): close the gap in the numbers that would look like a loss.
    pub fn omit(&mut self, packet: Relayed) {
        if let Source::Relay { id, first, .. } = &mut self.source {
            if *id == packet.source && packet.number >= *first {
                *first += 1;
            }
        }
    }

    /// The next packet starts a talkspurt, whatever its source is.
    pub fn interrupt(&mut self) {
        self.source = Source::None;
    }

    /// `Some(None)`: of another source, or too far off; it needs a new shift.
    fn shifted(&self, packet: Relayed, now: u64) -> Option<Option<(u16, u32)>> {
        let Source::Relay {
            id,
            first,
            first_sequence,
            timestamp_shift,
        } = self.source
        else {
            return Some(None);
        };
        if id != packet.source {
            return Some(None);
        }
        // After `omit` a packet from before the omitted one may land here too; it is let go.
        let since = packet.number.checked_sub(first)?;
        let timestamp = packet.timestamp.wrapping_add(timestamp_shift);
        let deviation = timestamp.wrapping_sub(self.wall(now));
        if deviation.min(deviation.wrapping_neg()) > MAX_DEVIATION_MS * self.units_per_ms {
            return Some(None);
        }
        Some(Some((first_sequence.wrapping_add(since as u16), timestamp)))
    }

    /// The timestamp of this moment by the wall clock.
    fn wall(&self, now: u64) -> u32 {
        self.clock.map_or(self.first_timestamp, |clock| {
            let elapsed = now.saturating_sub(clock.at) * u64::from(self.units_per_ms) / 1_000_000;
            clock.timestamp.wrapping_add(elapsed as u32)
        })
    }

    /// The timestamp at which a new source begins: now, but never before what was sent.
    fn resume(&mut self, now: u64) -> u32 {
        let wall = self.wall(now);
        let timestamp = match self.clock {
            Some(clock) if is_before(wall, clock.end) => clock.end,
            _ => wall,
        };
        self.clock = Some(Clock {
            timestamp,
            at: now,
            end: timestamp,
        });
        timestamp
    }

    /// The timestamp at which another source of the same talkspurt goes on: right behind what was
    /// sent, even if the clock says a little later; and whether that was not possible.
    fn go_on(&mut self, now: u64) -> (u32, bool) {
        let (wall, end) = (self.wall(now), self.clock.map(|clock| clock.end));
        let max_slip = MAX_SLIP_MS * self.units_per_ms;
        match end {
            Some(end) if wall.wrapping_sub(end) <= max_slip || is_before(wall, end) => {
                self.clock = Some(Clock {
                    timestamp: end,
                    at: now,
                    end,
                });
                (end, false)
            }
            _ => (self.resume(now), true),
        }
    }

    fn sent(&mut self, timestamp: u32, units: u32) {
        if let Some(clock) = self.clock.as_mut() {
            let end = timestamp.wrapping_add(units);
            if is_before(clock.end, end) {
                clock.end = end;
            }
        }
    }

    fn header(&self, marker: bool, payload_type: u8, sequence: u16, timestamp: u32) -> Header {
        Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        }
    }
}

/// Serial number arithmetic (RFC 1982): whether `a` comes before `b`.
fn is_before(a: u32, b: u32) -> bool {
    a != b && b.wrapping_sub(a) < 1 << 31
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;
    const ANN: SourceId = SourceId {
        port: 1,
        restarts: 1,
    };
    const BO: SourceId = SourceId {
        port: 2,
        restarts: 1,
    };

    fn stream() -> OutStream {
        OutStream::new([0, 0, 0, 7, 0, 0, 3, 232, 0, 100]) // SSRC 7, timestamp 1000, sequence 100
    }

    fn packet(source: SourceId, number: u64, timestamp: u32) -> Relayed {
        Relayed {
            source,
            number,
            timestamp,
            marker: false,
        }
    }

    /// marker, sequence, timestamp
    fn facts(header: Header) -> (bool, u16, u32) {
        assert_eq!(header.ssrc, 7);
        (header.marker, header.sequence, header.timestamp)
    }

    #[test]
    fn a_change_of_source_keeps_ssrc_numbers_and_the_flow_of_time() {
        let mut out = stream();
        let relay = |out: &mut OutStream, id, number, timestamp, at| {
            out.relay(packet(id, number, timestamp), 8, 160, at * MS)
                .map(facts)
        };
        assert_eq!(facts(out.play(8, 160, 0)), (true, 100, 1000));
        assert_eq!(facts(out.play(8, 160, 20 * MS)), (false, 101, 1160));
        // half a second of nothing, then Ann
        assert_eq!(
            relay(&mut out, ANN, 900, 5000, 540),
            Some((true, 102, 5320))
        );
        assert_eq!(
            relay(&mut out, ANN, 901, 5160, 561),
            Some((false, 103, 5480))
        );
        // Bo's packet 5 ms after Ann's last: after it in numbers and time
        assert_eq!(relay(&mut out, BO, 4, 77, 566), Some((true, 104, 5640)));
        assert_eq!(relay(&mut out, BO, 5, 237, 586), Some((false, 105, 5800)));
        // a prompt, then Bo again, who has gone on talking meanwhile
        assert_eq!(facts(out.play(8, 160, 600 * MS)), (true, 106, 5960));
        assert_eq!(facts(out.play(8, 160, 620 * MS)), (false, 107, 6120));
        assert_eq!(relay(&mut out, BO, 9, 877, 660), Some((true, 108, 6440)));
    }

    #[test]
    fn losses_and_late_packets_of_a_relayed_source_are_passed_on_as_they_are() {
        let mut out = stream();
        let sequences: Vec<Option<u16>> = [10, 11, 14, 13, 15, 9]
            .into_iter()
            .map(|n| {
                out.relay(packet(ANN, n, n as u32 * 160), 0, 160, n * 20 * MS)
                    .map(|header| header.sequence)
            })
            .collect();
        // 12 was lost, 13 came late, 9 is from before Ann was heard here
        assert_eq!(
            sequences,
            [Some(100), Some(101), Some(104), Some(103), Some(105), None]
        );
        assert_eq!(out.play(0, 160, 400 * MS).sequence, 106);
    }

    #[test]
    fn a_packet_kept_back_leaves_no_gap() {
        let mut out = stream();
        out.relay(packet(ANN, 10, 0), 0, 160, 0);
        out.omit(packet(ANN, 11, 160));
        let header = out.relay(packet(ANN, 12, 320), 0, 160, 40 * MS).unwrap();
        assert_eq!((header.sequence, header.timestamp), (101, 1320));
    }

    #[test]
    fn the_packets_of_one_telephone_event_keep_their_common_timestamp() {
        let mut out = stream();
        out.relay(packet(ANN, 1, 800), 8, 160, 0);
        let event = |out: &mut OutStream, n: u64| {
            out.relay(packet(ANN, n, 960), 101, 0, n * 20 * MS)
                .unwrap()
                .timestamp
        };
        assert_eq!([event(&mut out, 2), event(&mut out, 3)], [1160, 1160]);
        let header = out.relay(packet(ANN, 4, 1280), 8, 160, 80 * MS).unwrap();
        assert_eq!(header.timestamp, 1480);
    }

    #[test]
    fn a_key_made_here_stands_in_the_stream_like_any_other_source() {
        let mut out = stream();
        out.relay(packet(ANN, 1, 800), 8, 160, 0);
        let key =
            |out: &mut OutStream, starts, units, at| facts(out.event(101, starts, units, at * MS));
        assert_eq!(key(&mut out, true, 160, 30), (true, 101, 1240));
        out.interrupt();
        assert_eq!(key(&mut out, false, 320, 50), (false, 102, 1240));
        assert_eq!(key(&mut out, false, 320, 70), (false, 103, 1240));
        // Ann, whose packets in between were not sent on, is heard again at the time it is,
        let header = out.relay(packet(ANN, 6, 1600), 8, 160, 100 * MS).unwrap();
        assert_eq!(facts(header), (true, 104, 1800));
        // and a key that is followed at once ends before.
        assert_eq!(key(&mut out, true, 800, 130), (true, 105, 2040));
        let header = out.relay(packet(ANN, 8, 1920), 8, 160, 140 * MS).unwrap();
        assert_eq!(facts(header), (true, 106, 2840));
    }

    #[test]
    fn a_leap_of_the_sources_clock_is_not_passed_on() {
        let mut out = stream();
        out.relay(packet(ANN, 1, 0), 8, 160, 0);
        let header = out
            .relay(packet(ANN, 2, 3_000_000_000), 8, 160, 20 * MS)
            .unwrap();
        assert_eq!(facts(header), (true, 101, 1160));
    }

    #[test]
    fn a_codec_with_another_clock_goes_on_from_the_last_timestamp() {
        let mut out = stream();
        out.play(8, 160, 0);
        out.count_in(48);
        assert_eq!(facts(out.play(96, 960, 20 * MS)), (true, 101, 1160));
        assert_eq!(facts(out.play(96, 960, 40 * MS)), (false, 102, 2120));
        out.interrupt();
        assert_eq!(facts(out.play(96, 960, 120 * MS)), (true, 103, 5960));
    }

    #[test]
    fn after_an_interruption_a_player_starts_a_talkspurt_at_the_time_it_is() {
        let mut out = stream();
        out.play(8, 160, 0);
        out.interrupt();
        assert_eq!(facts(out.play(8, 160, 1000 * MS)), (true, 101, 9000));
    }

    proptest! {
        /// Whatever the sources do, numbers go up one by one and time never runs back.
        #[test]
        fn switching_in_order_sources_gives_one_unbroken_stream(
            steps in prop::collection::vec((0..3u8, 1..200u64, any::<bool>()), 1..100)
        ) {
            let mut out = stream();
            let mut now = 0;
            let mut number = [70_000u64, 90_000];
            let mut last: Option<Header> = None;
            for (who, gap, leap) in steps {
                now += gap * MS;
                let header = if who == 2 {
                    out.play(8, 160, now)
                } else {
                    let index = usize::from(who);
                    number[index] += 1;
                    let id = [ANN, BO][index];
                    let leap = if leap { 4_000_000_000 } else { 0 };
                    let timestamp = ((now / MS * 8) as u32).wrapping_add(leap);
                    out.relay(packet(id, number[index], timestamp), 8, 160, now).unwrap()
                };
                if let Some(last) = last {
                    prop_assert_eq!(header.sequence, last.sequence.wrapping_add(1));
                    prop_assert!(!is_before(header.timestamp, last.timestamp));
                }
                last = Some(header);
            }
        }
    }
}
