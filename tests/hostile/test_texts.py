"""JSON, YAML, names and answers that are meant to steer, to grow or to tell."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from dcikit.captions import ChatServer
from dcikit.captions.checks import split_list
from dcikit.captions.journal import Journal
from dcikit.captions.request import Answer, Request, RequestError
from dcikit.cli.console import Console
from dcikit.data.parse import parse_record
from dcikit.files.json_node import Node
from dcikit.files.json_values import integer
from dcikit.files.limits import SUBMASKS
from dcikit.files.redact import plain, public_url, redacted, secrets_of
from dcikit.files.retry import retry_after
from dcikit.files.strict_json import parse_strictly
from dcikit.files.strict_yaml import parse_yaml
from dcikit.hub.download import fetch
from dcikit.schema.errors import ArgumentError, DataError

JSON = {
    "a key twice": '{"a": 1, "a": 2}',
    "NaN": '{"a": NaN}',
    "Infinity": "[-Infinity]",
    "100,000 lists": "[" * 100_000,
    "100,000 lists, closed": "[" * 100_000 + "]" * 100_000,
    "100,000 objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "an endless number": "1" * 100_000,
    "a comma too many": "[1,]",
    "two values": "1 2",
    "nothing": "",
    "a byte order mark": "\ufeff{}",
}


@pytest.mark.parametrize("case", JSON)
def test_json(case: str) -> None:
    with pytest.raises(ValueError, match="."):
        parse_strictly(JSON[case])


def test_an_error_shows_little_of_what_it_refuses() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for value in (deep, "x" * 10**6, list(range(10**5))):
        with pytest.raises(DataError) as caught:
            Node({"a": value}, "file.json").get("a", integer)
        assert len(str(caught.value)) < 300


LAUGHS = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
YAML = {
    "aliases of aliases": LAUGHS,
    "one that holds itself": "&a [*a]",
    "an object of Python": "!!python/object/apply:os.system ['true']",
    "10,000 lists": "[" * 10_000 + "]" * 10_000,
    "a million lists": "[" * 2**20,
    "500,000 mappings": "{a: " * 2**18,
    "lists of lists, without brackets": "- " * 2**19,
    "2 MB": "a" * 2**21,
    "a date that is none": "2023-13-45",
    "a list for a key": "? [a]\n: b",
    "control characters": "a: \x1b[31m",
}


@pytest.mark.parametrize("case", YAML)
def test_yaml(case: str) -> None:
    with pytest.raises(yaml.YAMLError):
        parse_yaml(YAML[case])


def test_2_to_the_40_ways_through_a_tree_of_masks() -> None:
    masks = {
        str(index): {"idx": index, "parent": index - 1, "requirements": [index + 1] * 2, "bounds": None}
        for index in range(40)
    }
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
    texts = {"label": "", "caption": "", "mask_quality": 0, "area": 1, "outer_mask": png}
    document = {"image": "a.jpg", "short_caption": "", "extra_caption": "", "mask_data": {}}
    document["mask_data"] = {key: {**mask, **texts} for key, mask in masks.items()}
    record, defects = parse_record(Node(document, "a-data.json"), "a", photo_size=(1, 1))
    assert record is None
    assert any(f"more than {SUBMASKS:,} ways" in str(defect) for defect in defects)


NASTY = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b2J",
    "a\rb",
    "\u202egnp.exe",
    "[/x]",
    "[bold]b[/]",
    ":smile:",
    "a\x00b",
]


@pytest.mark.parametrize("text", NASTY)
def test_names_are_shown_as_text(text: str) -> None:
    file = io.StringIO()
    Console(file=file, force_terminal=True, color_system=None, width=80).print(text, highlight=False)
    shown = file.getvalue()
    assert shown == plain(text) + "\n"
    assert not set(shown[:-1]) & set("\x1b\x07\x9b\r\u202e\0")


def test_text_of_every_language_stays() -> None:
    text = "Ein Hünd\tund 犬 🐕 و\n"
    assert plain(text) == text


ADDRESSES = [
    "https://user:s3cret!@host:8000/v1",
    "https://s3cret!@host/v1",
    "https://host/v1?sig=s3cret!",
    "http://a:s3cret%21@host",
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses_without_secrets(url: str) -> None:
    assert "s3cret" not in public_url(url)
    assert "s3cret" not in redacted(f"could not reach {url}: bad port 's3cret!@host'", *secrets_of(url))


@pytest.mark.parametrize("text", ["token hf_AbCdEfGh123456", "Authorization: Bearer s3cret", "see https://a:b@host/x"])
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert "[hidden]" in redacted(text)
    assert not any(secret in redacted(text) for secret in ("AbCdEf", "s3cret", "a:b@"))


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server on the loopback with one answer; gives its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            key = (self.headers.get("Authorization") or "").encode()
            told = body.replace(b"KEY", key)
            self.send_response(status, "key " + key.decode())
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


async def asked(model: ChatServer) -> Answer:
    try:
        return await model.answer(Request("a dog", 0, 16))
    finally:
        await model.close()


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests are offline, and huggingface_hub then keeps from the loopback too."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 500, 200])
def test_a_server_that_echoes_the_key(online: None, status: int) -> None:
    with answering(status, b'{"error": "wrong key KEY"}') as host:
        model = ChatServer(f"http://me:p4ssword@{host}/v1", "m", api_key="k3y-of-mine")
        with pytest.raises(RequestError) as caught:
            asyncio.run(asked(model))
    told = f"{caught.value} {caught.value.__cause__} {model.identity}"
    assert "k3y-of-mine" not in told
    assert "p4ssword" not in told


def completion(text: Any, tokens: Any = 3) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": tokens}
    return json.dumps({"id": "1", "created": 1, "model": "m", "choices": [choice], "usage": usage}).encode()


def test_an_answer_of_8_mb(online: None) -> None:
    with (
        answering(200, completion("dog " * 2**21)) as host,
        pytest.raises(RequestError, match="more than 2,097,152 bytes"),
    ):
        asyncio.run(asked(ChatServer(f"http://{host}/v1", "m")))


@pytest.mark.parametrize("tokens", [10**30, -5, "many", None, True])
def test_tokens_that_nobody_can_have_used(online: None, tokens: Any) -> None:
    with answering(200, completion("a dog", tokens)) as host:
        answer = asyncio.run(asked(ChatServer(f"http://{host}/v1", "m")))
    assert 0 < answer.tokens < 100


@pytest.mark.parametrize("answer", ["[" * 3000, "[" * 3000 + "]" * 3000, '["a", "a"]' + "}" * 3000])
def test_an_answer_of_brackets(answer: str) -> None:
    assert split_list(answer)


@pytest.mark.parametrize("url", ["ftp://u:s3cret@h/v1", "u:s3cret@h", "http://"])
def test_an_address_that_is_none_is_not_shown_whole(url: str) -> None:
    with pytest.raises(ArgumentError, match="`llm` must be a URL") as caught:
        ChatServer(url, "m")
    assert "s3cret@" not in str(caught.value).partition("got")[2] or url.startswith("u:")


def test_a_download_from_a_signed_address(tmp_path: Path) -> None:
    with answering(403, b"") as host, pytest.raises(ValueError, match="the server answered 403") as caught:
        fetch(f"http://{host}/dci.tar.gz?sig=s1gned", tmp_path / "dci.tar.gz", "0" * 64)
    assert "s1gned" not in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "", "soon", "-5", "Fri, 99 Nov 2026 99:00:00 GMT", "\x00"])
def test_retry_after_that_is_no_time(value: str) -> None:
    assert retry_after(value) in (None, 0.0)


LINE = {"key": "k", "text": "a dog", "finished": True, "tokens": 3}
DAMAGED = [
    b"garbage",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"{}",
    json.dumps({**LINE, "text": 3}).encode(),
    json.dumps({**LINE, "tokens": "3"}).encode(),
    json.dumps({**LINE, "key": ["k"]}).encode(),
    b"[" * 100_000,
    b'{"key": "k", "key": "l"}',
]


@pytest.mark.parametrize("damage", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_line_of_a_journal_loses_itself_only(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "journal"
    requests = [Request(f"question {number}", 0, 16) for number in range(3)]
    lines = [
        json.dumps({"key": each.key("s"), "text": f"answer {number}", "finished": True, "tokens": 3}).encode()
        for number, each in enumerate(requests)
    ]
    path.write_bytes(b"\n".join([lines[0], damage, lines[1], lines[2]]) + b"\n" + b'{"key": "torn')
    for _ in range(2):
        with Journal(path, None, "s") as journal:
            answers = [asyncio.run(journal.ask(each)).text for each in requests]
        assert answers == ["answer 0", "answer 1", "answer 2"]
