"""The counters as Prometheus reads them."""

import re

from callcenter.ops.prometheus import exposition

COUNTERS = {
    "uptime_s": 12.5,
    "requests_received": {"INVITE": 3},
    "requests_sent": {"BYE": 1},
    "responses_received": {"200": 2},
    "responses_sent": {},
    "events": {"malformed": 4},
    "guard": {"bans": 2},
    "refused": {"blacklist": 2},
    "gateways": {"went_down": 1},
    "trace": {"written": 9},
    "journal": {"inputs": 20, "lost": 3},
    "acd": {"OfferAccepted": 1},
    "voice": {
        "packets_received": 100,
        "packets_sent": 90,
        "packets_lost": 3,
        "one_way": 1,
        "missing": 2,
        "grades": {"best": 5, "poor": 1},
        "missing_now": 0,
    },
    "bans": 1,
    "calls": 2,
    "sip_calls": {"confirmed": 3},
    "transactions": 5,
    "seats_registered": 1,
    "trunks": [{"name": 'a"b\\', "used": 1, "max_calls": 30}],
}


def test_every_line_is_a_comment_or_a_sample_of_a_told_family() -> None:
    text = exposition(COUNTERS)
    assert text.endswith("\n")
    told = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge)$", text, re.MULTILINE))
    sample = re.compile(r'([a-z_]+)(\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="[^"]*")*\})? [0-9.]+')
    for line in text.splitlines():
        if not line.startswith("#"):
            match = sample.fullmatch(line)
            assert match, line
            assert match[1] in told


def test_samples_carry_their_labels() -> None:
    lines = exposition(COUNTERS).splitlines()
    assert 'callcenter_calls_refused_total{cause="blacklist"} 2' in lines
    assert 'callcenter_sip_requests_total{direction="received",method="INVITE"} 3' in lines
    assert 'callcenter_sip_responses_total{direction="received",code="200"} 2' in lines
    assert 'callcenter_trunk_channels_used{trunk="a\\"b\\\\"} 1' in lines
    assert "callcenter_uptime_seconds 12.5" in lines
    assert 'callcenter_journal_total{event="lost"} 3' in lines
    assert 'callcenter_voice_legs_total{quality="poor"} 1' in lines
    assert "callcenter_voice_packets_lost_total 3" in lines
