"""The counters in Prometheus' text exposition format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

Sample: TypeAlias = tuple[Mapping[str, object], float]
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(counters: Mapping[str, Any]) -> str:
    """The answer to the question `counters`, as a scrape."""
    return "".join(f"{line}\n" for line in _lines(counters))


def _lines(counters: Mapping[str, Any]) -> Iterator[str]:
    for kind, label in (("requests", "method"), ("responses", "code")):
        samples: list[Sample] = [
            ({"direction": direction, label: key}, value)
            for direction in ("received", "sent")
            for key, value in counters[f"{kind}_{direction}"].items()
        ]
        yield from _family(f"sip_{kind}_total", "counter", f"SIP {kind} by {label}.", samples)
    for kind, text in (
        ("events", "What SIP has met."),
        ("guard", "What the guard has kept out."),
        ("gateways", "What became of the trunks' gateways."),
        ("trace", "Messages captured and mirrored."),
    ):
        events: list[Sample] = [({"event": name}, count) for name, count in counters[kind].items()]
        yield from _family(f"sip_{kind}_total", "counter", text, events)
    ignored: list[Sample] = [({"event": name}, n) for name, n in counters["acd"].items()]
    text = "Inputs of the queue engine that came late, twice or for nobody known."
    yield from _family("acd_ignored_total", "counter", text, ignored)
    kept: list[Sample] = [({"event": name}, n) for name, n in counters["journal"].items()]
    text = "Inputs of the queue engine, and those that its journal has not kept."
    yield from _family("journal_total", "counter", text, kept)
    refusals: list[Sample] = [({"cause": why}, n) for why, n in counters["refused"].items()]
    yield from _family("calls_refused_total", "counter", "Calls not let in.", refusals)
    yield from _voice(counters["voice"])
    states = [({"state": state}, value) for state, value in counters["sip_calls"].items()]
    yield from _family("sip_calls", "gauge", "SIP sessions by state.", states)
    for name, text in (
        ("calls", "Customers' calls in progress."),
        ("transactions", "SIP transactions in memory."),
        ("bans", "Sources that are not answered."),
        ("seats_registered", "Seats whose phone is registered."),
        ("uptime_s", "Seconds since the start."),
    ):
        metric = "uptime_seconds" if name == "uptime_s" else name
        yield from _family(metric, "gauge", text, [({}, counters[name])])
    for name, text in (
        ("used", "Channels of a trunk in use."),
        ("max_calls", "Channels of a trunk."),
    ):
        samples = [({"trunk": trunk["name"]}, trunk[name]) for trunk in counters["trunks"]]
        yield from _family(f"trunk_channels_{name}", "gauge", text, samples)


def _voice(voice: Mapping[str, Any]) -> Iterator[str]:
    for name, text in (
        ("packets_received", "Voice packets from the parties of legs that are over."),
        ("packets_sent", "Voice packets to them."),
        ("packets_lost", "Voice packets missing in what came from them."),
        ("one_way", "Legs that were not heard while another of their call was."),
        ("missing", "Times that a party was listened to in vain."),
    ):
        yield from _family(f"voice_{name}_total", "counter", text, [({}, voice[name])])
    grades: list[Sample] = [({"quality": name}, n) for name, n in voice["grades"].items()]
    text = "Legs that are over by the quality of what came from them (ITU-T G.109)."
    yield from _family("voice_legs_total", "counter", text, grades)
    text = "Parties that are listened to in vain now."
    yield from _family("voice_missing", "gauge", text, [({}, voice["missing_now"])])


def _family(
    name: str, kind: Literal["counter", "gauge"], text: str, samples: Iterable[Sample]
) -> Iterator[str]:
    yield f"# HELP callcenter_{name} {text}"
    yield f"# TYPE callcenter_{name} {kind}"
    for labels, value in samples:
        told = ",".join(
            f'{key}="{str(label).translate(_ESCAPES)}"' for key, label in labels.items()
        )
        yield f"callcenter_{name}{{{told}}} {value}" if told else f"callcenter_{name} {value}"
