"""What the documents name stands in the repository."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from dcikit.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:dci_dataset|dci_metric|dcikit|tests|scripts|benchmarks)/[\w./]*)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md", ROOT / "dataset_card.md"], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_the_walk_names_a_file_a_step() -> None:
    steps = re.findall(r"^\d+\. .*$", (ROOT / "docs/walk.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [len(re.findall(r"`dcikit/[\w/]+\.py`", step)) for step in steps] == [1] * 10


def commands_of(text: str) -> list[list[str]]:
    """The arguments of every `dci` command of a page: a line of its own, or in backticks."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")] + re.findall(r"`([^`]+)`", text)
    found = (re.search(r"(?:^|&& )(?:.* -m dcikit|dci) (.*)", " ".join(line.split())) for line in lines)
    return [shlex.split(match[1].replace("...", ""), comments=True) for match in found if match]


def wrong_in(arguments: list[str]) -> str | None:
    """What the command line does not know of a call; a name in capitals stands for any command."""
    command: Any = typer.main.get_command(app)
    known = {"--help"}
    for argument in arguments:
        known |= {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        if argument.startswith("--") and argument not in known:
            return argument
        commands = getattr(command, "commands", {})
        if commands and not argument.startswith("-") and not argument.isupper():
            if argument not in commands:
                return argument
            command = commands[argument]
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_exist(page: Path) -> None:
    calls = commands_of(page.read_text(encoding="utf-8"))
    assert page.name != "README.md" or len(calls) > 20
    assert {" ".join(call): wrong for call in calls if (wrong := wrong_in(call))} == {}


def test_a_command_or_an_option_that_is_not_there_is_found() -> None:
    assert wrong_in(["eval", "--data", "x"]) == "--data"
    assert wrong_in(["check", "x"]) == "check"
    assert wrong_in(["publish", "metric", "--preview"]) is None
    assert commands_of("    torchrun x -m dcikit eval --limit 4  # few\n`dci info A`") == [
        ["eval", "--limit", "4"],
        ["info", "A"],
    ]


def test_cited_sections_of_the_protocol_exist() -> None:
    sections = set(
        re.findall(r"^## (\d+)\.", (ROOT / "docs/protocol.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    files = [path for room in ("dci_dataset", "dci_metric", "dcikit", "tests") for path in (ROOT / room).rglob("*.py")]
    cited = {
        section
        for path in files
        for citation in re.findall(r"docs/protocol\.md ((?:§\d+(?:, )?)+)", path.read_text(encoding="utf-8"))
        for section in re.findall(r"§(\d+)", citation)
    }
    assert cited and cited <= sections
