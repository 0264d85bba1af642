"""Servers that send without end, lie about lengths, or ask to wait for ever."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dcikit.captions import ChatServer
from dcikit.captions.checks import split_list
from dcikit.captions.dispatcher import Dispatcher
from dcikit.captions.journal import Journal
from dcikit.captions.request import Answer, Request, RequestError
from dcikit.files import limits
from dcikit.files.retry import ServerWait, retry_after
from dcikit.hub import download as module
from dcikit.hub.download import fetch
from dcikit.schema.errors import DciError

BLOCK = b"x" * 2**16


class Reply:
    """What a server answers every time.

    Attributes:
        body: blocks, perhaps without end.
        sent: bytes that were taken of it.
        requests: how many came.
    """

    def __init__(self, body: Any, status: int = 200, **headers: str) -> None:
        self.body, self.status, self.headers = body, status, headers
        self.sent = self.requests = 0


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply.requests += 1
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            try:
                for block in reply.body():
                    self.wfile.write(block)
                    reply.sent += len(block)
            except OSError:
                pass

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests are offline, and huggingface_hub then keeps from the loopback too."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


async def asked(url: str, timeout: float = 60) -> Answer:
    model = ChatServer(f"{url}/v1", "m", timeout=timeout)
    try:
        return await model.answer(Request("a dog", 0, 16))
    finally:
        await model.close()


BODIES: dict[str, Reply] = {
    "without end": Reply(lambda: itertools.repeat(BLOCK)),
    "longer than it says": Reply(lambda: itertools.repeat(BLOCK), Content_Length=str(2**40)),
    "an error without end": Reply(lambda: itertools.repeat(BLOCK), 500),
    "a refusal without end": Reply(lambda: itertools.repeat(BLOCK), 403, Content_Length=str(2**40)),
    "a gzip bomb": Reply(lambda: [gzip.compress(bytes(2**27))], Content_Encoding="gzip"),
}


@pytest.mark.parametrize("case", BODIES)
def test_an_answer_without_end(online: None, case: str) -> None:
    """The reading stops soon: far more than is taken may be on its way in the system's buffers."""
    reply = BODIES[case]
    with serving(reply) as url, pytest.raises(RequestError):
        asyncio.run(asked(url))
    assert reply.sent < limits.ANSWER_BYTES + 2**24


def test_an_answer_that_drips(online: None) -> None:
    """A byte now and then: the time limit is of the whole answer."""

    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.05)
            yield b" "

    with serving(Reply(drip)) as url, pytest.raises(RequestError, match="did not answer in time"):
        asyncio.run(asked(url, timeout=0.5))


def completion(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "created": 1, "model": "m", "choices": [choice]}).encode()


ANSWERS = [
    "[" * 3000,
    "{" * 3000,
    "<a>" * 20_000,
    "\x00\x1b[31m",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
]


@pytest.mark.parametrize("text", ANSWERS, ids=range(len(ANSWERS)))
def test_an_answer_does_not_end_later_runs(online: None, tmp_path: Path, text: str) -> None:
    """It is kept once, and read again from the journal: the server is asked once."""
    reply = Reply(lambda: [completion(text)])
    request = Request("a dog", 0, 16)
    with serving(reply) as url:
        for _ in range(2):
            client = Dispatcher(ChatServer(f"{url}/v1", "m"), retries=0)
            with Journal(tmp_path / "journal", client, "s") as journal:
                found = asyncio.run(_through(journal, client, request))
            assert found.text == text
            split_list(found.text)
    assert reply.requests == 1


async def _through(journal: Journal, client: Dispatcher, request: Request) -> Answer:
    try:
        return await journal.ask(request)
    finally:
        await client.close()


@pytest.mark.parametrize("value", ["86400", "1e13", "1e400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_of_a_day_and_more(value: str) -> None:
    class Asked(Exception):
        outcome = property(lambda self: self)

        def exception(self) -> BaseException:
            return self

    wait = ServerWait(lambda error: retry_after(value), first=1)
    assert wait(Asked()) == limits.WAIT_SECONDS  # type: ignore[arg-type]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT", 0.0)


DOWNLOADS = {
    "without end": (Reply(lambda: itertools.repeat(BLOCK)), "sends more than"),
    "of more than the disk has": (Reply(lambda: [BLOCK], Content_Length=str(2**60)), "are needed; make room"),
    "of fewer bytes than it says": (Reply(lambda: [], Content_Length="1000"), "it goes on at 0 bytes"),
    "of no number of bytes": (Reply(lambda: [BLOCK], Content_Length="many"), "has the sha256"),
    "of a negative number": (Reply(lambda: [BLOCK], Content_Length="-5"), "has the sha256"),
    "of another number system": (Reply(lambda: [BLOCK], Content_Length="\xb2"), "has the sha256"),
}


@pytest.mark.parametrize("case", DOWNLOADS)
def test_downloads(impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr(module, "DOWNLOAD_BYTES", 2**21)
    reply, message = DOWNLOADS[case]
    with serving(reply) as url, pytest.raises((DciError, OSError), match=message):
        fetch(f"{url}/dci.tar.gz", tmp_path / "dci.tar.gz", "0" * 64)
    assert not any(path.stat().st_size for path in tmp_path.iterdir())


def test_a_download_goes_on_after_a_server_that_did_not_end(
    impatient: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first server sent is not what is wanted: the checksum says so, and the next run begins anew."""
    monkeypatch.setattr(module, "DOWNLOAD_BYTES", 2**20)
    checksum = hashlib.sha256(b"data").hexdigest()
    with serving(Reply(lambda: itertools.repeat(BLOCK))) as url, pytest.raises(DciError):
        fetch(f"{url}/dci.tar.gz", tmp_path / "dci.tar.gz", checksum)
    with serving(Reply(lambda: [b"data"], Content_Length="4")) as url:
        fetch(f"{url}/dci.tar.gz", tmp_path / "dci.tar.gz", checksum)
    assert (tmp_path / "dci.tar.gz").read_bytes() == b"data"
