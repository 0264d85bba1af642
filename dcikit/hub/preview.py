"""Runs the page of a metric's Space on this machine, from the files that would be published."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .publish import Upload


def preview(upload: Upload) -> int:
    """Serves the page until it is interrupted; prints its address, as gradio does.

    Returns:
        The exit status of the page.

    Raises:
        ValueError: if gradio is not installed.
    """
    if importlib.util.find_spec("gradio") is None:
        raise ValueError("a preview needs gradio; install it: pip install 'dcikit[space]'")
    with tempfile.TemporaryDirectory(prefix="dci-preview-") as folder:
        for path, content in upload.files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        environment = {**os.environ, "SPACE_ID": upload.repo_id, "GRADIO_ANALYTICS_ENABLED": "False"}
        process = subprocess.Popen([sys.executable, "app.py"], cwd=folder, env=environment)
        try:
            return process.wait()
        finally:
            process.terminate()
            process.wait()
