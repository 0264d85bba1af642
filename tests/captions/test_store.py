"""The folders that generation writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.generation_runs import plain_release, run, tree

from dcikit.captions import Rules, Store, Tokens
from dcikit.data.release import Release


def test_another_folder_where_links_cannot_be_made(
    sample: Path, processor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("a required privilege is not held by the client")

    plain = plain_release(sample, tmp_path / "plain", images=2)
    writer = Rules(Tokens(processor.tokenizer))
    run(plain, writer, tmp_path / "linked")
    monkeypatch.setattr(Path, "symlink_to", refuse)
    run(plain, writer, tmp_path / "copied")
    assert tree(tmp_path / "copied") == tree(tmp_path / "linked")
    for part in ("annotations", "photos"):
        assert not (tmp_path / "copied" / part).is_symlink()
        found = {path.name: path.read_bytes() for path in (tmp_path / "copied" / part).iterdir()}
        assert found == {path.name: path.read_bytes() for path in (plain / part).iterdir()}


def test_what_a_killed_run_left_half_written_is_removed(sample: Path, tmp_path: Path) -> None:
    store = Store(Release(plain_release(sample, tmp_path / "plain", images=2)))
    with store.lock():
        pass
    unfinished = [store.complete / ".1-data.json.7.tmp", store.work / ".report.json.7.tmp"]
    for path in unfinished:
        path.write_text("{")
    with store.lock():
        assert not any(path.exists() for path in unfinished)
