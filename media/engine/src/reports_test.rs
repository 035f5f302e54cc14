#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use super::*;
use crate::codec::Codec;
use crate::g711::Law;
use proptest::prelude::*;

const OURS: u32 = 7;
const THEIRS: u32 = 0xfeed;
const S: u64 = 1_000_000_000;
const FORMAT: Format = Format {
    payload_type: 8,
    codec: Codec::G711(Law::A),
    event_payload_type: Some(101),
    comfort_noise: false,
    packet_ms: 20,
};

fn reports() -> Reports {
    Reports::new([0xab; RANDOM], Arc::default())
}

fn ntp(now: u64) -> u64 {
    ((3_900_000_000 + now / S) << 32) + ((now % S) << 32) / S
}

fn source(expected: u64, received: u64) -> Option<Source> {
    Some(Source {
        ssrc: THEIRS,
        highest: 100 + expected as u32,
        expected,
        received,
    })
}

fn facts(losses: &Losses, source: Option<Source>) -> Facts<'_> {
    Facts {
        format: FORMAT,
        ssrc: OURS,
        timestamp: Some(1600),
        source,
        jitter: 40,
        losses,
    }
}

fn statements(compound: &Compound) -> Vec<Statement> {
    let mut taken = Vec::new();
    rtcp::parse(compound.bytes(), |statement| taken.push(statement)).unwrap();
    taken
}

fn block(compound: &Compound) -> ReportBlock {
    let found = statements(compound)
        .into_iter()
        .find_map(|statement| match statement {
            Statement::Block { block } => Some(block),
            _ => None,
        });
    found.unwrap()
}

#[test]
fn reports_are_spread_around_their_interval() {
    let mut reports = reports();
    assert!(!reports.is_due(u64::MAX));
    reports.begin(0);
    let first = reports.due as f64 / S as f64;
    assert!((1.0..3.2).contains(&first), "{first}");
    let intervals: Vec<f64> = (0..2000)
        .map(|_| reports.spread(INTERVAL) as f64 / S as f64)
        .collect();
    let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
    assert!((mean - 5.0 / 1.21828).abs() < 0.1, "{mean}");
    assert!(intervals.iter().all(|each| (2.0..6.2).contains(each)));
}

#[test]
fn who_sends_gives_a_sender_report_and_who_does_not_a_clock() {
    let (mut reports, losses) = (reports(), Losses::default());
    let idle = reports.make(&facts(&losses, None), ntp(S), S);
    assert_eq!(
        statements(&idle),
        [Statement::ReferenceTime {
            ssrc: OURS,
            ntp: ntp(S)
        }]
    );
    reports.counters.packets_sent.add(3);
    reports.counters.bytes_sent.add(3 * 172);
    let made = statements(&reports.make(&facts(&losses, None), ntp(2 * S), 2 * S));
    let info = SenderInfo {
        ntp: ntp(2 * S),
        timestamp: 1600,
        packets: 3,
        bytes: 480,
    };
    assert_eq!(made, [Statement::Sender { ssrc: OURS, info }]);
    // Who fell silent is a sender for two more reports.
    let is_sender = |made: &Compound| made.bytes()[1] == 200;
    let later: Vec<bool> = (3..6)
        .map(|at| is_sender(&reports.make(&facts(&losses, None), ntp(at * S), at * S)))
        .collect();
    assert_eq!(later, [true, false, false]);
}

#[test]
fn loss_is_told_of_the_interval_and_of_all() {
    let (mut reports, losses) = (reports(), Losses::default());
    let first = block(&reports.make(&facts(&losses, source(100, 75)), 0, S));
    assert_eq!((first.fraction_lost, first.lost), (64, 25));
    let second = block(&reports.make(&facts(&losses, source(200, 175)), 0, 2 * S));
    assert_eq!((second.fraction_lost, second.lost), (0, 25));
    assert_eq!((second.highest, second.jitter), (300, 40));
    let all = reports.counters.report();
    assert_eq!(all.recent_loss, Some(0.0));
    assert!(all.recent_mos.unwrap() > 4.3);
}

#[test]
fn the_peers_report_is_answered_with_its_time_and_our_delay() {
    let (mut reports, losses) = (reports(), Losses::default());
    let mut theirs = Compound::new();
    let info = SenderInfo {
        ntp: ntp(S),
        ..SenderInfo::default()
    };
    theirs.report(THEIRS, Some(info), None);
    theirs.extended(THEIRS, Some(ntp(S)), None, None);
    reports.receive(theirs.bytes(), OURS, ntp(S), S);
    let answer = reports.make(&facts(&losses, source(1, 1)), ntp(3 * S), 3 * S);
    let told = block(&answer);
    assert_eq!((told.last_report, told.delay), (middle(ntp(S)), 2 * 65_536));
    assert!(statements(&answer).contains(&Statement::DelaySince {
        ssrc: THEIRS,
        last_report: middle(ntp(S)),
        delay: 2 * 65_536
    }));
}

#[test]
fn two_ends_learn_the_round_trip_from_each_other() {
    let (mut near, mut far, losses) = (reports(), reports(), Losses::default());
    near.counters.packets_sent.add(1);
    let of_near = near.make(&facts(&losses, None), ntp(S), S);
    // 30 ms there, three seconds in hand, 50 ms back.
    let arrived = S + 30 * NS_PER_MS;
    far.receive(of_near.bytes(), THEIRS, ntp(arrived), arrived);
    let answered = arrived + 3 * S;
    let seen = Some(Source {
        ssrc: OURS,
        highest: 1,
        expected: 1,
        received: 1,
    });
    let of_far = far.make(
        &Facts {
            ssrc: THEIRS,
            ..facts(&losses, seen)
        },
        ntp(answered),
        answered,
    );
    let back = answered + 50 * NS_PER_MS;
    near.receive(of_far.bytes(), OURS, ntp(back), back);
    let found = near.counters.report().round_trip_ms.unwrap();
    assert!((found - 80.0).abs() < 0.1, "{found}");
    assert_eq!(near.counters.report().remote.unwrap().lost, 0);
    assert!(near.counters.report().remote.unwrap().mos.unwrap() > 4.0);
}

#[test]
fn a_receiver_learns_the_round_trip_from_its_clock_sent_back() {
    let mut reports = reports();
    let mut theirs = Compound::new();
    theirs.extended(THEIRS, None, Some((OURS, middle(ntp(S)), 65_536)), None);
    let now = 2 * S + 20 * NS_PER_MS;
    reports.receive(theirs.bytes(), OURS, ntp(now), now);
    let found = reports.counters.report().round_trip_ms.unwrap();
    assert!((found - 20.0).abs() < 0.1, "{found}");
}

#[test]
fn impossible_round_trips_are_not_believed() {
    let now = ntp(100 * S);
    let ago = |seconds: u64| middle(ntp((100 - seconds) * S));
    let rows = [
        ("no report of ours", 0, 65_536, None),
        ("more delay than time", ago(1), 5 * 65_536, None),
        (
            "a hair more delay than time",
            ago(1),
            65_536 + 300,
            Some(0.0),
        ),
        ("a minute", ago(60), 0, None),
        ("a second", ago(2), 65_536, Some(1000.0)),
    ];
    for (name, last_report, delay, expected) in rows {
        let found = round_trip_ms(now, last_report, delay);
        assert_eq!(found.map(f64::round), expected, "{name}");
    }
}

#[test]
fn reports_about_others_are_let_be() {
    let mut reports = reports();
    let mut theirs = Compound::new();
    let block = ReportBlock {
        ssrc: 99,
        lost: 5,
        last_report: 1,
        ..ReportBlock::default()
    };
    theirs.report(THEIRS, None, Some(block));
    reports.receive(theirs.bytes(), OURS, ntp(S), S);
    assert_eq!(reports.counters.report().remote, None);
    assert_eq!(reports.counters.reports_received.get(), 1);
}

#[test]
fn who_has_said_goodbye_is_reported_on_no_more_until_they_speak_again() {
    let (mut reports, losses) = (reports(), Losses::default());
    let mut theirs = Compound::new();
    let info = SenderInfo {
        ntp: ntp(S),
        ..SenderInfo::default()
    };
    theirs.report(THEIRS, Some(info), None);
    theirs.extended(THEIRS, Some(ntp(S)), None, None);
    theirs.goodbye(THEIRS);
    reports.receive(theirs.bytes(), OURS, ntp(S), S);
    let mut told = |packets| {
        let facts = facts(&losses, source(packets, packets));
        statements(&reports.make(&facts, ntp(2 * S), 2 * S))
    };
    let about_them = |told: &[Statement]| {
        let blocks = told.iter().filter_map(|statement| match statement {
            Statement::Block { block } => Some((block.ssrc, block.last_report)),
            _ => None,
        });
        let others = told.iter().filter(|statement| {
            matches!(
                statement,
                Statement::Metrics { .. } | Statement::DelaySince { .. }
            )
        });
        (blocks.collect::<Vec<_>>(), others.count())
    };
    // what was heard before, and of a clock that is gone nothing
    assert_eq!(about_them(&told(5)), (vec![(THEIRS, 0)], 1));
    assert_eq!(about_them(&told(5)), (vec![], 0));
    assert_eq!(about_them(&told(6)), (vec![(THEIRS, 0)], 1));
}

#[test]
fn only_who_has_spoken_says_goodbye() {
    let (mut reports, losses) = (reports(), Losses::default());
    assert!(reports.goodbye(&facts(&losses, None), 0, S).is_none());
    reports.make(&facts(&losses, None), 0, S);
    let last = reports.goodbye(&facts(&losses, None), 0, 2 * S).unwrap();
    assert!(statements(&last).contains(&Statement::Goodbye { ssrc: OURS }));
}

#[test]
fn the_name_is_random_and_printable() {
    let compound = reports().make(&facts(&Losses::default(), None), 0, S);
    let name = [&[1, 24][..], &b"ab".repeat(12)].concat();
    assert!(compound.bytes().windows(26).any(|part| part == name));
}

proptest! {
    #[test]
    fn any_bytes_and_times_are_harmless(
        datagrams in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..120), 0..5u8, any::<u64>()), 0..40)
    ) {
        let (mut reports, losses) = (reports(), Losses::default());
        for (mut bytes, kind, now) in datagrams {
            let now = now >> 4;
            if let [first, second, ..] = &mut bytes[..] {
                *first = 0x80 | (*first & 0x1f);
                *second = [200, 201, 203, 207, *second][usize::from(kind)];
            }
            reports.receive(&bytes, OURS, ntp(now), now);
            reports.make(&facts(&losses, source(now % 1000, now % 777)), ntp(now), now);
        }
    }
}
