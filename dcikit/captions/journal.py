"""The answers of one image on disk, so that a run that ends early asks nothing twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO

from dcikit.files.strict_json import parse_strictly

from .request import Answer, ChatClient, Request


class Journal:
    """Passes requests on and keeps each answer, as a line of a file, before it is used.

    Args:
        path: the file; what it holds already is answered from it. Lines of it may be damaged, the last one torn.
        client: asked what is not there; None: nothing is ever asked.
        settings: hash of the settings that the answers depend on.
    """

    def __init__(self, path: Path, client: ChatClient | None, settings: str) -> None:
        self.path = path
        self.client = client
        self.settings = settings
        self._known: dict[str, Answer] = {}
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Journal:
        self._file = open(self.path, "a+b")
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if line.endswith(b"\n"):  # or it was torn
                whole += len(line)
                self._read(line)
        self._file.truncate(whole)
        return self

    def _read(self, line: bytes) -> None:
        """Takes an answer; a damaged line loses its own only."""
        try:
            entry = parse_strictly(line)
            text, finished, tokens = entry["text"], entry["finished"], entry["tokens"]
            if type(text) is str and type(finished) is bool and type(tokens) is int and type(entry["key"]) is str:
                self._known[entry["key"]] = Answer(text, finished, tokens)
        except (ValueError, TypeError, KeyError):
            pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    async def ask(self, request: Request) -> Answer:
        key = request.key(self.settings)
        if key not in self._known:
            if self.client is None or self._file is None:
                raise RuntimeError("a writer that asks was given no client")
            answer = await self.client.ask(request)
            self._file.write(json.dumps({"key": key, **asdict(answer)}).encode() + b"\n")
            self._file.flush()
            self._known[key] = answer
        return self._known[key]
