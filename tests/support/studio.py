"""Pages of the studio on a real server, for a real browser."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import APIRouter

from dcikit.studio.app import make_app
from dcikit.studio.server import address, listen

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def served(routers: Iterable[APIRouter], port: int = 0) -> Iterator[str]:
    """The URL of pages that are served inside the block."""
    with listen("127.0.0.1", port) as listening:
        server = uvicorn.Server(uvicorn.Config(make_app(routers), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield address(listening)
        finally:
            server.should_exit = True
            thread.join()
