"""Images described by two workers, one of which is killed: the files are those of one process."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.llm_server import llm_server
from support.ray_clients import client_of, killed_once
from support.squares import squares_release
from support.vision import look

from dcikit.captions.describe import Describer, describe, description_prompts
from dcikit.captions.workers import Workers
from dcikit.data.release import Release

pytestmark = pytest.mark.slow


def tree(folder: Path) -> dict[str, bytes]:
    kept = [
        *folder.glob("annotations/*"),
        *folder.glob("description/regions/*"),
        folder / "description" / "report.json",
    ]
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def test_a_killed_workers_images_are_described_again(ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    alone = squares_release(tmp_path, 4)
    spread = Path(shutil.copytree(alone, tmp_path / "spread"))
    with llm_server(answer=look) as llm:
        outcomes = []
        for folder, elsewhere in (
            (alone, None),
            (spread, Workers(partial(killed_once, llm.url, tmp_path / "killed"))),
        ):
            client, release = client_of(llm.url), Release(folder)
            describer = Describer(client.model.identity, description_prompts())
            names = release.names("test")
            outcomes.append(describe(release, describer, names, client=client, elsewhere=elsewhere))
    assert (tmp_path / "killed").exists()
    assert outcomes[0] == outcomes[1]
    assert outcomes[1].is_complete and outcomes[1].regions == 16
    assert tree(spread) == tree(alone)
    assert not any((spread / "description" / "answers").iterdir())
