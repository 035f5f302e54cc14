"""What differs between two readings of a site file, and what of it is taken over."""

from callcenter.reload.differences import Difference, differences, taken_over
from callcenter.settings import Settings
from tests.support.site_file import read_changed

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[agent_proto]
max_on_break = 2
[[trunk]]
name = "carrier"
hosts = ["127.0.0.1:5070"]
max_calls = 4
[[calendar]]
name = "office"
[[queue]]
name = "sales"
skills = { sales = 1 }
[[number]]
dnis = "4001"
queue = "sales"
[[seat]]
seat_no = "8001"
password = "phone-8001"
[[agent]]
agent_id = "1001"
name = "Ann"
password = "agent-1001"
skills = { sales = 5 }
"""


def site(*changes: tuple[str, str], more: str = "") -> Settings:
    return read_changed(SITE, *changes, more=more)


def test_the_same_file_has_no_differences() -> None:
    assert differences(site(), site()) == []


def test_each_key_is_told_and_no_password() -> None:
    new = site(
        ("max_on_break = 2", "max_on_break = 3"),
        ("max_calls = 4", "max_calls = 9"),
        ("sales = 1 }", "sales = 2 }\nacw = 10"),
        ('password = "agent-1001"', 'password = "other"'),
        ('domain = "127.0.0.1"', 'domain = "pbx.example"'),
    )
    found = differences(site(), new)
    assert found == [
        Difference("sip", "", "domain", "127.0.0.1", "pbx.example", live=False),
        Difference("agent_proto", "", "max_on_break", "2", "3", live=True),
        Difference("trunk", "carrier", "max_calls", "4", "9", live=False),
        Difference("queue", "sales", "skills", "{'sales': 1}", "{'sales': 2}", live=True),
        Difference("queue", "sales", "acw", "0.0", "10.0", live=True),
        Difference("agent", "1001", "password", "(secret)", "(secret)", live=True),
    ]
    assert "other" not in str([each.plain() for each in found])


def test_whole_tables_come_and_go() -> None:
    more = """
[[agent]]
agent_id = "1002"
name = "Bo"
password = "x"
[[seat]]
seat_no = "8002"
password = "x"
"""
    came = differences(site(), site(more=more))
    assert came == [
        Difference("seat", "8002", "", None, "there", live=False),
        Difference("agent", "1002", "", None, "there", live=True),
    ]
    assert [each.after for each in differences(site(more=more), site())] == [None, None]


def test_what_is_live_is_taken_over_and_nothing_else() -> None:
    new = site(
        ("max_on_break = 2", "max_on_break = 3\nheartbeat_s = 60"),
        ("max_calls = 4", "max_calls = 9"),
        ("sales = 1 }", "sales = 2 }"),
    )
    merged = taken_over(site(), new)
    assert merged.agent_proto.max_on_break == 3
    assert merged.agent_proto.heartbeat_s == 15
    assert merged.trunks[0].max_calls == 4
    assert merged.queues[0].skills == {"sales": 2}
    left = [(each.table, each.key) for each in differences(merged, new)]
    assert left == [("agent_proto", "heartbeat_s"), ("trunk", "max_calls")]


def test_a_number_whose_extension_needs_a_restart_waits_for_it() -> None:
    more = """
[[seat]]
seat_no = "8002"
password = "x"
[[number]]
dnis = "4002"
extension = "8002"
[[number]]
dnis = "4003"
extension = "8001"
"""
    new = site(more=more)
    assert [each.live for each in differences(site(), new) if each.table == "number"] == [
        False,
        True,
    ]
    assert [each.dnis for each in taken_over(site(), new).numbers] == ["4001", "4003"]
