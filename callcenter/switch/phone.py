"""Calls a seat's phone where it is registered."""

from collections.abc import Sequence

import sip
from callcenter.switch.party import Party
from callcenter.switch.services import Services
from callcenter.switch.sip_uri import sip_uri


def call_phone(
    services: Services, party: Party, shown: Party, headers: Sequence[tuple[str, str]]
) -> bool:
    """Sends the INVITE of `party`'s leg, showing who calls; False where no phone can be reached."""
    now = services.clock.now()
    binding = services.sip.endpoint.registrar.lookup(party.seat_no, now)
    if binding is None:
        return False
    domain = services.settings.sip.domain
    invite = sip.OutgoingInvite(
        request_uri=binding.contact_uri,
        destination=binding.source,
        local=binding.local,
        from_uri=sip_uri(shown.number or "anonymous", domain),
        from_name=shown.name or shown.number,
        to_uri=sip_uri(party.seat_no, domain),
        body=party.leg.sdp.offer(),
        headers=headers,
    )
    try:
        party.leg.session = services.sip.endpoint.invite(invite, party.leg)
    except ValueError as error:  # a binding of a transport that we do not speak (any more)
        services.logger.error("the phone cannot be called", seat=party.seat_no, error=str(error))
        return False
    return True
