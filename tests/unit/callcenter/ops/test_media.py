"""The answer to the question `media`."""

from callcenter.ops.media import media_answer, rooms
from callcenter.switch.voices import Voice
from media.plane import PlaneState, PortState, ThreadState
from tests.support.fake_media import FakePlane, FakeStatistics


class EngineStatistics(FakeStatistics):
    """As the engine's, nothing can be copied of it."""

    def __deepcopy__(self, _: object) -> "EngineStatistics":
        raise TypeError("cannot pickle")


def port(port_id: int, *hears: int, seen: FakeStatistics | None = None) -> PortState:
    return PortState(port_id, 30_000 + 2 * port_id, "PCMA", hears, False, port_id % 2, seen)


def test_a_room_is_whoever_hears_one_another_through_others_too() -> None:
    assert rooms([]) == 0
    assert rooms([port(1), port(2)]) == 0
    assert rooms([port(1, 2), port(2, 1), port(3, 4), port(4, 3), port(5)]) == 2
    # a supervisor who only listens joins two; whoever hears them belongs to it
    assert rooms([port(1, 2), port(3, 4), port(9, 1, 4)]) == 1


def test_every_port_has_its_figures_and_whose_it_is() -> None:
    seen = EngineStatistics(packets_received=5, mos=4.40921, remote=("192.0.2.1", 4000))
    threads = [ThreadState(1, 7.00049), ThreadState(1, 0.5)]
    state = PlaneState([port(1, 2, seen=seen), port(2)], 3, 4, 5000, 6, threads)
    voice = Voice("c1", "a@b", "seat 8001", FakePlane().open_port(), missing=True)
    answer = media_answer(state, [voice])
    first, second = answer.pop("ports")
    assert answer == {
        "threads": [{"ports": 1, "cpu_s": 7.0}, {"ports": 1, "cpu_s": 0.5}],
        "rooms": 1,
        "recordings": 3,
        "audios": 4,
        "udp_ports": {"all": 5000, "open": 2, "resting": 6},
    }
    assert (first["call_id"], first["party"], first["missing"]) == ("c1", "seat 8001", True)
    assert (first["source"], first["mos"], first["packets_received"]) == (
        "192.0.2.1:4000",
        4.409,
        5,
    )
    assert (first["thread"], second["thread"]) == (1, 0)
    assert (second["call_id"], second["source"], second["mos"]) == (None, None, None)
