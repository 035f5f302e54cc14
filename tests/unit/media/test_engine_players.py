"""The real extension over loopback UDP: what it plays to a phone, and the keys pressed there."""

import time
from collections.abc import Iterator

import pytest

from tests.support.audio import tone
from tests.support.engine_rig import DECODE, Phone, Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


# Players


def test_a_prompt_is_heard_and_its_end_is_told(rig: Rig) -> None:
    phone = rig.phone("PCMU")
    low, high = rig.load(tone(350, 0.1)), rig.load(tone(880, 0.1))
    player = rig.engine.play(phone.port, [low, high])
    heard = phone.hear(10)
    assert (phone.tone_in(heard[:5]), phone.tone_in(heard[5:])) == (350, 880)
    assert rig.event("play_finished")[1:] == (phone.port, player, True)
    assert phone.hears_nothing()


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 60])
def test_a_player_keeps_the_pace_of_its_packets(rig: Rig, packet_ms: int) -> None:
    phone = rig.phone()
    phone.configure(packet_ms=packet_ms)
    count = 240 // packet_ms
    started = time.monotonic()
    rig.engine.play(phone.port, [rig.load(tone(440, 0.24))])
    heard = phone.hear(count)
    rig.event("play_finished", phone.port)
    assert time.monotonic() - started >= 0.239
    assert {len(packet.payload) for packet in heard} == {packet_ms * 8}
    assert phone.tone_in(heard) == 440


def test_a_player_replaces_the_speaker_and_gives_the_phone_back(rig: Rig) -> None:
    a, b = rig.pair()
    player = rig.engine.play(a.port, [rig.load(tone(880, 1.0))], loop=True)
    a.hear(2)
    b.speak(350, count=5)
    assert a.tone_in(a.hear(5)) == 880
    rig.engine.stop_play(a.port)
    assert rig.event("play_finished")[1:] == (a.port, player, False)
    while not a.hears_nothing():
        a.hear(1)
    b.speak(350, count=5)
    assert a.tone_in(a.hear(5)) == 350


def test_a_loop_goes_on_until_it_is_replaced(rig: Rig) -> None:
    phone = rig.phone()
    first = rig.engine.play(phone.port, [rig.load(tone(550, 0.02))], loop=True)
    assert phone.tone_in(phone.hear(8)) == 550
    second = rig.engine.play(phone.port, [rig.load(tone(880, 0.04))])
    assert rig.event("play_finished")[1:] == (phone.port, first, False)
    assert rig.event("play_finished")[1:] == (phone.port, second, True)


def test_a_player_waits_for_the_port_to_be_configured(rig: Rig) -> None:
    phone = rig.phone()
    bare, _ = rig.engine.open_port()
    player = rig.engine.play(bare, [rig.load(tone(440, 0.1))])
    host, own = phone.socket.getsockname()
    rig.engine.configure_port(bare, host, own, 8, "PCMA", None)
    assert phone.tone_in(phone.hear(5)) == 440
    assert rig.event("play_finished", bare, player)[3] is True


def test_an_empty_playlist_is_finished_at_once(rig: Rig) -> None:
    phone = rig.phone()
    player = rig.engine.play(phone.port, [], loop=True)
    assert rig.event("play_finished")[1:] == (phone.port, player, True)


def test_every_player_ends_in_one_event_whatever_ends_it(rig: Rig) -> None:
    closing, stopping = rig.phone(), rig.phone()
    music = rig.load(tone(440, 0.1))
    players = [rig.engine.play(phone.port, [music], loop=True) for phone in (closing, stopping)]
    rig.engine.close_port(closing.port)
    players.append(rig.engine.play(closing.port, [music]))
    rig.engine.drop_audio(music)
    ended = {event[2]: event[3] for event in rig.events("play_finished")}
    assert ended == dict.fromkeys(players, False)


# Digits


def test_keys_are_told_once_with_their_duration(rig: Rig) -> None:
    phone = rig.phone()
    phone.speak(350, count=1)
    for code, duration in ((5, 800), (11, 400), (11, 1600)):
        phone.press(code, duration)
    assert rig.event("digit")[1:] == (phone.port, "5", 100)
    assert rig.event("digit")[1:] == (phone.port, "#", 50)
    assert rig.event("digit")[1:] == (phone.port, "#", 200)
    assert rig.events("digit") == []


def test_the_hook_flash_is_a_key(rig: Rig) -> None:
    """RFC 4733 event 16."""
    phone = rig.phone()
    phone.press(16, 0)
    assert rig.event("digit")[1:] == (phone.port, "!", 0)


def test_a_key_whose_end_is_lost_is_told_after_a_moment(rig: Rig) -> None:
    phone = rig.phone()
    phone.press(7, 800, ends=0)
    assert rig.event("digit")[1:] == (phone.port, "7", 80)


def test_keys_are_relayed_with_the_listeners_payload_type(rig: Rig) -> None:
    a, b, deaf = rig.phone(events=101), rig.phone(events=96), rig.phone(events=None)
    rig.engine.hear(b.port, a.port)
    rig.engine.hear(deaf.port, a.port)
    a.speak(350, count=2)
    a.press(9, 640)
    a.speak(350, count=2)
    heard = b.hear(10)
    assert [packet.payload_type for packet in heard] == [8, 8, *[96] * 6, 8, 8]
    assert len({packet.timestamp for packet in heard[2:8]}) == 1
    assert heard[2].marker
    assert heard[4].payload[0] == 9
    plain = deaf.hear(4)
    assert [(p.sequence - plain[0].sequence) & 0xFFFF for p in plain] == [0, 1, 2, 3]
    assert deaf.hears_nothing()


def test_the_end_of_an_untold_player_is_not_told(rig: Rig) -> None:
    phone = rig.phone()
    audio = rig.load(tone(350, 0.1))
    rig.engine.play(phone.port, [audio], told=False)
    assert phone.tone_in(phone.hear(5)) == 350
    told = rig.engine.play(phone.port, [audio])
    assert rig.event("play_finished", phone.port, told, True)
    assert [event for event in rig.seen if event[0] == "play_finished"] == []


def test_a_player_is_paused_and_keeps_its_place(rig: Rig) -> None:
    phone = rig.phone()
    audio = rig.load(tone(440, 0.1) + tone(660, 2.0))
    player = rig.engine.play(phone.port, [audio])
    assert phone.tone_in(phone.hear(5)) == 440
    rig.engine.pause_play(phone.port, player, True)
    while not phone.hears_nothing():
        phone.hear(1)
    rig.engine.pause_play(phone.port, player, False)
    packets = phone.hear(5)
    assert packets[0].marker
    assert phone.tone_in(packets) == 660
    assert rig.event("play_finished", phone.port, player)[-1] is True


def reaches(phone: Phone, hz: float) -> bool:
    """Whether that tone is heard within a second; all of them last longer."""
    return any(phone.tone_in(phone.hear(3)) == hz for _ in range(16))


def test_any_place_can_be_gone_to(rig: Rig) -> None:
    phone = rig.phone()
    audio = [rig.load(tone(hz, 5.0)) for hz in (440, 660, 880)]
    player = rig.engine.play(phone.port, audio)
    assert phone.tone_in(phone.hear(5)) == 440
    rig.engine.seek_play(phone.port, player, 11_000)
    assert reaches(phone, 880)
    rig.engine.skip_play(phone.port, player, -5_000)
    assert reaches(phone, 660)
    rig.engine.skip_play(phone.port, player, -100_000)
    assert reaches(phone, 440)
    rig.engine.skip_play(phone.port, player, 100_000)
    assert rig.event("play_finished", phone.port, player)[-1] is True


def test_a_list_is_heard_while_it_is_still_made(rig: Rig) -> None:
    phone = rig.phone()
    audio = [rig.load(tone(hz, 0.1)) for hz in (440, 660)]
    player = rig.engine.play(phone.port, [audio[0]], more=True)
    assert phone.tone_in(phone.hear(5)) == 440
    assert phone.hears_nothing()
    rig.engine.append_play(player, [audio[1]])
    assert phone.tone_in(phone.hear(5)) == 660
    rig.engine.finish_play(phone.port, player)
    assert rig.event("play_finished", phone.port, player)[-1] is True
    rig.engine.append_play(player, [audio[0]])  # over: let be


def test_a_list_that_is_made_has_an_end(rig: Rig) -> None:
    phone = rig.phone()
    minute = rig.load([0] * 60 * 8000)
    player = rig.engine.play(phone.port, [], more=True)
    for _ in range(15):
        rig.engine.append_play(player, [minute])
    with pytest.raises(ValueError, match="quarter of an hour"):
        rig.engine.append_play(player, [minute])


def test_a_player_is_made_louder_and_softer(rig: Rig) -> None:
    phone = rig.phone()
    player = rig.engine.play(phone.port, [rig.load(tone(440, 5.0))])

    def peak() -> int:
        return max(max(DECODE["PCMA"](packet.payload)) for packet in phone.hear(2))

    usual = peak()
    for gain in (0.25, 2.0):
        rig.engine.set_play_gain(phone.port, player, gain)
        wanted = pytest.approx(usual * gain, rel=0.1)
        assert any(peak() == wanted for _ in range(30))
    with pytest.raises(ValueError, match="gain"):
        rig.engine.set_play_gain(phone.port, player, 5.0)
