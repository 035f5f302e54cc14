"""Variables of the environment override the file."""

import pytest

from tests.support.site_file import SITE, problems, read


def test_the_environment_overrides_the_file() -> None:
    settings = read(
        SITE,
        CALLCENTER__SIP__DOMAIN="other.example",
        CALLCENTER__SIP__LISTEN='["udp:127.0.0.1:0"]',
        CALLCENTER__AGENT_PROTO__HEARTBEAT_S="5",
        CALLCENTER__QUEUE__0__ANNOUNCE_AGENT="false",
        CALLCENTER__SEAT__0__PASSWORD="123456",
        UNRELATED="1",
    )
    assert settings.sip.domain == "other.example"
    assert [str(address) for address in settings.sip.listen] == ["udp:127.0.0.1:0"]
    assert settings.agent_proto.heartbeat_s == 5.0
    assert settings.queues[0].announce_agent is False
    assert settings.seats[0].model_dump()["password"].get_secret_value() == "123456"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("CALLCENTER__SIP__T1", "soon", "must be a number"),
        ("CALLCENTER__SIP__DOMIAN", "x", "is not a known key; did you mean 'domain'?"),
        ("CALLCENTER__SIP__LISTEN", "[", "is not a valid TOML value"),
        ("CALLCENTER__SEAT__7__PASSWORD", "x", "names nothing that the file has"),
        ("CALLCENTER__SEAT__X__PASSWORD", "x", "names nothing that the file has"),
        ("CALLCENTER__", "x", "names nothing that the file has"),
        ("CALLCENTER__NUMBER__0__QUEUE", "x", "there is no queue 'x'"),
    ],
)
def test_a_mistaken_variable_is_told_by_its_name(variable: str, value: str, reason: str) -> None:
    assert problems(SITE, **{variable: value}) == [f"environment: {variable}: {reason}"]
