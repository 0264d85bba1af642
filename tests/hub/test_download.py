"""`dci download` and `dci photos`: resume, checksums, and archives that must not be trusted."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hub_command import dci, fails
from support.hub_server import Fault, Hub, serve

from dcikit.data.release import Release
from dcikit.hub import download as module
from dcikit.hub.download import download, fetch, need_space, unpack
from dcikit.hub.photos import extract_photos, release_photos
from dcikit.schema.errors import DataError


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve() as hub:
        yield hub


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(module, "_BLOCK", 1000)


@pytest.fixture(scope="module")
def archive(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The odd release without photos, packed like the published one."""
    path = tmp_path_factory.mktemp("archive") / "dci.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(odd, "densely_captioned_images", filter=lambda member: None if "/photos" in member.name else member)
    return path


@pytest.fixture
def served(hub: Hub, archive: Path) -> tuple[str, str]:
    """Address and checksum of the archive."""
    data = archive.read_bytes()
    hub.plain["/dci.tar.gz"] = data
    return f"{hub.url}/dci.tar.gz", hashlib.sha256(data).hexdigest()


def test_download_gives_the_release(served: tuple[str, str], odd: Path, tmp_path: Path) -> None:
    url, checksum = served
    out = tmp_path / "release"
    done = dci("download", "--accept-licence", "--output-dir", out, "--url", url, "--sha256", checksum)
    assert done.returncode == 0, done.stderr
    assert "sa_000138.tar" in done.stdout
    assert f"dci photos sa_000138.tar --output-dir {out}" in done.stdout
    assert Release(out).splits == Release(odd).splits
    for kind in ("annotations", "complete"):
        found = {path.name: path.read_bytes() for path in (out / kind).iterdir()}
        assert found == {path.name: path.read_bytes() for path in (odd / kind).iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    fails("must be absent or empty", "download", "--accept-licence", "--output-dir", out, "--url", url)


def test_licence_must_be_accepted(tmp_path: Path) -> None:
    assert "CC-BY-NC 4.0" in fails("--accept-licence", "download", "--output-dir", tmp_path / "release")


def test_cut_connections_are_resumed(served: tuple[str, str], hub: Hub, tmp_path: Path) -> None:
    url, checksum = served
    size = len(hub.plain["/dci.tar.gz"])
    hub.faults = [Fault("GET /dci", after=size // 4, times=3), Fault("GET /dci", status=503, times=2)]
    fetch(url, tmp_path / "dci.tar.gz", checksum)
    assert hashlib.sha256((tmp_path / "dci.tar.gz").read_bytes()).hexdigest() == checksum
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in hub.ranges]
    assert starts[:2] == [size // 4, 2 * (size // 4)]


def test_what_an_earlier_run_fetched_is_kept(served: tuple[str, str], hub: Hub, tmp_path: Path) -> None:
    url, checksum = served
    hub.faults = [Fault("GET /dci", after=5000), Fault("GET /dci", status=500, times=100)]
    with pytest.raises(OSError, match="it goes on at 5,000 bytes"):
        fetch(url, tmp_path / "dci.tar.gz", checksum)
    assert not (tmp_path / "dci.tar.gz").exists()
    hub.faults = []
    fetch(url, tmp_path / "dci.tar.gz", checksum)
    assert hub.ranges[-1] == "bytes=5000-"
    before = len(hub.log)
    fetch(url, tmp_path / "dci.tar.gz", checksum)
    assert len(hub.log) == before, "a file that is whole is not fetched again"


def test_whole_part_of_a_killed_run(served: tuple[str, str], hub: Hub, tmp_path: Path) -> None:
    url, checksum = served
    (tmp_path / "dci.tar.gz.part").write_bytes(hub.plain["/dci.tar.gz"])
    fetch(url, tmp_path / "dci.tar.gz", checksum)
    assert (tmp_path / "dci.tar.gz").read_bytes() == hub.plain["/dci.tar.gz"]


def test_waits_as_long_as_the_server_asks(
    served: tuple[str, str], hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    hub.faults = [Fault("GET /dci", status=429, headers={"Retry-After": "7"})]
    fetch(*served[:1], tmp_path / "dci.tar.gz", served[1])
    assert waited == [7.0]


def test_refusals(served: tuple[str, str], hub: Hub, tmp_path: Path) -> None:
    url, checksum = served
    path = tmp_path / "dci.tar.gz"
    with pytest.raises(ValueError, match="answered 404"):
        fetch(f"{hub.url}/nothing", path, checksum)
    with pytest.raises(ValueError, match="has the sha256"):
        fetch(url, path, "0" * 64)
    assert not list(tmp_path.iterdir()), "a wrong file is not gone on with"
    path.write_bytes(b"another")
    with pytest.raises(ValueError, match="remove it"):
        fetch(url, path, checksum)
    with pytest.raises(OSError, match="needed"):
        need_space(tmp_path, 10**18)


def make_tar(path: Path, members: dict[str, bytes | tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("name", ["../escaped", "/tmp/dci-escaped", "a/../../escaped"])
def test_no_file_leaves_the_folder(tmp_path: Path, name: str) -> None:
    bad = make_tar(tmp_path / "bad.tar.gz", {name: b"x", "splits.json": b'{"test": ["1-data.json"]}'})
    if name.startswith("/"):  # the data filter takes the slash away
        unpack(bad, tmp_path / "out")
    else:
        with pytest.raises(DataError, match="cannot be unpacked"):
            unpack(bad, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    assert not (tmp_path / "escaped").exists() and not Path("/tmp/dci-escaped").exists()
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_no_links_and_devices(tmp_path: Path, kind: bytes) -> None:
    bad = make_tar(tmp_path / "bad.tar.gz", {"x": link("x", "/etc/passwd", kind)})
    with pytest.raises(DataError, match="neither a file nor a folder"):
        unpack(bad, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_damaged_archives(archive: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.tar.gz"
    half.write_bytes(archive.read_bytes()[:-2000])
    (tmp_path / "text.tar.gz").write_bytes(b"no archive")
    make_tar(tmp_path / "other.tar.gz", {"readme": b"x"})
    for name, message in (("half", "cannot be unpacked"), ("text", "cannot be unpacked"), ("other", "no release")):
        with pytest.raises(DataError, match=message):
            unpack(tmp_path / f"{name}.tar.gz", tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_a_second_download_after_a_kill_while_unpacking(
    served: tuple[str, str], hub: Hub, tmp_path: Path, archive: Path, odd: Path
) -> None:
    shutil.copy(archive, tmp_path / "dci.tar.gz")
    (tmp_path / ".release.unpacking" / "densely_captioned_images").mkdir(parents=True)
    download(tmp_path / "release", url=served[0], checksum=served[1])
    assert not hub.log, "the archive was there"
    assert Release(tmp_path / "release").splits == Release(odd).splits
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


@pytest.fixture
def bare(odd: Path, tmp_path: Path) -> Path:
    """The odd release without its photos."""
    shutil.copytree(odd, tmp_path / "release", ignore=shutil.ignore_patterns("photos"))
    return tmp_path / "release"


@pytest.fixture
def sa(odd: Path, tmp_path: Path) -> Path:
    """An archive like sa_000138.tar: the photos, their own JSON files, and photos that nobody wants."""
    path = tmp_path / "sa_000138.tar"
    with tarfile.open(path, "w") as tar:
        for photo in sorted((odd / "photos").iterdir()):
            tar.add(photo, f"./{photo.name}")
            other = tarfile.TarInfo(f"./{photo.stem}.json")
            other.size = 3000
            tar.addfile(other, io.BytesIO(b" " * 3000))
            tar.add(photo, f"./un{photo.name}")
    return path


def test_photos_takes_just_what_is_named(bare: Path, sa: Path, odd: Path) -> None:
    done = dci("photos", sa, "--output-dir", bare)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 photos taken, 0 were there" in done.stdout
    found = {path.name: path.read_bytes() for path in (bare / "photos").iterdir()}
    assert found == {path.name: path.read_bytes() for path in (odd / "photos").iterdir()}
    again = dci("photos", sa, "--output-dir", bare)
    assert "0 photos taken, 12 were there" in again.stdout


def test_photos_of_an_archive_that_is_still_downloading(bare: Path, sa: Path) -> None:
    half = sa.with_name("half.tar")
    half.write_bytes(sa.read_bytes()[: sa.stat().st_size // 2])
    done = dci("photos", half, "--output-dir", bare)
    assert done.returncode == 1
    assert "ends too early" in done.stdout
    assert "photos are missing: sa_" in done.stdout
    taken = len(list((bare / "photos").iterdir()))
    assert 0 < taken < 12
    assert f"{12 - taken} photos taken, {taken} were there" in dci("photos", sa, "--output-dir", bare).stdout


def test_missing_and_damaged_photos_are_listed(bare: Path, odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "sa.tar"
    with tarfile.open(path, "w") as tar:
        for photo in sorted((odd / "photos").iterdir()):
            if photo.name == "sa_400001.jpg":
                continue
            data = photo.read_bytes()
            member = tarfile.TarInfo(photo.name)
            data = data[: len(data) // 2] if photo.name == "sa_400002.jpg" else data
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        tar.addfile(link("sa_400001.jpg", "/etc/passwd"))
    done = dci("photos", path, "--output-dir", bare)
    assert done.returncode == 1
    assert "sa_400002.jpg is damaged: is a truncated JPEG" in done.stdout
    assert "1 photos are missing: sa_400001.jpg" in done.stdout
    assert not (bare / "photos" / "sa_400002.jpg").exists()


def test_photos_replaces_half_a_photo(bare: Path, sa: Path, odd: Path) -> None:
    (bare / "photos").mkdir()
    (bare / "photos" / "sa_300013.jpg").write_bytes(b"half")
    (bare / "photos" / ".sa_300207.jpg.tmp").write_bytes(b"of a killed run")
    found = extract_photos(sa, bare / "photos", release_photos(Release(bare)))
    assert (found.extracted, found.kept, found.missing) == (12, 0, [])
    assert {path.name for path in (bare / "photos").iterdir()} == {path.name for path in (odd / "photos").iterdir()}


def test_photos_stops_when_all_were_found(bare: Path, sa: Path) -> None:
    read: list[int] = []
    extract_photos(sa, bare / "photos", ["sa_300004.gif"], lambda done, total: read.append(done))
    assert 0 < read[-1] < sa.stat().st_size


def test_photos_of_an_export(odd: Path, sa: Path, tmp_path: Path) -> None:
    assert dci("export", odd, "--out", tmp_path / "dci", "--num-proc", 1).returncode == 0
    done = dci("photos", sa, "--output-dir", tmp_path / "photos", "--dataset", tmp_path / "dci")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "photos").iterdir()} == {path.name for path in (odd / "photos").iterdir()}


def test_photos_refusals(bare: Path, tmp_path: Path) -> None:
    fails("the file is missing", "photos", tmp_path / "no.tar", "--output-dir", bare)
    (tmp_path / "text.tar").write_bytes(b"no archive" * 100)
    fails("cannot be read", "photos", tmp_path / "text.tar", "--output-dir", bare)
    fails("--dataset ORG/dci", "photos", tmp_path / "text.tar", "--output-dir", tmp_path)
