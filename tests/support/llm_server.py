"""An OpenAI-compatible server on the loopback that stands for a language model, and misbehaves on demand.

The answer follows from the prompt and the seed alone. `Trouble` says how often, and to which requests, something else
happens; whether it does follows from the request too, and from how often it has come.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NOUNS = "zebra piano lighthouse cactus submarine".split()

RAMBLE = "Certainly! Here is what I came up with for you, after some thought:\n\nA nice picture.\n\nI hope this helps!"
REFUSAL = "I'm sorry, but I can't assist with describing this picture."


@dataclass
class Trouble:
    """Shares of the requests, 0 to 1.

    Attributes:
        failing: statuses (500, 429, ...), "stall", "garbage" (no JSON), "no choices" or "hang up" -> share that fails
            so at its first `times` attempts.
        times: see above.
        answering: "refuse", "ramble", "broken json", "empty", "echo", "cut", "long" -> share answered so.
        delay: seconds before every answer.
        retry_after: value of that header, with 429.
        dead: nothing but 503 from now on.
    """

    failing: dict[str, float] = field(default_factory=dict)
    times: int = 1
    answering: dict[str, float] = field(default_factory=dict)
    delay: float = 0.0
    retry_after: str | None = None
    dead: bool = False


@dataclass
class LoopbackLlm:
    """The server, with what it has seen.

    Attributes:
        answer: prompt (its JSON where there is an image), seed and manner -> text and finish_reason.
        requests: prompt and seed -> times asked.
        sent: statuses and troubles -> times.
        most: the largest number of requests in work at the same time.
        headers: of the last request.
    """

    trouble: Trouble
    answer: Callable[[str, int, str | None], tuple[str, str]]
    url: str = ""
    requests: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    most: int = 0
    working: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def chosen(shares: dict[str, float], key: str) -> str | None:
    """Which of the shares a request falls into."""
    point = random.Random(key).random()
    for name, share in shares.items():
        point -= share
        if point < 0:
            return name
    return None


def answer(prompt: str, seed: int, manner: str | None) -> tuple[str, str]:
    """Text and finish_reason."""
    text = re.split(r"\n(?:Text|Caption|True caption):\n", prompt)[-1].rsplit("\n\n", 1)[0]
    rng = random.Random(f"{seed} {text}")
    if manner in ("refuse", "ramble", "empty", "broken json"):
        return {"refuse": REFUSAL, "ramble": RAMBLE, "empty": " \n", "broken json": '{"caption": "A pict'}[
            manner
        ], "stop"
    if manner == "echo":
        return prompt, "stop"
    sentences = re.split(r"(?<=\.)\s+|\n", text)
    words = int(re.search(r"(\d+) words", prompt)[1])  # type: ignore[index]
    if manner == "long":
        return " ".join((text.replace("\n", " ") + " ") * 9).strip()[:3000], "stop"
    if "Captions:" in prompt:
        found = "\n".join(f"{rng.choice(sentences)} {rng.choice(sentences)}" for _ in range(5))
    elif prompt.endswith("Shorter caption:"):
        found = " ".join(text.split()[:words])
    elif "pair them anew" in prompt:
        parts = text.split()
        one, other = rng.sample(range(len(parts)), 2) if len(parts) > 1 else (0, 0)
        parts[one], parts[other] = parts[other], parts[one]
        found = " ".join(parts)
    elif prompt.endswith("Wrong caption:"):
        parts = text.split()
        parts[rng.randrange(len(parts))] = rng.choice(NOUNS)
        found = " ".join(parts)
    else:
        start = rng.randrange(min(3, len(sentences)))
        found = " ".join(" ".join(sentences[start:]).split()[:words])
    return found, "length" if manner == "cut" else "stop"


def _handler(llm: LoopbackLlm) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with llm.lock:
                llm.working += 1
                llm.most = max(llm.most, llm.working)
            try:
                self._respond(body)
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                with llm.lock:
                    llm.working -= 1

        def _respond(self, body: dict[str, Any]) -> None:
            trouble, prompt = llm.trouble, body["messages"][-1]["content"]
            prompt = prompt if isinstance(prompt, str) else json.dumps(prompt)
            key = hashlib.sha256(f"{prompt} {body.get('seed')}".encode()).hexdigest()
            with llm.lock:
                llm.requests[key] += 1
                llm.headers = dict(self.headers)
                attempt = llm.requests[key]
            failure = chosen(trouble.failing, "failing" + key) if attempt <= trouble.times else None
            failure = "503" if trouble.dead else failure
            time.sleep(trouble.delay)
            if self.path != "/v1/chat/completions":
                failure = "404"
            with llm.lock:
                llm.sent[failure or "200"] += 1
            if failure == "stall":
                time.sleep(1.5)
            elif failure == "hang up":
                self.close_connection = True
                self.connection.close()
                return
            elif failure in ("garbage", "no choices"):
                return self._send(200, b"<html>" if failure == "garbage" else b'{"object": "error", "message": "no"}')
            elif failure is not None:
                return self._send(int(failure), b'{"error": {"message": "trouble"}}', trouble.retry_after)
            text, reason = llm.answer(prompt, body.get("seed", 0), chosen(trouble.answering, "answering" + key))
            tokens = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "finish_reason": reason, "message": message}
            usage = tokens | {"total_tokens": sum(tokens.values())}
            output = {"id": "1", "created": 0, "model": body["model"], "choices": [choice], "usage": usage}
            self._send(200, json.dumps(output | {"system_fingerprint": "", "object": "chat.completion"}).encode())

        def _send(self, status: int, data: bytes, retry_after: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 429 and retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(data)

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed here on purpose."""


@contextmanager
def llm_server(
    trouble: Trouble | None = None, answer: Callable[[str, int, str | None], tuple[str, str]] = answer
) -> Iterator[LoopbackLlm]:
    """Serves on a free port of the loopback while the context lasts."""
    llm = LoopbackLlm(trouble or Trouble(), answer)
    server = _Server(("127.0.0.1", 0), _handler(llm))
    llm.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield llm
    finally:
        server.shutdown()
        server.server_close()
