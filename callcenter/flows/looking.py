"""The live figures of a queue, by which a flow chooses its way (IP-2.1.1b to d)."""

from callcenter.switch.services import Services


def queue_figures(services: Services, queue: str) -> dict[str, float | None]:
    """By the names that flows have for them."""
    now = services.clock.now()
    found = services.dispatcher.engine.queue(queue)
    since = found.waiting_since
    return {
        "waiting": found.waiting,
        "longest_wait": 0.0 if since is None else now - since,
        "idle": found.idle,
        "signed_in": found.signed_in,
        "service_level": services.levels.service_level(queue, now),
        "expected_wait": services.forecast.expected_wait(queue, found.waiting),
    }
