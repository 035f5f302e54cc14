"""Tables and their keys: what is required, known and within its limits."""

import pytest

from tests.support.site_file import LINES, SITE, changed, problems


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('domain = "pbx.example"', "", "site.toml:1: sip.domain: is required"),
        ('domain = "pbx.example"', 'domain = ""', "site.toml:3: sip.domain: must not be empty"),
        (
            'domain = "pbx.example"',
            'domain = "x"\nuser_agent = "me\\r\\nX: y"',
            "site.toml:4: sip.user_agent: must be one line of printable text",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nt1 = true',
            "site.toml:4: sip.t1: must be a number, not true or false",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nt1 = 2.0\nt2 = 1',
            "site.toml:5: sip.t2: must not be less than t1",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nmin_expires = 4000',
            "site.toml:1: sip.max_expires: must not be less than min_expires",
        ),
        (
            'domain = "pbx.example"',
            'domain = "x"\nsession_expires = 600\nmin_se = 900',
            "site.toml:5: sip.min_se: must not be more than session_expires",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\ncalled_out = [{ prefix = "0", strip = 99 }]',
            "site.toml:9: trunk[carrier].called_out[0].strip: must be less than or equal to 32",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 11 }",
            "site.toml:11: queue[sales].skills.sales: must be less than or equal to 10",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\nmax_wait = inf",
            "site.toml:12: queue[sales].max_wait: must be a finite number",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\nmaxwait = 20",
            "site.toml:12: queue[sales].maxwait: is not a known key; did you mean 'max_wait'?",
        ),
        ('name = "Ann"\n', "", "site.toml:18: agent[1001].name: is required"),
    ],
)
def test_a_mistake_is_told_with_file_line_key_and_reason(old: str, new: str, expected: str) -> None:
    assert problems(changed(old, new)) == [expected]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("[sup]\n", f"site.toml:{LINES + 1}: sup: is not a known key; did you mean 'sip'?"),
        ("[speech]\n[ivr]\n[voice]", f"site.toml:{LINES + 3}: voice: is not a known key"),
        (
            "[daemon]\ndrain_s = -1",
            f"site.toml:{LINES + 2}: daemon.drain_s: must be greater than or equal to 0",
        ),
    ],
)
def test_a_mistaken_table_is_told(added: str, expected: str) -> None:
    assert problems(SITE + added) == [expected]
