"""What the tests of `dci generate` share: a small release without complete/, a run over it, and what it wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dcikit.captions import Outcome, Store, generate
from dcikit.data.release import Release


def plain_release(sample: Path, folder: Path, images: int) -> Path:
    """The sample's first test images, one of them in train, without complete/."""
    names = Release(sample).names("test")[:images]
    for part in ("annotations", "photos"):
        (folder / part).mkdir(parents=True)
    for name in names:
        shutil.copy(sample / "annotations" / name, folder / "annotations")
        shutil.copy(sample / "photos" / f"sa_{name.split('-')[0]}.jpg", folder / "photos")
    (folder / "splits.json").write_text(json.dumps({"train": names[:1], "valid": [], "test": names[1:]}))
    return folder


def run(folder: Path, writer: Any, output: Path | None = None, **options: Any) -> Outcome:
    """`generate` over all images of a folder."""
    release = Release(folder)
    names = [name for split in release.splits.values() for name in split]
    return generate(Store(release, output), writer, names, **options)


def tree(folder: Path) -> dict[str, bytes]:
    """All that a run writes and that does not depend on when it ran."""
    kept = [*(folder / "complete").glob("*"), *(folder / "generation" / "regions").glob("*")]
    kept += [folder / "generation" / name for name in ("report.json", "settings.json")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept}


def command(*arguments: str | Path, capsys: Any) -> tuple[int, str, str]:
    """`dci ...` in this process: status, stdout, stderr."""
    from dcikit.cli.main import main

    status = main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def command_process(arguments: Sequence[str | Path]) -> subprocess.Popen[str]:
    """`dci ...` as a process, to be killed; it may reach the loopback."""
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    line = [sys.executable, "-m", "dcikit", *map(str, arguments)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
