"""Archives that are damaged in the middle, or hold more than anybody wants."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dcikit.files.tar_archive import open_tar
from dcikit.hub.download import fetch, unpack
from dcikit.hub.photos import extract_photos
from dcikit.schema.errors import ArgumentError, DataError

NAMES = ["sa_1.jpg", "sa_2.jpg", "sa_3.jpg"]


def photo() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((16, 16), 50).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def archive_of(names: list[str], form: int = tarfile.GNU_FORMAT, **header: Any) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name in names:
            data = photo()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.pax_headers = header
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def second_header(data: bytes) -> int:
    """Where the header of the second photo is."""
    return data.index(b"sa_2.jpg")


def flipped(data: bytes) -> bytes:
    at = second_header(data) + 10
    return data[:at] + b"\xff\xff" + data[at + 2 :]


def overwritten(data: bytes) -> bytes:
    at = second_header(data)
    return data[:at] + b"garbage!" * 64 + data[at + 512 :]


def cut_in_a_header(data: bytes) -> bytes:
    return data[: second_header(data) + 100]


def cut_behind_a_photo(data: bytes) -> bytes:
    return data[: second_header(data)]


def cut_in_a_photo(data: bytes) -> bytes:
    return data[: second_header(data) + 600]


DAMAGES: list[Callable[[bytes], bytes]] = [flipped, overwritten, cut_in_a_header, cut_behind_a_photo, cut_in_a_photo]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_in_the_middle_is_not_the_end(
    tmp_path: Path, damage: Callable[[bytes], bytes], compressed: bool
) -> None:
    data = damage(archive_of(NAMES))
    path = tmp_path / "sa.tar"
    path.write_bytes(gzip.compress(data) if compressed else data)
    result = extract_photos(path, tmp_path / "photos", NAMES)
    assert result.extracted == 1
    assert result.stopped and result.missing == NAMES[1:]
    with pytest.raises(DataError, match="sa.tar: cannot be unpacked"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_whole_archive_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "sa.tar"
    path.write_bytes(archive_of(NAMES))
    result = extract_photos(path, tmp_path / "photos", [*NAMES, "sa_4.jpg"])
    assert (result.extracted, result.stopped, result.missing) == (3, None, ["sa_4.jpg"])


def with_header(kind: bytes, size: int, fill: bytes = b"a") -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT) + fill * min(size, 2**21)


def sparse() -> bytes:
    return archive_of(["sa_1.jpg"], tarfile.PAX_FORMAT, **{"GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,1"})


BOMBS = {
    "a long name": with_header(tarfile.GNUTYPE_LONGNAME, 150 * 2**20),
    "a long link": with_header(tarfile.GNUTYPE_LONGLINK, 2**33 - 1),
    "a pax header": with_header(tarfile.XHDTYPE, 2**30),
    "a global pax header": with_header(tarfile.XGLTYPE, 2**30),
    "5000 headers of headers": with_header(tarfile.XHDTYPE, 0) * 5000,
    "a sparse file": sparse(),
    "nothing": b"",
    "text": b"not an archive" * 100,
    "half a gzip": gzip.compress(archive_of(NAMES))[:200],
    "a damaged gzip": gzip.compress(archive_of(NAMES))[:40] + b"\xff" * 400,
}


@pytest.mark.parametrize("case", BOMBS)
def test_archives_that_are_none(tmp_path: Path, case: str) -> None:
    path = tmp_path / "sa.tar"
    path.write_bytes(BOMBS[case])
    with pytest.raises(DataError, match="sa.tar: cannot be read"):
        extract_photos(path, tmp_path / "photos", NAMES)
    with pytest.raises(DataError, match="sa.tar: cannot be unpacked"):
        unpack(path, tmp_path / "out")


def test_a_gzip_bomb(tmp_path: Path) -> None:
    """A member of 3 GB in an archive of a few hundred bytes: its header alone is read."""
    info = tarfile.TarInfo("zeros")
    info.size = 3 * 2**30
    path = tmp_path / "sa.tar"
    path.write_bytes(gzip.compress(info.tobuf() + bytes(2**16)))
    with (
        pytest.raises(tarfile.ReadError, match="more than 200 times its own size"),
        open_tar(path) as (_, members, _tar),
    ):
        list(members)


def test_an_archive_that_is_a_pipe(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe or a device"):
        extract_photos(tmp_path / "pipe", tmp_path / "photos", NAMES)


@pytest.mark.parametrize("checksum", ["", "xyz", "0" * 63, "0" * 65, "g" * 64])
def test_a_checksum_is_looked_at_before_anything_is_fetched(tmp_path: Path, checksum: str) -> None:
    with pytest.raises(ArgumentError, match="`checksum` must be 64 hexadecimal digits"):
        fetch("http://127.0.0.1:9/dci.tar.gz", tmp_path / "dci.tar.gz", checksum)


def test_a_checksum_in_capitals(tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "dci.tar.gz").write_bytes(b"data")
    fetch("http://127.0.0.1:9/dci.tar.gz", tmp_path / "dci.tar.gz", f" {hashlib.sha256(b'data').hexdigest().upper()}\n")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "/etc/passwd", "data:,x"])
def test_only_web_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(ArgumentError, match="`url` must be an http or https address"):
        fetch(url, tmp_path / "dci.tar.gz", "0" * 64)
