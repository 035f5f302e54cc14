"""Whom an agent's command names: looked up and judged before anything is changed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from callcenter.routing.dial_plan import (
    Destination,
    Extension,
    Origin,
    Outside,
    PbxExtension,
    Service,
)
from callcenter.switch.refusal import CommandRefusedError
from ivr.targets import TargetError, ToFlow, ToQueue

if TYPE_CHECKING:
    from callcenter.switch.roster import SignIn
    from callcenter.switch.services import Services

TargetKind: TypeAlias = Literal["seat", "agent", "queue", "supervisor", "number", "flow"]


@dataclass(frozen=True, slots=True)
class CallTarget:
    """A target as it was named."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def destination(services: "Services", asker: "SignIn", target: CallTarget) -> Destination:
    """Where the target is reached.

    Raises `CommandRefusedError`: `no_such_target` for one that is unknown or not signed in (exact
    rule 7), `target_not_idle`, `number_not_allowed`, `no_outside_line`.
    """
    match target.kind:
        case "queue" | "flow":
            return _service(services, target)
        case "number":
            return _number(services, asker, target)
        case _:
            return _colleague(services, asker, target)


def dialled(
    services: "Services", seat_no: str, number: str, origin: Origin = "seat"
) -> Destination:
    """Whom a phone's own key names (REFER, hook flash): judged as the command of whoever is signed
    in at the seat, else by the extension's right.

    Raises `CommandRefusedError`.
    """
    target, sign_in = CallTarget("number", number), services.roster.at_seat(seat_no)
    if sign_in is not None:
        return destination(services, sign_in, target)
    to = services.pbx.plan.destination(number, origin)
    if to is None:
        raise _missing(target)
    seat = services.roster.seats.get(seat_no)
    if seat is not None and (why := services.pbx.refusal(seat, to, services.clock.wall())):
        raise CommandRefusedError("number_not_allowed", why, number=number)
    return to


def _missing(target: CallTarget) -> CommandRefusedError:
    return CommandRefusedError("no_such_target", None, target=str(target))


def _service(services: "Services", target: CallTarget) -> Service:
    known = services.queues if target.kind == "queue" else services.pbx.plan.flows
    if target.name not in known:
        raise _missing(target)
    try:
        named = ToQueue(target.name) if target.kind == "queue" else ToFlow(target.name)
    except TargetError:
        raise _missing(target) from None
    return services.pbx.plan.service(named)


def _colleague(services: "Services", asker: "SignIn", target: CallTarget) -> Extension:
    """A seat or an agent ID (A-01); a supervisor by either."""
    roster, name = services.roster, target.name
    entry = None if target.kind == "seat" else roster.of_agent(name)
    if entry is None and target.kind != "agent":
        entry = roster.at_seat(name)
    if target.kind == "supervisor" and entry is not None and entry.agent_class != "supervisor":
        raise _missing(target)
    seat_no = name if entry is None else entry.seat_no
    if seat_no == asker.seat_no or (entry is None and target.kind != "seat"):
        raise _missing(target)
    if not services.pbx.lines.usable(seat_no):
        raise _missing(target)
    if entry is None:
        if not services.pbx.lines.may_be_called(seat_no):
            raise CommandRefusedError("target_not_idle", None, state="talking")
        return Extension(seat_no)
    state = services.dispatcher.view(entry.agent_id).state
    if state != "idle":
        raise CommandRefusedError("target_not_idle", None, state=state)
    return Extension(seat_no)


def _number(services: "Services", asker: "SignIn", target: CallTarget) -> Destination:
    """As if it were dialled at the agent's seat, by its rights and limits (WZ-T8)."""
    to = services.pbx.plan.destination(target.name, "seat")
    if to is None:
        raise _missing(target)
    if isinstance(to, Extension):
        return _colleague(services, asker, CallTarget("seat", to.seat_no))
    if why := services.pbx.refusal(asker.seat, to, services.clock.wall()):
        raise CommandRefusedError("number_not_allowed", why, number=target.name)
    if isinstance(to, Outside) and to.emergency:
        return to
    if isinstance(to, Outside | PbxExtension) and not _free_line(services, to):
        raise CommandRefusedError("no_outside_line")
    return to


def _free_line(services: "Services", to: Outside | PbxExtension) -> bool:
    """Whether a trunk that leads there has a channel left; who calls may still lose it."""
    trunking = services.trunking
    trunks = (to.trunk,) if isinstance(to, PbxExtension) else ()
    ways = trunking.ways(to.number, services.clock.now(), trunks) or ()
    return any(trunking.capacity.free(way.trunk.name) for way in ways)
