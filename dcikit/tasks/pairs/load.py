"""Finds the rows of a pair benchmark: on the Hub, in a folder, in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from dcikit.files.json_values import Wrong, array, mapping, text, texts
from dcikit.files.strict_json import parse_strictly
from dcikit.schema.errors import ArgumentError, DataError, first_line

from .benchmark import Benchmark, Raw, Source
from .benchmarks import BENCHMARKS
from .benchmarks.own import own_benchmark
from .benchmarks.vl_checklist import ROWS_OF_A_FILE, SUBSETS, VL_CHECKLIST
from .rows import ArrowRows, PairRows, Part
from .task import Pairs

_FILES = {".parquet": "parquet", ".jsonl": "json"}
"""Suffix of a file of pairs -> the loader of `datasets`."""


def open_benchmark(
    benchmark: str, data: str | Path | None = None, revision: str | None = None, photos: str | Path | None = None
) -> tuple[Pairs, PairRows]:
    """The task and the rows of a pair benchmark.

    Args:
        benchmark: one of `BENCHMARKS`, or a Parquet or JSON Lines file of one's own (`benchmarks.own`).
        data: a folder that `load_dataset` reads instead of the Hub; of a benchmark in several parts the folder that
            has one of each part, called as the part is.
        revision: commit, tag or branch on the Hub; by default the one that is known to be right, or the newest.
        photos: folder of the photos, where rows name them; by default that of `data`, or of the file.

    Raises:
        ArgumentError: if there is no such benchmark, or its rows cannot be loaded.
        DataError: if a file of VL-CheckList is not as the benchmark has it.
    """
    if photos is not None and not Path(photos).is_dir():
        raise ArgumentError(f"`photos` must be a folder, got {photos}")
    if benchmark in BENCHMARKS:
        chosen = BENCHMARKS[benchmark]
        parts, revisions = _parts(chosen, data, revision)
        root = photos if photos is not None else data
    else:
        path = Path(benchmark)
        if path.suffix not in _FILES or not path.is_file():
            raise ArgumentError(
                f"`benchmark` must be one of {', '.join(BENCHMARKS)}, or a .parquet or .jsonl file, got {benchmark}"
            )
        if data is not None or revision is not None:
            raise ArgumentError("`data` and `revision` are for a benchmark by name; leave them out for a file")
        rows, found = _loaded(Source(_FILES[path.suffix], "train"), data_files=str(path))
        chosen = own_benchmark(path.name, rows.columns)
        parts, revisions = [Part(str(path), rows)], [found]
        root = photos if photos is not None else path.parent
    described = {
        "id": str(data or (chosen.sources[0].repo if len(chosen.sources) == 1 else benchmark)),
        "revision": "+".join(dict.fromkeys(revisions)) or None,
        "split": "+".join(dict.fromkeys(source.split for source in chosen.sources)) or "all",
    }
    return Pairs(chosen), PairRows(chosen, parts, described, Path(root) if root is not None else None)


def _parts(benchmark: Benchmark, data: str | Path | None, revision: str | None) -> tuple[list[Part], list[str]]:
    if benchmark is VL_CHECKLIST:
        if data is None:
            raise ArgumentError(
                f"`data` must be the folder `data` of VL-CheckList for {benchmark.name}, which is on no Hub"
            )
        return _vl_checklist(Path(data)), []
    parts, revisions = [], []
    for source in benchmark.sources:
        if data is None:
            rows, found = _loaded(replace(source, revision=revision or source.revision))
            name = source.repo
        else:
            folder = Path(data) / source.subset
            if not folder.is_dir():
                raise ArgumentError(f"`data` must have the rows of {benchmark.name}, got no folder {folder}")
            rows, found = _loaded(replace(source, repo=str(folder), config=None, revision=None))
            name = str(folder)
        parts.append(Part(name, rows, source.subset))
        revisions.append(found)
    return parts, revisions


def _loaded(source: Source, **options: Any) -> tuple[ArrowRows, str]:
    """The rows, and the commit on the Hub, or the hash of local files, that they came from."""
    import datasets

    try:
        builder = datasets.load_dataset_builder(source.repo, source.config, revision=source.revision, **options)
        builder.download_and_prepare()
        dataset = builder.as_dataset(split=_split(builder, source.split))
    except (datasets.exceptions.DatasetsError, OSError, ValueError) as error:
        raise ArgumentError(
            f"the rows of {source.repo} cannot be loaded: {first_line(error)}; "
            "log in if it is gated, or give a folder as `data`"
        ) from error
    return ArrowRows(dataset), builder.hash or ""


def _split(builder: Any, wanted: str) -> str:
    """A copy in a folder may call its only split otherwise."""
    splits = list(builder.info.splits)
    return splits[0] if len(splits) == 1 else wanted


def _vl_checklist(folder: Path) -> list[Part]:
    parts = [
        Part(str(path), _vl_rows(path)[:ROWS_OF_A_FILE], subset)
        for subset in SUBSETS
        for path in sorted((folder / subset).rglob("*.json"))
    ]
    if not parts:
        raise ArgumentError(f"`data` must have the folders {', '.join(SUBSETS)} of VL-CheckList, got {folder}")
    return parts


def _vl_rows(path: Path) -> list[Raw]:
    """Of one file, [[path, {"POS": [...], "NEG": [...]}], ...]."""
    about = path.stem.rpartition("_")[2]
    found: list[Raw] = []
    try:
        for row in array(parse_strictly(path.read_bytes())):
            name, pair = array(row)
            kinds = {kind: texts(mapping(pair)[kind]) for kind in ("POS", "NEG")}
            found.append({"path": text(name), "texts": kinds, "about": about})
    except Wrong as wrong:
        raise DataError(str(path), str(len(found)), wrong.problem, wrong.remedy) from None
    except (KeyError, ValueError) as error:
        raise DataError(str(path), str(len(found)), f"is not a row: {error}", "take the file of VL-CheckList") from None
    return found
