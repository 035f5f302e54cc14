"""The site's flows are checked with it: where numbers and queues lead, and the files they play."""

from pathlib import Path

import pytest

from tests.support.site_file import SITE, changed, problems, read


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A folder of flows whose `menu` leads to `bye`."""
    menu = "start: a\nnodes:\n  a:\n    kind: flow\n    flow: bye\n"
    (tmp_path / "menu.yaml").write_text(menu)
    (tmp_path / "bye.yaml").write_text("start: a\nnodes:\n  a:\n    kind: hangup\n")
    return tmp_path


def test_a_number_leads_to_a_queue_or_a_flow_but_not_to_both(flows: Path) -> None:
    ivr = f'[ivr]\nflows = "{flows}"\n'
    assert read(ivr + changed('queue = "sales"', 'flow = "menu"')).numbers[0].flow == "menu"
    assert problems(ivr + changed('queue = "sales"', 'queue = "sales"\nflow = "menus"')) == [
        "site.toml:17: number[4001].flow: must not stand beside a queue: a number leads to one",
        "site.toml:17: number[4001].flow: there is no flow 'menus'; did you mean 'menu'?",
    ]


def test_mistakes_in_the_site_s_own_flows_come_after_those_in_the_site(flows: Path) -> None:
    (flows / "bye.yaml").write_text(
        "start: a\nnodes:\n  a:\n    kind: queue\n    queue: salse\n  b:\n    kind: hangup\n"
    )
    found = problems(
        f'[ivr]\nflows = "{flows}"\n' + changed('domain = "pbx.example"', "domain = 1")
    )
    assert [line.split(": ")[0] for line in found] == [
        "site.toml:5",
        f"{flows}/bye.yaml:5",
        f"{flows}/bye.yaml:6",
    ]
    assert "there is no queue 'salse'; did you mean 'sales'?" in found[1]


def test_shipped_flows_are_checked_where_the_site_leads_to_them() -> None:
    assert read(SITE).queues[0].name == "sales"  # though the shipped menu wants a queue of support
    (found,) = problems(changed("{ sales = 2 }", '{ sales = 2 }\non_timeout = "flow:welcome"'))
    assert "welcome.yaml" in found
    assert "there is no queue 'support'" in found


def test_prompt_files_are_looked_for_in_the_folder_of_prompts(flows: Path, tmp_path: Path) -> None:
    play = "start: a\nnodes:\n  a:\n    kind: hangup\n    prompt:\n      file: bye.wav\n"
    (flows / "bye.yaml").write_text(play)
    text = f'[ivr]\nflows = "{flows}"\n[speech]\nprompts = "{tmp_path}"\n' + SITE
    (found,) = problems(text)
    assert "there is no file 'bye.wav'" in found
    (tmp_path / "bye.wav").touch()
    assert read(text).warnings == ()
