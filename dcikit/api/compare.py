"""`dcikit.compare`: is one result really better than another?"""

from __future__ import annotations

from pathlib import Path

from dcikit.results.compare import Difference, compare_results
from dcikit.results.document import read_results
from dcikit.schema.results import Results


def compare(a: Results | str | Path, b: Results | str | Path) -> dict[str, Difference]:
    """Compares two results of the same regions, score by score: a paired bootstrap over images.

    >>> import dcikit
    >>> results = dcikit.evaluate(limit=4)
    >>> dcikit.compare(results, results)["all_scm"].difference
    0.0

    Args:
        a, b: results, or files of them.

    Returns:
        Name -> difference b - a with its 95% interval and p, of the scores that both have.

    Raises:
        ArgumentError: if they are not comparable, with what differs.
        DataError: if a file is none of results.
    """
    names = ["AB"[index] if isinstance(each, Results) else str(each) for index, each in enumerate((a, b))]
    first, second = (each if isinstance(each, Results) else read_results(Path(each)) for each in (a, b))
    return compare_results(first, second, (names[0], names[1]))
