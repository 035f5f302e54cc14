"""The INVITE of one attempt of a call to an outside number."""

from collections.abc import Callable
from dataclasses import dataclass

import sip
from callcenter.routing.trunking import Way
from callcenter.settings import TrunkSettings
from callcenter.switch.leg import Headers
from callcenter.switch.presented import Presented, identity
from callcenter.switch.services import Services
from callcenter.switch.sip_uri import sip_uri
from media.heard import Heard
from media.sdp import OPAQUE, Codec
from sip.build import MAX_FORWARDS


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """A call to be made: to whom, in whose name, and how."""

    number: str
    presented: Presented
    codec: Codec | None = None
    """Preferred: the other party's, so that no sample need be touched."""
    comfort_noise: bool = False
    """Whether it is offered: the other party takes it."""
    headers: Headers = ()
    """More header fields of the INVITE (Diversion …)."""
    call_id: str = ""
    """The call that the legs belong to; empty for none."""
    trunks: tuple[str, ...] = ()
    """Names of trunks and groups that take the place of the routes."""
    avoid: frozenset[str] = frozenset()
    """Names of trunks that it is not to go over."""
    max_forwards: int = MAX_FORWARDS
    heard: Callable[[Heard], None] | None = None
    """Told what the line sounds like, before and after the answer (`LineEar`)."""


def trunk_codecs(trunk: TrunkSettings, preferred: Codec | None) -> tuple[Codec, ...]:
    """What is offered over the trunk, in order."""
    if preferred == OPAQUE:
        return (preferred,)
    if preferred not in trunk.codecs:
        return trunk.codecs
    return (preferred, *(codec for codec in trunk.codecs if codec != preferred))


def trunk_credentials(trunk: TrunkSettings) -> sip.Credentials | None:
    """What the carrier's challenges are answered with; None where it has given us none."""
    if trunk.user is None or trunk.password is None:
        return None
    return sip.Credentials(trunk.user, trunk.password.get_secret_value())


def trunk_invite(
    call: OutsideCall, way: Way, body: bytes, services: Services
) -> sip.OutgoingInvite:
    """The call as this trunk's gateway gets it."""
    trunk, gateway, number = way.trunk, way.gateway, way.number
    called_domain = trunk.domain or trunk.hosts[0].uri_host
    our_domain = trunk.domain or services.settings.sip.domain
    shown = identity(call.presented, trunk, services.trunking.numbers[trunk.name], our_domain)
    called = sip_uri(number, called_domain)
    return sip.OutgoingInvite(
        request_uri=called,
        destination=gateway.address,
        from_uri=shown.uri,
        from_name=shown.name,
        to_uri=called,
        body=body,
        headers=(*shown.headers, *call.headers),
        credentials=trunk_credentials(trunk),
        routes=way.routes,
        max_forwards=call.max_forwards,
    )
