"""What must hold between keys and between tables, and what is hardly meant."""

from pathlib import Path

import pytest

from tests.support.site_file import LINES, SITE, changed, problems, read, warnings


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '"tcp:[::1]:5060"',
            '"wss:127.0.0.1:443"',
            "site.toml:2: sip.listen[1]: needs tls.certificate",
        ),
        (
            '"tcp:[::1]:5060"',
            '"ws:127.0.0.1:7400"',
            "site.toml: agent_proto.listen: takes tcp port 7400, which sip takes too",
        ),
        (
            'address = "127.0.0.1"',
            'address = "127.0.0.1"\nrtp_ports = [5000, 6001]',
            "site.toml:6: media.rtp_ports: holds port 5060, which sip.listen takes",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\nregister = true',
            "site.toml:9: trunk[carrier].register: needs user and password",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\npassword = "x"',
            "site.toml:9: trunk[carrier].password: user and password belong together",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\n[[route]]\nname = "r"\ntrunks = ["carier"]',
            "site.toml:11: route[r].trunks[0]: there is no trunk or group 'carier'; "
            "did you mean 'carrier'?",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\ndirection = "in"\n[[route]]\nname = "r"\ntrunks = ["carrier"]',
            "site.toml:12: route[r].trunks[0]: 'carrier' takes no calls out",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nstrategy = "ranked"',
            "site.toml:12: queue[sales].strategy: 'ranked' needs a ranking",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nranking = ["1001", "101"]',
            "site.toml:12: queue[sales].ranking: there is no agent '101'; did you mean '1001'?",
        ),
        (
            "{ sales = 2 }",
            "{ sales = 2 }\nsteps = [{ after = 20, skills = { sales = 3 } }]",
            "site.toml:12: queue[sales].steps: "
            "step 1: skill 'sales' at level 3 asks for more than before",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nsteps = [{ after = 20, queues = ["salse"] }]',
            "site.toml:12: queue[sales].steps[0].queues: "
            "there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            'seat_no = "8001"',
            'seat_no = "8001"\nkind = "webrtc"\nanswer_mode = "phone"',
            "site.toml:18: seat[8001].answer_mode: a browser's voice is connected once: kind "
            "'webrtc' is 'nailed_up'",
        ),
        (
            'queue = "sales"',
            "",
            "site.toml:12: number[4001]: must name a queue, a flow or an extension",
        ),
        (
            'queue = "sales"',
            'queue = "salse"',
            "site.toml:14: number[4001].queue: there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\non_timeout = "queue:salse"',
            "site.toml:12: queue[sales].on_timeout: "
            "there is no queue 'salse'; did you mean 'sales'?",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\non_timeout = "queue:sales"',
            "site.toml:12: queue[sales].on_timeout: leads back to the queue itself",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nmusic = "no/such.wav"',
            "site.toml:12: queue[sales].music: there is no file no/such.wav in speech.prompts",
        ),
    ],
)
def test_what_does_not_go_together_is_told(old: str, new: str, expected: str) -> None:
    assert problems(changed(old, new)) == [expected]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            '[[seat]]\nseat_no = "8001"\npassword = "x"',
            f"site.toml:{LINES + 2}: seat[8001].seat_no: '8001' is already taken by another seat",
        ),
        (
            '[http]\nlisten = "0.0.0.0:7400"',
            f"site.toml:{LINES + 2}: http.listen: takes tcp port 7400, which agent_proto takes too",
        ),
        (
            '[ivr]\nflows = "no/such"',
            f"site.toml:{LINES + 2}: ivr.flows: there is no folder no/such",
        ),
        (
            '[speech]\nprompts = "no/such"',
            f"site.toml:{LINES + 2}: speech.prompts: there is no folder no/such",
        ),
    ],
)
def test_what_is_taken_or_is_not_there_is_told(added: str, expected: str) -> None:
    assert problems(SITE + added) == [expected]


def test_files_of_certificates_must_be_there(tmp_path: Path) -> None:
    tls = changed('"tcp:[::1]:5060"', '"tls:[::1]:5061"') + '[tls]\ncertificate = "no.pem"\n'
    assert problems(tls) == [f"site.toml:{LINES + 2}: tls.certificate: there is no file no.pem"]
    there = tmp_path / "cert.pem"
    there.touch()
    assert read(tls.replace("no.pem", str(there))).tls.certificate == there


def test_what_works_but_is_hardly_meant_is_a_warning() -> None:
    assert warnings(SITE) == []
    assert warnings(changed("{ sales = 2 }", "{ sales = 6 }")) == [
        "site.toml:11: queue[sales].skills.sales: no agent reaches level 6"
    ]
    second = '[[trunk]]\nname = "second"\nhosts = ["192.0.2.7"]\n'
    assert warnings(SITE + second) == [
        f"site.toml:{LINES + 3}: trunk[second].hosts[0]: "
        "calls in from 192.0.2.7 will count as trunk 'carrier'"
    ]
    secure = '[[trunk]]\nname = "second"\nhosts = ["192.0.2.9"]\ntransport = "tls"\n'
    assert warnings(SITE + secure) == [
        f"site.toml:{LINES + 4}: trunk[second].transport: "
        "takes no calls out: nothing in sip.listen speaks tls"
    ]
    sixth = '[[trunk]]\nname = "second"\nhosts = ["[2001:db8::9]"]\n'
    assert warnings(SITE + sixth) == [
        f"site.toml:{LINES + 3}: trunk[second].hosts: "
        "takes no calls out: nothing in sip.listen speaks udp over IPv6"
    ]
    few = 'address = "127.0.0.1"\nrtp_ports = [30000, 30099]'
    assert warnings(changed('address = "127.0.0.1"', few)) == [
        "site.toml:6: media.rtp_ports: has 100 ports, but the trunks' calls may need 120"
    ]
