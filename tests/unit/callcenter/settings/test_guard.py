"""`[guard]`: networks are understood or refused with what was meant, and reach the endpoint."""

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from callcenter.settings.guard import GuardSettings


def test_networks_of_both_versions_and_single_addresses() -> None:
    guard = GuardSettings.model_validate({"deny": ["192.0.2.0/24", "203.0.113.9", "2001:db8::/32"]})
    assert guard.deny == tuple(map(ip_network, ("192.0.2.0/24", "203.0.113.9/32", "2001:db8::/32")))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("192.0.2.1/24", "names a host within a network: write 192.0.2.0/24"),
        ("carrier.example", "is neither an IP address nor a network"),
        (7, 'must be text like "192.0.2.0/24"'),
    ],
)
def test_what_is_no_network_is_told(value: object, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        GuardSettings.model_validate({"exempt": [value]})


@pytest.mark.parametrize("table", [{"rate": 0}, {"max_failures": 0}, {"max_lag_s": 0}, {"ban": 1}])
def test_what_would_lock_everybody_out_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GuardSettings.model_validate(table)
