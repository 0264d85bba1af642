"""The Space of a metric: its files in a folder, and its page, served."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcikit.hub.metric_repo import metric_files

from .elsewhere import NOT_OURS


def write_space(repo_id: str, folder: Path) -> Path:
    """What would be published, in a folder called after the metric."""
    space = folder / repo_id.split("/")[-1]
    for path, content in metric_files(repo_id).items():
        (space / path).parent.mkdir(parents=True, exist_ok=True)
        (space / path).write_bytes(content)
    return space


@contextmanager
def served(space: Path, log: Path) -> Iterator[str]:
    """The address of its page, which runs without our package."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    environment.pop("PYTHONPATH", None)
    start = NOT_OURS + "import runpy; sys.path.insert(0, '.'); runpy.run_path('app.py', run_name='__main__')"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", start], cwd=space, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
