"""What `dci eval` reads: rows straight from a release, and the embeddings that an earlier run kept."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dci_dataset import Release
    from dci_metric.cache import WindowCache
    from dci_metric.encoder import Encoder

Row = Mapping[str, Any]


def sdci_reader(release: Release, name: str, photo: bool = True) -> Row:
    """A row of config `sdci`. `load_dataset` would list and hash all files of the release first."""
    from dci_dataset.rows import sdci_row

    return sdci_row(release.read(name, summaries=True, photo=photo))


def dci_reader(release: Release, name: str) -> Row:
    """A row of config `dci`."""
    from dci_dataset.rows import dci_row

    return dci_row(release.read(name, summaries=False))


def blank_reader(release: Release, name: str) -> Row:
    """A row of config `sdci` with a grey photo."""
    from dci_metric.blind import without_photo

    return without_photo(sdci_reader(release, name))


def embedding_cache(encoder: Encoder, release: Release, summaries: bool, run: dict[str, Any]) -> WindowCache:
    """The cache of this very run: another model, release, split or batch size has another one."""
    from huggingface_hub.constants import HF_HOME

    from dci_metric.cache import WindowCache

    identity = {
        "model": encoder.weights_hash(),
        "dtype": encoder.dtype,
        "device": encoder.device.type,
        "context": encoder.context,
        "image_processor": str(encoder.preprocessor.image_processor),
        "data": release.fingerprint(summaries=summaries, photos=True),
        "versions": [version(package) for package in ("dci", "torch", "transformers", "pillow")],
        **run,
    }
    return WindowCache(Path(HF_HOME) / "dci" / "embeddings", identity)
