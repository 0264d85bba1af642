"""Pages of the studio for a client of their API, and on a real server for a real browser."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import APIRouter
from fastapi.testclient import TestClient

from dcikit.data.release import Release
from dcikit.studio.app import make_app
from dcikit.studio.explore.collection import Collection, ReleaseCollection
from dcikit.studio.explore.index import Index
from dcikit.studio.explore.routes import explore_routes
from dcikit.studio.explore.search import Search
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


def indexed(collection: Collection, folder: Path) -> Search:
    """A search of all of a collection; its index is in `folder`."""
    index = Index(collection, folder)
    index.update()
    return Search(index)


def explore_client(release: Path, folder: Path) -> TestClient:
    """Explore of a release, its index in `folder`."""
    search = indexed(ReleaseCollection(Release(release), release.name), folder)
    return TestClient(make_app([explore_routes(search)]), base_url="http://localhost:8765")
