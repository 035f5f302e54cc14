"""Calls a seat's phone where it is registered."""

from collections.abc import Sequence

import sip
from callcenter.switch.leg import Leg
from callcenter.switch.presented import Presented
from callcenter.switch.services import Services
from callcenter.switch.sip_uri import sip_uri


def invite_phone(
    services: Services,
    binding: sip.Binding,
    leg: Leg,
    shown: Presented,
    headers: Sequence[tuple[str, str]],
    max_forwards: int,
) -> bool:
    """Sends the INVITE of a leg to one phone, showing who calls; False where it cannot be sent."""
    domain = services.settings.sip.domain
    invite = sip.OutgoingInvite(
        request_uri=binding.contact_uri,
        destination=binding.source,
        local=binding.local,
        from_uri=sip_uri(shown.number or "anonymous", domain),
        from_name=shown.name,
        to_uri=sip_uri(binding.user, domain),
        body=leg.sdp.offer(),
        headers=headers,
        routes=binding.path,
        max_forwards=max_forwards,
    )
    try:
        leg.session = services.sip.endpoint.invite(invite, leg)
    except ValueError as error:  # a binding of a transport that we do not speak (any more)
        services.logger.error("the phone cannot be called", seat=binding.user, error=str(error))
        return False
    return True
