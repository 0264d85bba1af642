"""The pinned versions: does what setup.cfg asks for resolve to them, on every Python and system that is supported?

python scripts/constraints.py             # checks, in about a minute
python scripts/constraints.py --update    # pins what setup.cfg newly asks for, and leaves other pins alone
"""

from __future__ import annotations

import argparse
import configparser
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
SYSTEMS = ("linux", "macos", "windows")
FIXED = {
    "constraints.txt": ("torch==2.13.0",),
    "constraints-oldest.txt": ("torch==2.13.0", "datasets==3.6.0", "huggingface_hub==0.36.2", "transformers==4.57.6"),
}
"""File -> the versions in it that are chosen; the others are the newest that go with them."""
NO_WHEEL = "jsonpath-rw"
"""Pure Python, which mlcroissant needs: pip builds it anywhere."""


def requirements() -> str:
    """What setup.cfg asks for with the extra `dev`, one a line."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config["options"]["install_requires"] + config["options.extras_require"]["dev"]


def resolve(asked: str, *options: str) -> str:
    """What uv resolves the requirements to, one pin a line."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--no-annotate", "--no-header", "--quiet", *options]
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}  # the oldest that torch has wheels for
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=300, cwd=ROOT, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(options)}:\n{done.stderr}")
    return done.stdout


def update(name: str) -> None:
    asked = "\n".join((requirements(), *FIXED[name]))
    resolve(asked, "--universal", "--python-version", PYTHONS[0], "--output-file", name)


def check(place: tuple[str, str, str]) -> str:
    """Every pin has a wheel there, and nothing that would be installed is unpinned."""
    name, python, system = place
    pinned = {line.split("==")[0] for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
    where = ("--python-version", python, "--python-platform", system)
    found = resolve(
        requirements(), "--constraint", name, "--only-binary", ":all:", "--no-binary", NO_WHEEL, *where
    ).splitlines()
    unpinned = sorted({line.split("==")[0] for line in found} - pinned)
    if unpinned:
        sys.exit(f"{name} must pin {', '.join(unpinned)}; run python scripts/constraints.py --update")
    return f"{name}: Python {python} on {system}, {len(found)} packages"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    if parser.parse_args().update:
        for name in FIXED:
            update(name)
    with ThreadPoolExecutor(8) as pool:  # it waits for the index most of the time
        for line in pool.map(check, product(FIXED, PYTHONS, SYSTEMS)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
