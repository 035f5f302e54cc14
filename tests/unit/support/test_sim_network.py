"""What a simulated network does to messages."""

import random

from sip import Address
from tests.support.sim_network import SimNetwork
from tests.support.stream_end import Inbox
from tests.support.virtual_loop import run

MESSAGES = [str(number) for number in range(10)]


def arrived(transport: str, seed: int) -> list[str]:
    """Ten messages that are sent at once, as they come in."""

    async def main() -> list[str]:
        network = SimNetwork(delay=0.01, jitter=0.01, grid=0.005, seed=seed)
        inbox = Inbox()
        one, other = (network.transport(f"{transport}:10.0.0.{host}:5060") for host in (1, 2))
        await one.start(inbox)
        await other.start(inbox)
        for message in MESSAGES:
            one.send(message.encode(), Address.parse(f"{transport}:10.0.0.2:5060"))
        return [(await inbox.messages.get())[0].decode() for _ in MESSAGES]

    return run(main(), random.Random(seed))


def test_datagrams_overtake_one_another_and_a_stream_is_in_order() -> None:
    assert any(arrived("udp", seed) != MESSAGES for seed in range(10))
    assert all(arrived("tcp", seed) == MESSAGES for seed in range(10))
