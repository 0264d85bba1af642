"""Photos on file systems of fsspec: in memory, and in a repository of a Hub on the loopback."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import huggingface_hub
import pytest
from support.generation_runs import command
from support.hub_server import Fault, Repo, serve, use
from support.squares import draw_squares

from dcikit.files.remote import RemoteFile


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, Path]:
    """Three photos and their masks."""
    return draw_squares(tmp_path, 3)


@pytest.fixture
def bucket(drawn: tuple[Path, Path]) -> Iterator[str]:
    """The photos in memory, beside what is none."""
    system = fsspec.filesystem("memory")
    for path in drawn[0].iterdir():
        system.pipe_file(f"/bucket/{path.name}", path.read_bytes())
    system.pipe_file("/bucket/notes.txt", b"hello")
    system.pipe_file("/bucket/more/9.png", b"hello")
    yield "memory://bucket"
    system.rm("/bucket", recursive=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_release_is_that_of_photos_here(drawn: tuple[Path, Path], bucket: str, tmp_path: Path, capsys: Any) -> None:
    photos, masks = drawn
    assert command("masks", photos, "--out", tmp_path / "here", "--masks-from", masks, capsys=capsys)[0] == 0
    for counts in ("3 photos with 9 masks written", "3 were there"):
        status, out, _ = command("masks", bucket, "--out", tmp_path / "there", "--masks-from", masks, capsys=capsys)
        assert status == 0 and counts in out
        assert "2 other files and folders in memory://bucket are no photos" in out
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_one_that_cannot_be_read_is_a_line(drawn: tuple[Path, Path], bucket: str, tmp_path: Path, capsys: Any) -> None:
    fsspec.filesystem("memory").pipe_file("/bucket/1.png", b"torn")
    status, out, _ = command("masks", bucket, "--out", tmp_path / "out", "--masks-from", drawn[1], capsys=capsys)
    assert status == 1
    (line,) = [line for line in out.splitlines() if line.startswith("skipped:")]
    assert "/bucket/1.png" in line and "is not an image" in line
    assert "2 photos with 6 masks written" in out


@pytest.mark.skipif(huggingface_hub.__version__.startswith("0."), reason="0.x takes its address when it is imported")
def test_photos_of_a_repository(
    drawn: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    photos, masks = drawn
    with serve() as hub:
        use(hub, monkeypatch)
        repo = hub.repos["datasets/me/photos"] = Repo()
        repo.commit({f"raw/{path.name}": path.read_bytes() for path in photos.iterdir()})
        place = "hf://datasets/me/photos/raw"
        status, out, err = command("masks", place, "--out", tmp_path / "out", "--masks-from", masks, capsys=capsys)
        assert (status, err) == (0, "")
        assert "3 photos with 9 masks written" in out
        for path in photos.iterdir():
            assert (tmp_path / "out" / "photos" / path.name).read_bytes() == path.read_bytes()
        hub.faults.append(Fault(r"GET .*/2\.png", status=404, times=99))
        status, out, _ = command("masks", place, "--out", tmp_path / "new", "--masks-from", masks, capsys=capsys)
        assert status == 1
        assert "2 photos with 6 masks written" in out and "raw/2.png: cannot be read" in out


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("memory://nowhere", "nowhere"),
        ("memory://user:secret-word@empty", "has no photo|must be a folder"),
        ("nosuch://bucket", "nosuch"),
    ],
)
def test_a_place_that_is_none(place: str, reason: str, tmp_path: Path, capsys: Any) -> None:
    status, _, err = command("masks", place, "--out", tmp_path / "out", "--masks-from", tmp_path, capsys=capsys)
    assert status == 1
    assert "`photos`" in err and "Traceback" not in err and "secret-word" not in err
    assert any(part in err for part in reason.split("|"))
    assert not (tmp_path / "out" / "annotations").exists()


def test_a_file_too_large_is_not_read_whole(bucket: str) -> None:
    file = pickle.loads(pickle.dumps(RemoteFile("memory://bucket/notes.txt")))
    assert file.read(5) == b"hello"
    with pytest.raises(OSError, match="more than 4 bytes"):
        file.read(4)
