#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use rtcp_types::{Compound as OtherCompound, Packet as OtherPacket};

const INFO: SenderInfo = SenderInfo {
    ntp: 0x0102_0304_0506_0708,
    timestamp: 160,
    packets: 50,
    bytes: 8000,
};
const BLOCK: ReportBlock = ReportBlock {
    ssrc: 0xfeed,
    fraction_lost: 25,
    lost: -3,
    highest: 0x0001_0007,
    jitter: 40,
    last_report: 0x0304_0506,
    delay: 65_536,
};
const METRICS: VoipMetrics = VoipMetrics {
    ssrc: 0xfeed,
    loss_rate: 12,
    discard_rate: 0,
    burst_density: 128,
    gap_density: 1,
    burst_duration: 80,
    gap_duration: 5000,
    round_trip: 60,
    end_system_delay: 40,
    r_factor: 80,
    mos_listening: 41,
    mos_conversational: 40,
    jitter_buffer: 20,
};

fn all() -> Compound {
    let mut compound = Compound::new();
    compound.report(7, Some(INFO), Some(BLOCK));
    compound.name(7, b"0123456789abcdef01234567");
    compound.extended(7, Some(99), Some((0xfeed, 1, 2)), Some(METRICS));
    compound.goodbye(7);
    compound
}

fn statements_of(bytes: &[u8]) -> Result<Vec<Statement>, Malformed> {
    let mut taken = Vec::new();
    parse(bytes, |statement| taken.push(statement)).map(|()| taken)
}

#[test]
fn what_is_written_is_read() {
    let expected = [
        Statement::Sender {
            ssrc: 7,
            info: INFO,
        },
        Statement::Block { block: BLOCK },
        Statement::ReferenceTime { ssrc: 7, ntp: 99 },
        Statement::DelaySince {
            ssrc: 0xfeed,
            last_report: 1,
            delay: 2,
        },
        Statement::Metrics { metrics: METRICS },
        Statement::Goodbye { ssrc: 7 },
    ];
    assert_eq!(statements_of(all().bytes()).unwrap(), expected);
}

#[test]
fn another_implementation_reads_the_same() {
    let compound = all();
    let packets: Vec<_> = OtherCompound::parse(compound.bytes())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let [OtherPacket::Sr(report), OtherPacket::Sdes(name), OtherPacket::Xr(extended), OtherPacket::Bye(bye)] =
        &packets[..]
    else {
        panic!("{packets:?}");
    };
    assert_eq!(
        (
            report.ssrc(),
            report.ntp_timestamp(),
            report.rtp_timestamp()
        ),
        (7, INFO.ntp, INFO.timestamp)
    );
    assert_eq!(
        (report.packet_count(), report.octet_count()),
        (INFO.packets, INFO.bytes)
    );
    let block = report.report_blocks().next().unwrap();
    assert_eq!(
        (block.ssrc(), block.fraction_lost(), block.cumulative_lost()),
        (BLOCK.ssrc, BLOCK.fraction_lost, 0xff_fffd)
    );
    assert_eq!(
        (
            block.extended_sequence_number(),
            block.interarrival_jitter(),
            block.last_sender_report_timestamp(),
            block.delay_since_last_sender_report_timestamp()
        ),
        (BLOCK.highest, BLOCK.jitter, BLOCK.last_report, BLOCK.delay)
    );
    let chunk = name.chunks().next().unwrap();
    let item = chunk.items().next().unwrap();
    assert_eq!(item.value(), b"0123456789abcdef01234567");
    assert_eq!(extended.block_iter().count(), 3);
    assert_eq!(bye.ssrcs().collect::<Vec<_>>(), [7]);
}

#[test]
fn a_receiver_that_hears_nothing_says_so() {
    let mut compound = Compound::new();
    compound.report(7, None, None);
    assert_eq!(compound.bytes(), [0x80, 201, 0, 1, 0, 0, 0, 7]);
}

#[test]
fn what_is_malformed_says_why() {
    let rows: [(&str, &[u8], Malformed); 8] = [
        ("three bytes", &[0x80, 201, 0], Malformed::TooShort),
        ("version 1", &[0x40, 201, 0, 0], Malformed::WrongVersion),
        ("half a packet", &[0x80, 201, 0, 1, 0], Malformed::Overrun),
        (
            "two bytes behind",
            &[0x80, 203, 0, 0, 0x80, 203],
            Malformed::Overrun,
        ),
        (
            "more blocks than there are",
            &[0x81, 201, 0, 1, 0, 0, 0, 7],
            Malformed::Overrun,
        ),
        (
            "padding of nothing",
            &[0xa0, 201, 0, 1, 0, 0, 0, 0],
            Malformed::Padding,
        ),
        (
            "padding past the start",
            &[0xa0, 201, 0, 1, 0, 0, 0, 200],
            Malformed::Overrun,
        ),
        (
            "padding in the middle",
            &[0xa0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4, 0x80, 203, 0, 0],
            Malformed::Padding,
        ),
    ];
    for (name, bytes, reason) in rows {
        assert_eq!(statements_of(bytes), Err(reason), "{name}");
    }
}

#[test]
fn padding_at_the_end_and_unknown_packets_are_stepped_over() {
    let bytes = [
        0x80, 206, 0, 1, 1, 2, 3, 4, 0xa1, 203, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4,
    ];
    assert_eq!(
        statements_of(&bytes),
        Ok(vec![Statement::Goodbye { ssrc: 9 }])
    );
}

proptest! {
    #[test]
    fn any_bytes_are_harmless(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = statements_of(&bytes);
    }

    #[test]
    fn any_change_of_a_good_packet_is_harmless(
        changes in prop::collection::vec((0..200usize, any::<u8>()), 1..8),
        length in 0..200usize,
    ) {
        let mut bytes = all().bytes().to_vec();
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(length);
        if let Ok(taken) = statements_of(&bytes) {
            prop_assert!(taken.len() <= bytes.len() / 4);
        }
    }
}
