"""`dci download`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .bytes import byte_progress
from .console import Console

_LICENCE = """The annotations of Densely Captioned Images are under CC-BY-NC 4.0
(https://creativecommons.org/licenses/by-nc/4.0/): not for commercial use, and with attribution.
Run the command again with --accept-licence if you accept that."""

_PHOTOS = """The photos are SA-1B's, under a licence of their own, and everybody gets them from Meta:
  1. Open https://ai.meta.com/datasets/segment-anything-downloads/ and accept the SA-1B licence.
  2. Take the link of sa_000138.tar out of the list of links (a text file) that you get. It expires after some days.
  3. curl -C - -o sa_000138.tar "LINK"   (11.3 GB; the same command goes on after an interruption)
  4. dci photos sa_000138.tar --output-dir {folder}"""


def download_command(
    output_dir: Annotated[Path, typer.Option(help="The release folder to make.")] = Path("densely_captioned_images"),
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="You accept CC-BY-NC 4.0.")] = False,
    url: Annotated[str | None, typer.Option(help="Another place of dci.tar.gz, such as a mirror.")] = None,
    sha256: Annotated[str | None, typer.Option(help="Its checksum, for another version of the archive.")] = None,
) -> None:
    """Fetch the annotations (871 MB), check and unpack them. Goes on where it was interrupted."""
    from dcikit.hub.download import SHA256, URL, download

    if not accept_licence:
        raise ValueError(_LICENCE)
    with byte_progress("Downloading and unpacking") as advance:
        download(output_dir, url=url or URL, checksum=sha256 or SHA256, advance=advance)
    console = Console()
    console.print(f"The release is in {output_dir}", highlight=False, soft_wrap=True)
    console.print(_PHOTOS.format(folder=output_dir), markup=False, highlight=False, soft_wrap=True)
