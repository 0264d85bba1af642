"""Devices, pipes and open files get what is written, and are not replaced."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dcikit.files.outputs import check_output
from dcikit.files.whole_file import whole_file, write_whole


def test_dev_null_stays_a_device() -> None:
    before = os.stat("/dev/null")
    for _ in range(2):
        write_whole(Path("/dev/null"), b"data")
    check_output(Path("/dev/null"))
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode) and after.st_rdev == before.st_rdev
    assert not list(Path("/dev").glob(".null*"))


def test_a_pipe_gets_the_bytes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"data")
    reader.join(30)
    assert found == [b"data"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_gets_nothing_after_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RuntimeError), whole_file(tmp_path / "pipe") as temporary:
        temporary.write_bytes(b"half of i")
        raise RuntimeError


_TO_STDOUT = """
import sys
from pathlib import Path
from dcikit.files.outputs import check_output
from dcikit.files.whole_file import write_whole
print("before", flush=True)
write_whole(Path(sys.argv[1]), b"data\\n")
print("after", flush=True)
"""


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_stdout_in_a_file_goes_on_where_it_is(tmp_path: Path, name: str) -> None:
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", _TO_STDOUT, name], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "before\ndata\nafter\n"
