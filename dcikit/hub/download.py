"""Fetches the release: the archive with resume and checksum, then its files, each whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from dcikit.data.release import Release
from dcikit.files.exclusive import exclusive
from dcikit.files.limits import DOWNLOAD_BYTES
from dcikit.files.redact import public_url, redacted, secrets_of
from dcikit.files.retry import ServerWait, retry_after
from dcikit.files.tar_archive import TAR_ERRORS, open_tar
from dcikit.schema.errors import ArgumentError, DataError, DciError

from .shards import sha256

URL = "https://dl.fbaipublicfiles.com/densely_captioned_images/dci.tar.gz"
SHA256 = "d865c244150168d3f25daaad0bf5b70b2123cf3e83ca7b0e207d5b26943c5fc7"

EXPANSION = 3
"""The release takes less than this many times the archive's size: most of it is base64 of compressed masks."""

_BLOCK = 2**20
_TIMEOUT = 60
_ATTEMPTS = 6
FIRST_WAIT = 1.0
"""Seconds before the first retry, unless the server asks for more."""

_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)

Advance = Callable[[int, int], None]
"""Called with how many bytes are done, and how many there are."""


def fetch(url: str, path: Path, checksum: str, advance: Advance = lambda done, total: None) -> None:
    """Downloads a file; what an earlier run left in `<path>.part` is not fetched again.

    Args:
        url: http or https.
        path: where to put it, once it is whole. One that is there with the right checksum is left as it is.
        checksum: its sha256.

    Raises:
        DciError: if the server refuses, or the file has another checksum.
        OSError: if the connection keeps failing, or the disk is too small; the same call goes on.
    """
    checksum = checksum.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", checksum):
        raise ArgumentError(f"`checksum` must be 64 hexadecimal digits, got {checksum!r}")
    if not url.lower().startswith(("http://", "https://")):
        raise ArgumentError(f"`url` must be an http or https address, got {public_url(url)!r}")
    if path.is_file():
        if sha256(path) == checksum:
            return
        raise ArgumentError(f"{path} is not the archive with sha256 {checksum}; remove it, or give another name")
    part = path.with_name(f"{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    retrying = Retrying(
        retry=retry_if_exception_type(_Interrupted),
        wait=ServerWait(lambda error: getattr(error, "wait", None), FIRST_WAIT),
        stop=stop_after_attempt(_ATTEMPTS),
        reraise=True,
    )
    while not retrying(_fetch_more, url, part, advance):
        retrying.sleep(FIRST_WAIT)  # as long as something arrives, it goes on
    found = sha256(part)
    if found != checksum:
        part.unlink()
        raise DciError(
            f"{public_url(url)} has the sha256 {found}, not {checksum}: it was changed or damaged; try again"
        )
    part.replace(path)


class _Interrupted(OSError):
    """Nothing arrived, which may pass; `wait`: seconds that the server asks to wait."""

    def __init__(self, url: str, reason: str, have: int, wait: float | None = None) -> None:
        remedy = f"run the same command again, it goes on at {have:,} bytes"
        super().__init__(f"{public_url(url)}: {redacted(reason, *secrets_of(url))}; {remedy}")
        self.wait = wait


def _fetch_more(url: str, part: Path, advance: Advance) -> bool:
    """One request for the bytes that are missing: True if all arrived, False if some of them did."""
    before = _size(part)
    try:
        _fetch_rest(url, part, advance)
        return True
    except urllib.error.HTTPError as error:
        if error.code not in _TRANSIENT:
            reason = redacted(error.reason, *secrets_of(url))
            raise DciError(f"{public_url(url)}: the server answered {error.code} {reason}") from None
        wait = retry_after(error.headers.get("Retry-After"))
        raise _Interrupted(url, f"the server answered {error.code}", before, wait) from None
    except (urllib.error.URLError, HTTPException, ConnectionError, TimeoutError) as error:
        if _size(part) > before:
            return False
        reason = f"the connection failed ({getattr(error, 'reason', None) or error})"
        raise _Interrupted(url, reason, before) from None


def _fetch_rest(url: str, part: Path, advance: Advance) -> None:
    """Appends what the server sends."""
    have = _size(part)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # there is nothing after what we have: the checksum says whether it is the file
            return
        raise
    with response:
        have = have if response.status == 206 else 0
        announced = _announced(response.headers.get("Content-Length"))
        total = have + announced
        most = total if announced else DOWNLOAD_BYTES
        need_space(part.parent, announced + EXPANSION * total)
        with part.open("ab" if have else "wb") as file:
            while block := response.read(_BLOCK):
                have += len(block)
                if have > most:
                    file.truncate(0)
                    raise DciError(f"{public_url(url)} sends more than the {most:,} bytes it may")
                if not announced:
                    need_space(part.parent, EXPANSION * have)
                file.write(block)
                advance(have, total)
    if have < total:
        raise ConnectionError(f"it ended after {have:,} of {total:,} bytes")


def _announced(length: str | None) -> int:
    """The bytes that a server says it sends; 0: it does not say."""
    return int(length) if length and length.isascii() and length.isdigit() else 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def need_space(folder: Path, needed: int) -> None:
    """Checks the free space before anything is written.

    Raises:
        OSError: if there is less than `needed` bytes.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(f"{folder} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB are needed; make room")


def unpack(archive: Path, out: Path, advance: Advance = lambda done, total: None) -> None:
    """Unpacks the archive's release to `out`, by way of a folder beside it: `out` is whole or not there.

    Raises:
        ArgumentError: if `out` has something in it.
        DataError: if the archive is damaged, holds anything but files inside it, or no release.
        OSError: if the disk is too small.
    """
    if not hasattr(tarfile, "data_filter"):
        raise DciError("this Python cannot unpack archives safely; take 3.10.12, 3.11.4 or a newer one")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ArgumentError(f"`out` must be absent or empty, got {out}; give another name")
    staging = out.with_name(f".{out.name}.unpacking")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        _extract(archive, staging, advance)
        found = [path.parent for path in (staging / "splits.json", *staging.glob("*/splits.json")) if path.is_file()]
        if len(found) != 1:
            raise DataError(str(archive), "splits.json", "the archive holds no release", "download it again")
        _ = Release(found[0]).splits  # it can be read
        if out.exists():
            out.rmdir()
        found[0].rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _extract(archive: Path, folder: Path, advance: Advance) -> None:
    total = archive.stat().st_size
    try:
        with open_tar(archive) as (file, members, tar):
            for member in members:
                if not (member.isfile() or member.isdir()):
                    raise DataError(str(archive), member.name, "is neither a file nor a folder", "download it again")
                if member.size > shutil.disk_usage(folder).free:
                    raise OSError(f"{folder.parent} has no room left for {member.name}; make room")
                tar.extract(member, folder, filter="data")
                advance(file.tell(), total)
    except (*TAR_ERRORS, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(str(archive), "", f"cannot be unpacked: {error}", "download it again") from None


def download(out: Path, *, url: str = URL, checksum: str = SHA256, advance: Advance = lambda done, total: None) -> None:
    """Fetches the archive to `dci.tar.gz` beside `out`, unpacks it to `out` and removes it.

    Raises:
        DciError, OSError: see `fetch` and `unpack`.
    """
    out = Path(os.path.abspath(out))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ArgumentError(f"`out` must be absent or empty, got {out}; give another name")
    archive = out.with_name("dci.tar.gz")
    out.parent.mkdir(parents=True, exist_ok=True)
    busy = f"another download is writing {archive}; wait for it, or give another folder"
    with exclusive(archive.with_name(f".{archive.name}.lock"), busy):
        fetch(url, archive, checksum, advance)
        unpack(archive, out, advance)
        archive.unlink()
