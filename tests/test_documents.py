"""What the documents name stands in the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md"])
def test_named_files_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:dci_dataset|dci_metric|dcikit|tests|scripts|benchmarks)/[\w./]*)`", text)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


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
