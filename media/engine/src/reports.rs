//! One port's RTCP session (RFC 3550 §6): when reports go out, what is in them, and what those of
//! the peer tell. Pure; time is passed in.
//!
//! We end each leg's session ourselves: the port's stream has an SSRC and a numbering of its own, so
//! a phone's reports are about what we sent to it, and ours about what came from it. Nothing of a
//! report is passed on to the other leg.

use std::sync::Arc;

use crate::emodel::Loss;
use crate::format::Format;
use crate::losses::Losses;
use crate::quality::Measured;
use crate::receive::Source;
use crate::rtcp::{self, Compound, ReportBlock, SenderInfo, Statement, VoipMetrics, UNKNOWN};
use crate::rtp::UNITS_PER_MS;
use crate::statistics::{Counters, Remote, Report};

/// Random bytes of a session: its name, and the seed of its intervals.
pub const RANDOM: usize = 16;
const NAME: usize = 24;
const NS_PER_MS: u64 = 1_000_000;
/// RFC 3550 §6.2: the least interval. With two members and 64 kbit/s the bandwidth allows it.
const INTERVAL: u64 = 5_000 * NS_PER_MS;
/// A.7: before the first report half of it.
const FIRST_INTERVAL: u64 = INTERVAL / 2;
/// A.7 divides intervals by e − 3/2; this is 65,536 times that.
const COMPENSATION: u64 = 79_841;
/// A longer round trip is a mistake or a lie.
const MAX_ROUND_TRIP_MS: f64 = 30_000.0;

/// What the port knows at the moment of a report.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub format: Format,
    /// Of our stream, and its timestamp now; `None` before its first packet.
    pub ssrc: u32,
    pub timestamp: Option<u32>,
    pub source: Option<Source>,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    pub losses: &'a Losses,
}

/// When a peer's report came, and the middle of the NTP time in it.
#[derive(Clone, Copy, Debug)]
struct Heard {
    ssrc: u32,
    middle: u32,
    at: u64,
}

/// One port's side of the session.
#[derive(Debug)]
pub struct Reports {
    name: [u8; NAME],
    chance: u64,
    /// 0: no report is due yet.
    due: u64,
    heard_sender: Option<Heard>,
    heard_clock: Option<Heard>,
    /// Who said goodbye last.
    gone: Option<u32>,
    /// Expected and received when the last report was made, and of which source.
    before: Option<Source>,
    /// Packets sent when the last two reports were made: who sent none since is no sender.
    sent_before: [u64; 2],
    has_spoken: bool,
    /// Of our stream's timestamps.
    units_per_ms: u32,
    counters: Arc<Counters>,
}

impl Reports {
    pub fn new(random: [u8; RANDOM], counters: Arc<Counters>) -> Reports {
        let [name @ .., _, _, _, _] = random;
        let [.., a, b, c, d] = random;
        Reports {
            name: hexadecimal(name),
            chance: u64::from(u32::from_be_bytes([a, b, c, d])) | 1 << 32,
            due: 0,
            heard_sender: None,
            heard_clock: None,
            gone: None,
            before: None,
            sent_before: [0; 2],
            has_spoken: false,
            units_per_ms: UNITS_PER_MS,
            counters,
        }
    }

    /// From now on there is a peer: the first report is due soon.
    pub fn begin(&mut self, now: u64) {
        if self.due == 0 {
            self.due = now + self.spread(FIRST_INTERVAL);
        }
    }

    pub fn is_due(&self, now: u64) -> bool {
        self.due != 0 && now >= self.due
    }

    /// Takes what came, which is not known to be RTCP yet, but to come from the peer. `ours` is our
    /// stream's SSRC, `ntp` the time now.
    pub fn receive(&mut self, datagram: &[u8], ours: u32, ntp: u64, now: u64) {
        let counters = Arc::clone(&self.counters);
        let parsed = rtcp::parse(datagram, |statement| match statement {
            Statement::Sender { ssrc, info } => {
                let middle = middle(info.ntp);
                self.heard_sender = Some(Heard {
                    ssrc,
                    middle,
                    at: now,
                });
            }
            Statement::ReferenceTime { ssrc, ntp } => {
                let middle = middle(ntp);
                self.heard_clock = Some(Heard {
                    ssrc,
                    middle,
                    at: now,
                });
            }
            Statement::Block { block } if block.ssrc == ours => {
                let round_trip_ms = round_trip_ms(ntp, block.last_report, block.delay);
                let remote = Remote {
                    lost: i64::from(block.lost),
                    loss: f64::from(block.fraction_lost) / 256.0,
                    jitter_ms: f64::from(block.jitter) / f64::from(self.units_per_ms),
                    mos: None,
                };
                counters.update(|report| {
                    report.round_trip_ms = round_trip_ms.or(report.round_trip_ms);
                    let mos = report.remote.and_then(|before| before.mos);
                    report.remote = Some(Remote { mos, ..remote });
                });
            }
            Statement::DelaySince {
                ssrc,
                last_report,
                delay,
            } if ssrc == ours => {
                if let Some(found) = round_trip_ms(ntp, last_report, delay) {
                    counters.update(|report| report.round_trip_ms = Some(found));
                }
            }
            Statement::Metrics { metrics } if metrics.ssrc == ours => {
                let told = metrics.mos_conversational;
                if (10..=50).contains(&told) {
                    counters.update(|report| {
                        let remote = report.remote.get_or_insert_default();
                        remote.mos = Some(f64::from(told) / 10.0);
                    });
                }
            }
            Statement::Goodbye { ssrc } => {
                self.gone = Some(ssrc);
                let stays = |heard: &Heard| heard.ssrc != ssrc;
                self.heard_sender = self.heard_sender.filter(stays);
                self.heard_clock = self.heard_clock.filter(stays);
            }
            _ => {}
        });
        match parsed {
            Ok(()) => self.counters.reports_received.add(1),
            Err(_) => self.counters.reports_discarded.add(1),
        }
    }

    /// Closes the books of an interval: its quality is noted, and the report that tells the peer.
    pub fn make(&mut self, facts: &Facts<'_>, ntp: u64, now: u64) -> Compound {
        self.due = now + self.spread(INTERVAL);
        self.units_per_ms = facts.format.codec.units_per_ms();
        let newest = facts.source;
        let facts = &Facts {
            source: newest.filter(|source| !self.has_left(source)),
            ..*facts
        };
        let measured = self.close_interval(facts);
        let sent = self.counters.packets_sent.get();
        let [before_last, last] = self.sent_before;
        self.sent_before = [last, sent];
        let is_sender = sent > before_last;
        let mut compound = self.open(facts, is_sender, ntp, now);
        let reference_time = (!is_sender).then_some(ntp);
        let delay_since = self.heard_clock.map(|heard| {
            let delay = 65_536 * now.saturating_sub(heard.at) / (1000 * NS_PER_MS);
            (heard.ssrc, heard.middle, delay as u32)
        });
        let metrics = facts
            .source
            .map(|source| voip_metrics(source.ssrc, &measured, facts.losses));
        compound.extended(facts.ssrc, reference_time, delay_since, metrics);
        self.before = newest;
        self.has_spoken = true;
        compound
    }

    /// The last report; `None` for one who has never said anything (RFC 3550 §6.3.7).
    pub fn goodbye(&mut self, facts: &Facts<'_>, ntp: u64, now: u64) -> Option<Compound> {
        let sent = self.counters.packets_sent.get();
        if !self.has_spoken && sent == 0 {
            return None;
        }
        let mut compound = self.open(facts, sent > 0, ntp, now);
        compound.goodbye(facts.ssrc);
        Some(compound)
    }

    fn open(&self, facts: &Facts<'_>, is_sender: bool, ntp: u64, now: u64) -> Compound {
        let counters = &self.counters;
        let sent = counters.packets_sent.get();
        let info = match facts.timestamp {
            Some(timestamp) if is_sender => Some(SenderInfo {
                ntp,
                timestamp,
                packets: sent as u32,
                // Payload only.
                bytes: counters
                    .bytes_sent
                    .get()
                    .wrapping_sub(sent.wrapping_mul(crate::rtp::HEADER_LEN as u64))
                    as u32,
            }),
            _ => None,
        };
        let block = facts.source.map(|source| self.block(source, facts, now));
        let mut compound = Compound::new();
        compound.report(facts.ssrc, info, block);
        compound.name(facts.ssrc, &self.name);
        compound
    }

    /// Whether a source has said goodbye, and kept to it since the last report (RFC 3550 §6.3.4):
    /// phones say it on hold, too, and speak on as who they were.
    fn has_left(&self, source: &Source) -> bool {
        let is_mute = |before: Source| before.highest == source.highest;
        self.gone == Some(source.ssrc)
            && self
                .before
                .filter(|before| before.ssrc == source.ssrc)
                .is_some_and(is_mute)
    }

    fn block(&self, source: Source, facts: &Facts<'_>, now: u64) -> ReportBlock {
        let heard = self.heard_sender.filter(|heard| heard.ssrc == source.ssrc);
        let delay = heard.map_or(0, |heard| {
            65_536 * now.saturating_sub(heard.at) / (1000 * NS_PER_MS)
        });
        let lost = source.expected as i64 - source.received as i64;
        ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: (256.0 * self.lost_since_last(source)).min(255.0) as u8,
            lost: lost.clamp(-(1 << 23), (1 << 23) - 1) as i32,
            highest: source.highest,
            jitter: facts.jitter,
            last_report: heard.map_or(0, |heard| heard.middle),
            delay: delay as u32,
        }
    }

    /// The share of packets lost since the last report (A.3); late ones may make up for it.
    fn lost_since_last(&self, source: Source) -> f64 {
        let before = self.before.filter(|before| before.ssrc == source.ssrc);
        let (expected, received) =
            before.map_or((0, 0), |before| (before.expected, before.received));
        let expected = source.expected.saturating_sub(expected);
        let lost = expected.saturating_sub(source.received.saturating_sub(received));
        if expected == 0 {
            return 0.0;
        }
        lost as f64 / expected as f64
    }

    fn close_interval(&self, facts: &Facts<'_>) -> Measured {
        let burst_ratio = facts.losses.burst_ratio();
        let share = facts
            .source
            .map_or(0.0, |source| self.lost_since_last(source));
        let mut measured = Measured {
            codec: facts.format.codec,
            packet_ms: facts.format.packet_ms,
            loss: Loss { share, burst_ratio },
            jitter_ms: self.counters.jitter_ms(),
            round_trip_ms: None,
        };
        let is_heard = facts.source.is_some();
        self.counters.update(|report: &mut Report| {
            measured.round_trip_ms = report.round_trip_ms;
            report.burst_ratio = burst_ratio;
            report.recent_loss = is_heard.then_some(share);
            report.recent_mos = is_heard.then(|| measured.quality().conversational);
            report.worst_jitter_ms = report.worst_jitter_ms.max(measured.jitter_ms);
        });
        measured
    }

    /// Half to one and a half times the interval, by chance (RFC 3550 §6.3.1).
    fn spread(&mut self, interval: u64) -> u64 {
        // Knuth's linear congruential generator.
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let part = (self.chance >> 48) + (1 << 15);
        interval * part / COMPENSATION
    }
}

fn voip_metrics(ssrc: u32, measured: &Measured, losses: &Losses) -> VoipMetrics {
    let (quality, bursts) = (measured.quality(), losses.bursts());
    let share = |share: f64| (256.0 * share).min(255.0) as u8;
    let duration = |packets: f64| (packets * f64::from(measured.packet_ms)) as u16;
    VoipMetrics {
        ssrc,
        loss_rate: share(losses.share()),
        // Packets that come too late are dropped by whoever plays them, not by us.
        discard_rate: 0,
        burst_density: share(bursts.burst_density),
        gap_density: share(bursts.gap_density),
        burst_duration: duration(bursts.burst_length),
        gap_duration: duration(bursts.gap_length),
        round_trip: measured.round_trip_ms.unwrap_or(0.0) as u16,
        end_system_delay: measured.end_system_ms() as u16,
        r_factor: (quality.rating as u8).min(UNKNOWN - 1),
        mos_listening: (10.0 * quality.listening) as u8,
        mos_conversational: (10.0 * quality.conversational) as u8,
        jitter_buffer: measured.buffer_ms() as u16,
    }
}

/// From a report's times (RFC 3550 §6.4.1, figure 2); `None` if it answers no report of ours, or
/// cannot be.
fn round_trip_ms(ntp: u64, last_report: u32, delay: u32) -> Option<f64> {
    if last_report == 0 {
        return None;
    }
    let units = middle(ntp).wrapping_sub(last_report).wrapping_sub(delay);
    // Clocks are not exact: a little less than nothing is nothing.
    if (units as i32) < 0 && units.wrapping_neg() < 65_536 / 100 {
        return Some(0.0);
    }
    let milliseconds = f64::from(units) * 1000.0 / 65_536.0;
    (milliseconds <= MAX_ROUND_TRIP_MS).then_some(milliseconds)
}

fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

fn hexadecimal<const N: usize>(bytes: [u8; N]) -> [u8; NAME] {
    let mut digits = [b'0'; NAME];
    for (place, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        for (digit, value) in place.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = match value {
                0..=9 => b'0' + value,
                _ => b'a' + value - 10,
            };
        }
    }
    digits
}

#[cfg(test)]
#[path = "reports_test.rs"]
mod tests;
