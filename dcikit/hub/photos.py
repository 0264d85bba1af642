"""Extracts the photos of the release from SA-1B's archive, in one pass."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dcikit.data.pixels import photo_size
from dcikit.data.release import Release
from dcikit.files.exclusive import exclusive
from dcikit.files.json_node import load_json
from dcikit.files.limits import PHOTO_BYTES
from dcikit.files.safe_names import is_plain_name
from dcikit.files.tar_archive import TAR_ERRORS, open_tar
from dcikit.files.whole_file import remove_unfinished, write_whole
from dcikit.schema.errors import DataError


@dataclass
class ExtractionResult:
    """What became of the photos.

    Attributes:
        extracted: how many were written now.
        kept: how many were there before.
        missing: names that are neither there nor in the archive.
        damaged: name -> why it cannot be used; not written.
        stopped: why the archive could not be read to its end; None if it was.
    """

    extracted: int = 0
    kept: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)
    stopped: str | None = None


def release_photos(release: Release) -> list[str]:
    """The file names that the annotations give, in order.

    Raises:
        DataError: if an annotation cannot be read, or names no plain file.
    """
    folder = release.annotations(summaries=False)
    names = []
    for split in release.splits.values():
        for name in split:
            image = load_json(folder / name)["image"]
            release.photo_path(image)
            names.append(image.text())
    return names


def dataset_photos(data: str) -> list[str]:
    """The file names of an export or of a published dataset, of all splits.

    Raises:
        DataError: if one is no plain file name.
    """
    import datasets

    name = str(Path(data).expanduser().resolve()) if Path(data).expanduser().is_dir() else data
    splits = datasets.load_dataset(name, streaming=True, columns=["file_name"])
    names = [row["file_name"] for split in splits.values() for row in split]
    for each in names:
        if not is_plain_name(each):
            raise DataError(data, each, "is not a plain file name", "get the dataset again")
    return names


def extract_photos(
    archive: Path, folder: Path, names: Iterable[str], advance: Callable[[int, int], None] = lambda done, total: None
) -> ExtractionResult:
    """Extracts the named photos from a tar archive; each is written whole or not at all.

    A photo that is there already in the archive's size is kept. Stops as soon as all were found.

    Args:
        archive: the archive, `sa_000138.tar`.
        folder: where to put them.
        names: plain file names.
        advance: called with bytes read, and bytes of the archive.

    Raises:
        DataError: if the archive cannot be opened.
        DciError: if another run is writing to `folder`.
    """
    wanted = dict.fromkeys(names)
    result = ExtractionResult()
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / ".lock", f"another run is writing photos to {folder}; wait for it"):
        remove_unfinished(folder)
        try:
            _extract_wanted(archive, folder, wanted, result, advance)
        except FileNotFoundError:
            raise DataError(str(archive), "", "the file is missing", "give the path of sa_000138.tar") from None
        except TAR_ERRORS as error:
            if not (result.extracted or result.kept or result.damaged):
                raise DataError(str(archive), "", f"cannot be read: {error}", "download it again") from None
            result.stopped = str(error) or type(error).__name__
    result.missing = [name for name in wanted if not (folder / name).is_file()]
    result.kept += len(wanted) - len(result.missing)
    return result


def _extract_wanted(
    archive: Path, folder: Path, wanted: dict[str, None], result: ExtractionResult, advance: Callable[[int, int], None]
) -> None:
    """Takes the photos as they come, and their names out of `wanted`, until none is left."""
    with open_tar(archive) as (file, members, tar):
        total = archive.stat().st_size
        for member in members:
            name = os.path.basename(member.name)
            if not member.isfile() or name not in wanted:
                continue
            _extract(tar, member, folder / name, result)
            del wanted[name]
            advance(file.tell(), total)
            if not wanted:
                return


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, result: ExtractionResult) -> None:
    """Writes one photo, unless it is there, or damaged."""
    if path.is_file() and path.stat().st_size == member.size:
        result.kept += 1
        return
    if member.size > PHOTO_BYTES:
        result.damaged[path.name] = f"has {member.size:,} bytes, at most {PHOTO_BYTES:,} are read"
        return
    source = tar.extractfile(member)
    data = source.read() if source else b""
    if len(data) != member.size:
        raise tarfile.ReadError(f"the archive ends inside {path.name}")
    try:
        photo_size(data)
    except ValueError as error:
        result.damaged[path.name] = str(error)
        return
    write_whole(path, data)
    result.extracted += 1
