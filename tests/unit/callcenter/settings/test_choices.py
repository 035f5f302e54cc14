"""Of what a key may be one of, another is refused with those that it may be."""

import pytest

from tests.support.site_file import changed, problems


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'domain = "pbx.example"',
            'domain = "x"\nreliable_provisionals = "never"',
            "site.toml:4: sip.reliable_provisionals: 'never' is unknown; "
            "choose on_demand or if_supported or required",
        ),
        (
            '["127.0.0.1:5070", "192.0.2.7"]',
            '["127.0.0.1:5070"]\ndirection = "sideways"',
            "site.toml:9: trunk[carrier].direction: "
            "'sideways' is unknown; choose both or in or out",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nstrategy = "loudest"',
            "site.toml:12: queue[sales].strategy: 'loudest' is unknown; choose longest_idle or "
            "fewest_contacts or most_skilled or least_skilled or least_occupied or round_robin or "
            "ranked or random or ring_all",
        ),
        (
            "{ sales = 2 }",
            '{ sales = 2 }\nidle_time = "ever"',
            "site.toml:12: queue[sales].idle_time: "
            "'ever' is unknown; choose state_change or contact or available",
        ),
        (
            'name = "Ann"',
            'name = "Ann"\nclass = "boss"',
            "site.toml:21: agent[1001].class: 'boss' is unknown; choose agent or supervisor",
        ),
    ],
)
def test_what_may_be_chosen_is_told(old: str, new: str, expected: str) -> None:
    assert problems(changed(old, new)) == [expected]
