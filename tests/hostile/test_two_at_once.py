"""Two runs that write to one place: one of them waits its turn or says so, and neither spoils what the other made."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from support.clip import make_clip

from dcikit.api.source import open_source
from dcikit.encoders.models import load_encoder
from dcikit.engine.cache import WindowCache
from dcikit.engine.encode import Window
from dcikit.engine.windows import WINDOW, Run, encoded_windows
from dcikit.files.exclusive import exclusive
from dcikit.hub.download import download
from dcikit.hub.photos import extract_photos
from dcikit.schema.errors import DciError
from dcikit.tasks.scm import Scm


def archive() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        data = json.dumps({"train": [], "valid": [], "test": ["1-data.json"]}).encode()
        member = tarfile.TarInfo("dci/splits.json")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return file.getvalue()


@contextmanager
def slow_server(data: bytes) -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """Sends half, and the rest when told: its address, what says that half is sent, and what tells."""
    half_sent, go_on = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            half_sent.set()
            go_on.wait(60)
            self.wfile.write(data[len(data) // 2 :])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/dci.tar.gz", half_sent, go_on
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("second", ["release", "other"])
def test_downloads(tmp_path: Path, second: str) -> None:
    """Both would fetch to dci.tar.gz beside the release."""
    data = archive()
    checksum = hashlib.sha256(data).hexdigest()
    with slow_server(data) as (url, half_sent, go_on):
        arguments = {"url": url, "checksum": checksum}
        first = threading.Thread(target=download, args=[tmp_path / "release"], kwargs=arguments)
        first.start()
        assert half_sent.wait(60)
        with pytest.raises(DciError, match="another download is writing .*dci.tar.gz; wait for it"):
            download(tmp_path / second, **arguments)
        go_on.set()
        first.join(60)
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    assert json.loads((tmp_path / "release" / "splits.json").read_text())["test"] == ["1-data.json"]


def test_photos(tmp_path: Path) -> None:
    busy = pytest.raises(DciError, match="another run is writing photos")
    with exclusive(tmp_path / ".lock", ""), busy:
        extract_photos(tmp_path / "sa.tar", tmp_path, ["sa_1.jpg"])
    assert not list(tmp_path.iterdir())


class Evaluation:
    """The windows of 3 * WINDOW images of the sample, by a small model."""

    def __init__(self, processor: Any) -> None:
        self.source = open_source(None, "sdci", ["train"], photos=None, revision=None, limit=3 * WINDOW)
        self.encoder = load_encoder(make_clip(), processor)

    def windows(self, cache: WindowCache | None, num_workers: int = 0) -> Iterator[Window]:
        return encoded_windows(
            self.source.readers(), self.encoder, Scm().items, Run(cache=cache, num_workers=num_workers)
        )


@pytest.fixture(scope="module")
def evaluation(processor: Any) -> Evaluation:
    return Evaluation(processor)


@pytest.fixture(scope="module")
def expected(evaluation: Evaluation) -> list[Window]:
    return list(evaluation.windows(None))


def assert_same(found: list[Window], expected: list[Window]) -> None:
    assert len(found) == len(expected) == 3
    for one, other in zip(found, expected, strict=True):
        assert [item.image_id for item in one.items] == [item.image_id for item in other.items]
        torch.testing.assert_close(one.images, other.images)
        assert one.tokens == other.tokens


@pytest.mark.parametrize("num_workers", [0, 1])
def test_evaluations_with_one_cache(
    evaluation: Evaluation, expected: list[Window], tmp_path: Path, num_workers: int
) -> None:
    """While the first is at its first window, the second keeps the next one, and not the last."""
    first, second = (evaluation.windows(WindowCache(tmp_path, {}), workers) for workers in (num_workers, 0))
    found = [next(first)]
    for _ in range(2):
        next(second)
    assert_same([*found, *first], expected)
    assert_same(list(evaluation.windows(WindowCache(tmp_path, {}))), expected)


def test_a_cache_that_another_evaluation_removes(
    evaluation: Evaluation, expected: list[Window], tmp_path: Path
) -> None:
    cache = WindowCache(tmp_path, {})
    first = evaluation.windows(cache)
    found = [next(first)]
    shutil.rmtree(cache.folder)
    assert_same([*found, *first], expected)
