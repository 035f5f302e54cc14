"""Which trunks register as whom, and what is logged of it; the protocol is the keeper's."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

import sip
from callcenter.routing import registrations
from callcenter.routing.gateways import Gateways
from callcenter.routing.registrations import TrunkRegistrations
from callcenter.settings import RoutingSettings, TrunkSettings
from sip.location import Target
from tests.support.sip_bench import CARRIER, PBX, Bench


class Rig:
    """Two trunks, one of which registers, and its carrier."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.bench.add(CARRIER).app.passwords["us"] = "secret"
        pbx = self.bench.add(PBX)
        trunks = [
            TrunkSettings.model_validate({"name": "plain", "hosts": ["192.0.2.1"]}),
            TrunkSettings.model_validate(
                {
                    "name": "line",
                    "hosts": [CARRIER.host],
                    "register": True,
                    "user": "us",
                    "password": "secret",
                }
            ),
        ]
        logger = structlog.get_logger()
        gateways = Gateways(trunks, RoutingSettings(), lambda: 0.0, logger)
        gateways.place("line", [Target(CARRIER)])
        self.registrations = TrunkRegistrations(pbx.endpoint, trunks, gateways, logger)


def test_a_trunk_that_registers_is_up_once_it_is_registered() -> None:
    rig = Rig()
    with capture_logs() as logs:
        rig.registrations.start()
        before = [rig.registrations.is_up(name) for name in ("plain", "line")]
        rig.bench.run(3600 * 5)
    assert (before, rig.registrations.is_up("line")) == ([True, False], True)
    assert rig.registrations.statuses() == {"line": sip.RegistrationStatus("registered", 200)}
    assert [entry["event"] for entry in logs] == ["trunk registered"]


def test_a_carrier_that_is_silent_at_the_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    rig.registrations.start()
    rig.bench.run()
    monkeypatch.setattr(registrations, "GOODBYE_S", 0.0)
    with capture_logs() as logs:
        asyncio.run(rig.registrations.close())
    assert [entry["event"] for entry in logs] == ["a carrier did not answer that we unregister"]
