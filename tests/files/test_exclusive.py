"""One process at a time; a killed one blocks nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dcikit.files.exclusive import exclusive
from dcikit.schema.errors import DciError

_HOLD = """
import sys, time
from pathlib import Path
from dcikit.files.exclusive import exclusive
with exclusive(Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(DciError, match="wait for the other run"), exclusive(path, "wait for the other run"):
        pass
    holder.kill()
    holder.communicate()
    with exclusive(path, "busy"):
        pass


def test_it_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), exclusive(tmp_path / "lock", "busy"):
        raise RuntimeError
    with exclusive(tmp_path / "lock", "busy"):
        pass
