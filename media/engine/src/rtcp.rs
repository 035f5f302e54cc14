//! RTCP packets on the wire (RFC 3550 §6, extended reports RFC 3611). Pure: bytes in, facts or an
//! error out.

/// Room for the largest compound packet that we send; it has some 200 bytes when it is sealed.
pub const MAX_REPORT: usize = 256;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const EXTENDED_REPORT: u8 = 207;
/// Block types of extended reports (RFC 3611 §4.4, §4.5, §4.7).
const REFERENCE_TIME: u8 = 4;
const DELAY_SINCE: u8 = 5;
const VOIP_METRICS: u8 = 7;
const CNAME: u8 = 1;

/// What a sender says of itself (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// NTP format: seconds since 1900 and their fraction.
    pub ntp: u64,
    pub timestamp: u32,
    pub packets: u32,
    pub bytes: u32,
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: u32,
    /// 256ths of the packets since the report before.
    pub fraction_lost: u8,
    /// Signed, of 24 bits: duplicates may make it negative.
    pub lost: i32,
    pub highest: u32,
    /// In timestamp units.
    pub jitter: u32,
    /// The middle 32 bits of the NTP time in the source's last sender report; 0 if there is none.
    pub last_report: u32,
    /// Since that came, in 65,536ths of a second.
    pub delay: u32,
}

/// The VoIP metrics block (RFC 3611 §4.7), as far as we know its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoipMetrics {
    pub ssrc: u32,
    /// 256ths of the packets.
    pub loss_rate: u8,
    pub discard_rate: u8,
    pub burst_density: u8,
    pub gap_density: u8,
    /// Milliseconds, as all durations here.
    pub burst_duration: u16,
    pub gap_duration: u16,
    pub round_trip: u16,
    pub end_system_delay: u16,
    /// 0 to 100; 127 is unknown.
    pub r_factor: u8,
    /// Tenths; 127 is unknown.
    pub mos_listening: u8,
    pub mos_conversational: u8,
    pub jitter_buffer: u16,
}

/// What an unknown field of the VoIP metrics holds.
pub const UNKNOWN: u8 = 127;
/// The number of packets that part bursts, recommended by RFC 3611 §4.7.2.
pub const GMIN: u8 = 16;

/// One statement of a compound packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Sender {
        ssrc: u32,
        info: SenderInfo,
    },
    Block {
        block: ReportBlock,
    },
    /// A receiver's clock, for us to send back (RFC 3611 §4.4).
    ReferenceTime {
        ssrc: u32,
        ntp: u64,
    },
    /// Our reference time sent back (RFC 3611 §4.5): `last_report` and `delay` as in a block.
    DelaySince {
        ssrc: u32,
        last_report: u32,
        delay: u32,
    },
    Metrics {
        metrics: VoipMetrics,
    },
    Goodbye {
        ssrc: u32,
    },
}

/// Why a datagram is not RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    TooShort,
    WrongVersion,
    /// A length reaches past the end, or what is counted does not fit into it.
    Overrun,
    /// Padding before the last packet, or of an impossible length.
    Padding,
}

/// Hands every statement of a compound packet to `take`. All packets' headers are checked first
/// (RFC 3550 A.2), so of a malformed datagram nothing is taken but what stands before a count that
/// lies. Packets of unknown types are stepped over.
///
/// That a report stands first is not asked for: RFC 5506 allows to leave it out.
pub fn parse(datagram: &[u8], mut take: impl FnMut(Statement)) -> Result<(), Malformed> {
    check(datagram)?;
    let mut rest = datagram;
    while let Some((packet, after)) = split(rest) {
        rest = after;
        statements(packet, &mut take).ok_or(Malformed::Overrun)?;
    }
    Ok(())
}

struct Packet<'a> {
    count: u8,
    kind: u8,
    body: &'a [u8],
    has_padding: bool,
}

/// The first packet and the bytes behind it, if its length allows.
fn split(bytes: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let &[flags, kind, l0, l1, ..] = bytes else {
        return None;
    };
    let end = 4 + 4 * usize::from(u16::from_be_bytes([l0, l1]));
    let (packet, after) = bytes.split_at_checked(end)?;
    let has_padding = flags & 0x20 != 0;
    let padding = match packet.last() {
        Some(&padding) if has_padding => usize::from(padding),
        _ => 0,
    };
    let body = packet.get(4..end.checked_sub(padding)?)?;
    let packet = Packet {
        count: flags & 0x1f,
        kind,
        body,
        has_padding,
    };
    Some((packet, after))
}

fn check(datagram: &[u8]) -> Result<(), Malformed> {
    if datagram.len() < 4 {
        return Err(Malformed::TooShort);
    }
    let mut rest = datagram;
    while let Some(&first) = rest.first() {
        if first >> 6 != 2 {
            return Err(Malformed::WrongVersion);
        }
        let (packet, after) = split(rest).ok_or(Malformed::Overrun)?;
        let padding = rest.len() - after.len() - 4 - packet.body.len();
        let is_possible = padding > 0 && padding.is_multiple_of(4) && after.is_empty();
        if packet.has_padding && !is_possible {
            return Err(Malformed::Padding);
        }
        rest = after;
    }
    Ok(())
}

fn statements(packet: Packet<'_>, take: &mut impl FnMut(Statement)) -> Option<()> {
    let mut body = Reader(packet.body);
    match packet.kind {
        SENDER_REPORT => {
            let ssrc = body.u32()?;
            let info = SenderInfo {
                ntp: body.u64()?,
                timestamp: body.u32()?,
                packets: body.u32()?,
                bytes: body.u32()?,
            };
            take(Statement::Sender { ssrc, info });
            blocks(body, packet.count, take)?;
        }
        RECEIVER_REPORT => {
            body.u32()?;
            blocks(body, packet.count, take)?;
        }
        GOODBYE => {
            for _ in 0..packet.count {
                let ssrc = body.u32()?;
                take(Statement::Goodbye { ssrc });
            }
        }
        EXTENDED_REPORT => extended(body, take)?,
        _ => {}
    }
    Some(())
}

fn blocks(mut body: Reader<'_>, count: u8, take: &mut impl FnMut(Statement)) -> Option<()> {
    for _ in 0..count {
        let ssrc = body.u32()?;
        let loss = body.u32()?;
        let block = ReportBlock {
            ssrc,
            fraction_lost: (loss >> 24) as u8,
            // Sign-extends the lower 24 bits.
            lost: ((loss << 8) as i32) >> 8,
            highest: body.u32()?,
            jitter: body.u32()?,
            last_report: body.u32()?,
            delay: body.u32()?,
        };
        take(Statement::Block { block });
    }
    Some(())
}

fn extended(mut body: Reader<'_>, take: &mut impl FnMut(Statement)) -> Option<()> {
    let ssrc = body.u32()?;
    while !body.0.is_empty() {
        let [kind, _, l0, l1] = body.u32()?.to_be_bytes();
        let mut block = body.part(4 * usize::from(u16::from_be_bytes([l0, l1])))?;
        match kind {
            REFERENCE_TIME => {
                let ntp = block.u64()?;
                take(Statement::ReferenceTime { ssrc, ntp });
            }
            DELAY_SINCE => {
                while !block.0.is_empty() {
                    let statement = Statement::DelaySince {
                        ssrc: block.u32()?,
                        last_report: block.u32()?,
                        delay: block.u32()?,
                    };
                    take(statement);
                }
            }
            VOIP_METRICS => {
                let metrics = voip_metrics(block)?;
                take(Statement::Metrics { metrics });
            }
            _ => {}
        }
    }
    Some(())
}

fn voip_metrics(mut block: Reader<'_>) -> Option<VoipMetrics> {
    let ssrc = block.u32()?;
    let [loss_rate, discard_rate, burst_density, gap_density] = block.u32()?.to_be_bytes();
    let [burst_duration, gap_duration] = block.pair()?;
    let [round_trip, end_system_delay] = block.pair()?;
    let _levels = block.u32()?;
    let [r_factor, _, mos_listening, mos_conversational] = block.u32()?.to_be_bytes();
    let [_, jitter_buffer] = block.pair()?;
    Some(VoipMetrics {
        ssrc,
        loss_rate,
        discard_rate,
        burst_density,
        gap_density,
        burst_duration,
        gap_duration,
        round_trip,
        end_system_delay,
        r_factor,
        mos_listening,
        mos_conversational,
        jitter_buffer,
    })
}

/// Takes numbers off the front of bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn u32(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn u64(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    fn pair(&mut self) -> Option<[u16; 2]> {
        let number = self.u32()?;
        Some([(number >> 16) as u16, number as u16])
    }

    fn part(&mut self, length: usize) -> Option<Reader<'a>> {
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Reader(part))
    }
}

/// A compound packet in the making. What does not fit is left out whole, which cannot happen to
/// what `reports` makes.
#[derive(Debug)]
pub struct Compound {
    bytes: [u8; MAX_REPORT],
    length: usize,
}

impl Compound {
    pub fn new() -> Compound {
        Compound {
            bytes: [0; MAX_REPORT],
            length: 0,
        }
    }

    /// Has it sealed where it lies.
    pub fn seal(&mut self, how: impl FnOnce(&mut [u8], usize) -> Option<usize>) -> Option<()> {
        self.length = how(&mut self.bytes, self.length)?;
        Some(())
    }

    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// SR, or RR of one who sends nothing.
    pub fn report(&mut self, ssrc: u32, info: Option<SenderInfo>, block: Option<ReportBlock>) {
        let mut body = Words::default();
        body.u32(ssrc);
        if let Some(info) = info {
            body.u64(info.ntp);
            body.u32(info.timestamp);
            body.u32(info.packets);
            body.u32(info.bytes);
        }
        if let Some(block) = block {
            body.u32(block.ssrc);
            let lost = block.lost.clamp(-(1 << 23), (1 << 23) - 1) as u32 & 0xff_ffff;
            body.u32(u32::from(block.fraction_lost) << 24 | lost);
            body.u32(block.highest);
            body.u32(block.jitter);
            body.u32(block.last_report);
            body.u32(block.delay);
        }
        let kind = match info {
            Some(_) => SENDER_REPORT,
            None => RECEIVER_REPORT,
        };
        self.put(u8::from(block.is_some()), kind, body.bytes());
    }

    /// SDES with the canonical name (RFC 3550 §6.5.1).
    pub fn name(&mut self, ssrc: u32, cname: &[u8]) {
        let mut body = Words::default();
        body.u32(ssrc);
        body.put(&[CNAME, cname.len() as u8]);
        body.put(cname);
        // At least one zero ends the list of items, more fill the word.
        let fill = 4 - body.length % 4;
        body.put([0; 4].get(..fill).unwrap_or_default());
        self.put(1, SOURCE_DESCRIPTION, body.bytes());
    }

    /// XR with our clock, the peer's sent back, and what we know of the peer's voice.
    pub fn extended(
        &mut self,
        ssrc: u32,
        reference_time: Option<u64>,
        delay_since: Option<(u32, u32, u32)>,
        metrics: Option<VoipMetrics>,
    ) {
        let mut body = Words::default();
        body.u32(ssrc);
        if let Some(ntp) = reference_time {
            body.put(&[REFERENCE_TIME, 0, 0, 2]);
            body.u64(ntp);
        }
        if let Some((peer, last_report, delay)) = delay_since {
            body.put(&[DELAY_SINCE, 0, 0, 3]);
            body.u32(peer);
            body.u32(last_report);
            body.u32(delay);
        }
        if let Some(metrics) = metrics {
            body.metrics(&metrics);
        }
        if body.length > 4 {
            self.put(0, EXTENDED_REPORT, body.bytes());
        }
    }

    /// BYE.
    pub fn goodbye(&mut self, ssrc: u32) {
        self.put(1, GOODBYE, &ssrc.to_be_bytes());
    }

    fn put(&mut self, count: u8, kind: u8, body: &[u8]) {
        let end = self.length + 4 + body.len();
        let Some(place) = self.bytes.get_mut(self.length..end) else {
            return;
        };
        let [l0, l1] = ((body.len() / 4) as u16).to_be_bytes();
        let (head, rest) = place.split_at_mut(4);
        head.copy_from_slice(&[0x80 | count, kind, l0, l1]);
        rest.copy_from_slice(body);
        self.length = end;
    }
}

impl Default for Compound {
    fn default() -> Compound {
        Compound::new()
    }
}

/// A packet's body in the making.
#[derive(Debug)]
struct Words {
    bytes: [u8; 128],
    length: usize,
}

impl Default for Words {
    fn default() -> Words {
        Words {
            bytes: [0; 128],
            length: 0,
        }
    }
}

impl Words {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }

    fn u32(&mut self, number: u32) {
        self.put(&number.to_be_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.put(&number.to_be_bytes());
    }

    fn pair(&mut self, first: u16, second: u16) {
        self.u32(u32::from(first) << 16 | u32::from(second));
    }

    fn metrics(&mut self, metrics: &VoipMetrics) {
        self.put(&[VOIP_METRICS, 0, 0, 8]);
        self.u32(metrics.ssrc);
        self.put(&[
            metrics.loss_rate,
            metrics.discard_rate,
            metrics.burst_density,
            metrics.gap_density,
        ]);
        self.pair(metrics.burst_duration, metrics.gap_duration);
        self.pair(metrics.round_trip, metrics.end_system_delay);
        // Signal, noise and echo levels are not measured.
        self.put(&[UNKNOWN, UNKNOWN, UNKNOWN, GMIN]);
        self.put(&[
            metrics.r_factor,
            UNKNOWN,
            metrics.mos_listening,
            metrics.mos_conversational,
        ]);
        // No statement of concealment, adaptation and rate: those are the listening phone's.
        self.put(&[0, 0]);
        self.put(&metrics.jitter_buffer.to_be_bytes());
        self.pair(metrics.jitter_buffer, metrics.jitter_buffer);
    }
}

#[cfg(test)]
#[path = "rtcp_test.rs"]
mod tests;
