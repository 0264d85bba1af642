"""Requests per second of `dci generate` against a plain concurrent client, on the same loopback server.

    python benchmarks/generate.py [--images 200] [--concurrency 32] [--delay 0.1]

The server is a process of its own that answers after `--delay` seconds; no model runs, so what is measured is what our
side costs. The plain client sends the very same requests, recorded from the run of `dci generate`, from as many threads
with one kept-alive connection each, and does nothing with the answers.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def serve(delay: float, pipe: Connection) -> None:
    from support.llm_server import Trouble, llm_server

    with llm_server(Trouble(delay=delay)) as llm:
        pipe.send(llm.url)
        pipe.recv()


class Recorded:
    """Passes requests on and remembers them."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.requests: list[Any] = []

    @property
    def identity(self) -> dict[str, Any]:
        return self.model.identity

    async def answer(self, request: Any) -> Any:
        self.requests.append(request)
        return await self.model.answer(request)

    async def close(self) -> None:
        await self.model.close()


def plain_client(url: str, bodies: list[bytes], concurrency: int) -> float:
    """Seconds for all bodies, from `concurrency` threads."""
    queue: SimpleQueue[bytes] = SimpleQueue()
    for body in bodies:
        queue.put(body)
    address = urlsplit(url)

    def work() -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        while True:
            try:
                body = queue.get_nowait()
            except Empty:
                return connection.close()
            connection.request("POST", f"{address.path}/chat/completions", body, {"Content-Type": "application/json"})
            json.loads(connection.getresponse().read())

    threads = [threading.Thread(target=work) for _ in range(concurrency)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--delay", type=float, default=0.1)
    options = parser.parse_args()

    import transformers

    from dcikit.captions import ChatServer, Dispatcher, PromptedWriter, Store, Tokens, generate, load_prompts
    from dcikit.data.release import Release
    from dcikit.data.sample import sample_folder
    from dcikit.encoders.models import TINY_CLIP

    release = Release(sample_folder())
    names = release.names("train")[: options.images]
    tokens = Tokens(transformers.AutoTokenizer.from_pretrained(TINY_CLIP))
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(options.delay, there), daemon=True)
    server.start()
    url = here.recv()
    with tempfile.TemporaryDirectory() as folder:
        model = Recorded(ChatServer(url, "stand-in", concurrency=options.concurrency))
        client = Dispatcher(model, concurrency=options.concurrency)
        writer = PromptedWriter(model.identity, load_prompts(), tokens)
        start = time.perf_counter()
        outcome = generate(
            Store(release, Path(folder) / "out"), writer, names, client=client, images_at_once=options.concurrency
        )
        ours = time.perf_counter() - start
        again = time.perf_counter()
        generate(Store(release, Path(folder) / "out"), writer, names, client=client, images_at_once=options.concurrency)
        again = time.perf_counter() - again
    bodies = [
        json.dumps(
            {
                "model": "stand-in",
                "messages": [{"role": "user", "content": request.prompt}],
                "max_tokens": request.max_tokens,
                "temperature": 0.7,
                "seed": request.seed,
            }
        ).encode()
        for request in model.requests
    ]
    plain = plain_client(url, bodies, options.concurrency)
    here.send("end")
    server.join()
    count, limit = len(bodies), options.concurrency / options.delay if options.delay else float("inf")
    print(f"{len(names)} images, {outcome.regions} regions, {count} requests, {options.concurrency} at once,")
    print(f"server answers after {options.delay:g} s: at most {limit:,.0f} requests/s")
    print(f"dci generate   {count / ours:8.1f} requests/s   {ours:6.2f} s, captions checked and written")
    print(f"plain client   {count / plain:8.1f} requests/s   {plain:6.2f} s, answers thrown away")
    print(f"resuming what is done: {again:.2f} s")


if __name__ == "__main__":
    main()
