"""`dci masks --engine ray`: two workers, one of which is killed; the files are those of one process."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.squares import draw_squares
from support.tiny_sams import make_sam, noise

from dcikit.cli.main import main
from dcikit.engine.ray_map import ray_map
from dcikit.masks import ProposeSettings
from dcikit.masks.folder import write_release
from dcikit.masks.photos import list_photos
from dcikit.masks.sources import MaskSource, masks_of_model, masks_of_tool
from dcikit.schema.errors import ArgumentError

pytestmark = pytest.mark.slow


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, Path]:
    """Six photos, one of them torn, and their masks."""
    photos, masks = draw_squares(tmp_path, 6)
    (photos / "4.png").write_bytes((photos / "4.png").read_bytes()[:300])
    return photos, masks


def killed_once(mark: Path, masks: Any, path: Path, image: Any) -> Any:
    """The masks of a photo; the first process that comes to photo 2 dies there."""
    if path.name == "2.png" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return masks(path, image)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_killed_workers_photos_are_done_again(ray: Any, drawn: tuple[Path, Path], tmp_path: Path) -> None:
    photos, given = list_photos(drawn[0])[0], masks_of_tool(drawn[1])
    alone = list(write_release(photos, tmp_path / "alone", given, min_area=100))
    deadly = MaskSource(partial(killed_once, tmp_path / "killed", given.masks), given.settings)
    spread = list(write_release(photos, tmp_path / "spread", deadly, min_area=100, apply=ray_map))
    assert (tmp_path / "killed").exists()
    assert spread == alone
    assert [bool(result.skipped) for result in spread] == [False] * 4 + [True, False]
    assert tree(tmp_path / "spread") == tree(tmp_path / "alone")


def test_the_command(ray: Any, drawn: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    for engine in ("local", "ray"):
        arguments = ["masks", str(drawn[0]), "--out", str(tmp_path / engine), "--masks-from", str(drawn[1])]
        assert main([*arguments, "--engine", engine]) == 1  # a photo is torn
        assert "5 photos with 15 masks written" in capsys.readouterr().out
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")
    assert main([*arguments, "--engine", "ray"]) == 1
    assert "5 were there" in capsys.readouterr().out


def test_a_model_is_loaded_again_in_another_process(tmp_path: Path) -> None:
    make_sam("sam").model.save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text("{}")
    source = masks_of_model(str(tmp_path), ProposeSettings(points_per_side=2, edges=False), "cpu")
    travelling = pickle.dumps(source)
    assert len(travelling) < 2000, "its weights stay"
    photo = noise(90, 60)
    one, other = (each.masks(Path("a.png"), photo) for each in (source, pickle.loads(travelling)))
    assert one.scores == other.scores


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ArgumentError, match=r"pip install 'dcikit\[ray\]'"):
        list(ray_map(str, [1]))
