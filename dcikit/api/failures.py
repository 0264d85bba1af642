"""The data behind a file of samples, to show what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dcikit.results.report.failure import Explain
from dcikit.results.report.pair_failures import pair_failures
from dcikit.results.report.scm_failures import scm_failures
from dcikit.results.sample_reader import read_header
from dcikit.schema.errors import ArgumentError
from dcikit.schema.results import Results


def explain_failures(samples: Path, dataset: str | None = None, photos: Path | None = None) -> Explain | None:
    """Looks into the data that was scored; None if nobody says where they are.

    Args:
        samples: a file of `dci eval --log-samples`.
        dataset: of SCM and grounding the release folder; of pairs a folder, a file, or a name on the Hub,
            None: the folder or file that the samples name, if it is there.
        photos: of pairs, the folder of the photos that rows name.

    Raises:
        ArgumentError: if the data cannot be read.
    """
    header = read_header(samples)
    if header.task == "pairs":
        return _pairs(header, samples, dataset, photos)
    if photos is not None:
        raise ArgumentError("`photos` is for samples of task pairs")
    if header.task not in ("scm", "grounding"):
        return None
    return scm_failures(_release_rows(Path(dataset), samples), samples) if dataset else None


def _pairs(header: Results, samples: Path, dataset: str | None, photos: Path | None) -> Explain | None:
    from dcikit.tasks.pairs import BENCHMARKS, open_benchmark

    scored = header.dataset.id
    if dataset is None and not Path(scored).exists():
        return None
    data = dataset or scored
    if header.protocol.name not in BENCHMARKS:
        _, rows = open_benchmark(data, photos=photos)
    else:
        _, rows = open_benchmark(header.protocol.name, data if Path(data).exists() else None, photos=photos)
    return pair_failures(rows.case, samples)


def _release_rows(folder: Path, samples: Path) -> Callable[[str], Mapping[str, Any]]:
    """image_id -> its row of config sdci, read when it is asked for."""
    from dcikit.data.release import Release
    from dcikit.data.rows import sdci_row

    release = Release(folder)
    known = set(release.all_names)

    def row(image_id: str) -> Mapping[str, Any]:
        name = f"{image_id}-data.json"
        if name not in known:
            raise ArgumentError(f"{samples} has image {image_id}, {folder} has not; give the data that was scored")
        return sdci_row(release.read(name, summaries=True))

    return row
