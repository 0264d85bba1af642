"""Runs code in an interpreter that finds nothing of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NOT_OURS = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("dci_metric", "dci_dataset", "dcikit"):
            raise ModuleNotFoundError(f"{name} is not to be used", name=name)
sys.meta_path.insert(0, Refuse())
"""
"""Makes an environment of one without our packages."""


def elsewhere(code: str, folder: Path, *arguments: object, hub: str | None = None) -> str:
    """What Python prints without our packages and with an empty cache below the folder; it must succeed.

    Args:
        code: has `sys`, and the arguments in `sys.argv[1:]`.
        folder: where it runs.
        hub: the address of a Hub; None: offline.
    """
    environment = {**os.environ, "HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "1"}
    if hub is not None:
        environment |= {"HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", NOT_OURS + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
