"""`dci eval --task pairs --benchmark all`: a table of every pair benchmark, and a results file of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dcikit.results.chance import chance
from dcikit.results.labels import model_label
from dcikit.schema.errors import ArgumentError, DciError, first_line
from dcikit.schema.results import Results
from dcikit.schema.titles import title

from .console import Console
from .results_tables import CHANCE, INTERVAL, VALUE, show_count
from .table import Column, Format, Table, print_tables

ALL = "all"
"""The name that stands for every benchmark."""

_COLUMNS = (
    Column("Benchmark", "benchmark", text=True),
    Column("Score", "score", title, text=True),
    VALUE,
    INTERVAL,
    CHANCE,
    Column("regions", show=show_count),
    *(Column(name, show=show_count, rare=True) for name in ("excluded", "tied", "truncated")),
)


def print_benchmarks(found: Iterable[tuple[str, Results | DciError]], folder: Path | None, form: Format) -> None:
    """Prints the scores, without those of subsets, when all are there; a results file is written as soon as it is.

    Raises:
        ArgumentError: if no benchmark could be read.
    """
    from dcikit.engine.processes import Processes
    from dcikit.results.document import write_results

    scored: dict[str, Results] = {}
    notes = []
    for name, results in found:
        if isinstance(results, DciError):
            notes.append(f"Not scored: {name}: {first_line(results)}")
            continue
        scored[name] = results
        if folder is not None and Processes().is_main:
            folder.mkdir(exist_ok=True)
            write_results(results, folder / f"{name}.json")
    if not Processes().is_main:
        return
    if not scored:
        raise ArgumentError("no benchmark could be read:\n" + "\n".join(notes))
    rows: list[list[object]] = []
    ends: list[int] = []
    for name, results in scored.items():
        rows += _rows(name, results)
        ends.append(len(rows) - 1)
    print_tables([Table(_COLUMNS, rows, model_label(next(iter(scored.values())).model), ends)], notes, form)
    if folder is not None:
        Console(stderr=form is not Format.table).print(f"Results in {folder}/", highlight=False, markup=False)


def _rows(name: str, results: Results) -> Iterator[list[object]]:
    for score_name, score in results.scores.items():
        if "/" not in score_name:
            found = [name, score_name, score.value, score.interval, chance(results, score_name), score.regions]
            yield [*found, sum(score.excluded.values()), score.tied, score.truncated]
