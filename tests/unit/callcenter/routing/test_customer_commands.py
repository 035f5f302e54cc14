"""`callcenter customers`, on a database of its own; no daemon runs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from callcenter.cli import app

SITE = """
[sip]
listen = ["udp:127.0.0.1:5060"]
domain = "127.0.0.1"
[media]
address = "127.0.0.1"
[store]
url = "sqlite+aiosqlite:///{folder}/store.db"
[daemon]
control = "{folder}/no.sock"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(SITE.format(folder=tmp_path))
    return file


def run(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["customers", *arguments, "--config", str(site)])


def test_a_file_takes_the_place_of_all_customers(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    for rows in ("1,Ann,1001,0\n2,Bo,,5\n", "3,Cy,8002,-1\n"):
        file.write_text("number,name,agent,priority\n" + rows, encoding="utf-8-sig")
        result = run(site, "import", str(file))
        assert result.exit_code == 0
    assert result.stdout == "1 customers; no daemon runs\n"
    listed = run(site, "list").stdout.splitlines()
    assert [line.split() for line in listed if line] == [
        ["number", "name", "agent", "priority"],
        ["3", "Cy", "8002", "-1"],
    ]


def test_a_file_with_a_mistake_changes_nothing(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("number\n1\n1\n")
    result = run(site, "import", str(file))
    assert (result.exit_code, result.stderr) == (2, f"{file}: line 3: 1 is there already\n")
    assert run(site, "list").stdout == "there is no customer\n"
