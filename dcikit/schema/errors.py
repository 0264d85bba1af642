"""Errors that users can do something about, told apart by whose fault they are."""

from __future__ import annotations


class DciError(ValueError):
    """Whatever is wrong with data, arguments or a model: its message says what, and what to do.

    Any other exception is a bug, or the system's (OSError).
    """


class DataError(DciError):
    """A defect of a file: which file, where in it, what is wrong and what to do.

    Args:
        file: the file, as the user can open it.
        key: the place in the file, such as `mask_data.3.bounds`; empty for the file as a whole.
        problem: what is wrong, with the value that was found.
        remedy: what makes it right.
    """

    def __init__(self, file: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(file, key, problem, remedy)  # all four: it is pickled between processes
        self.file = file
        self.key = key
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.file}: `{self.key}`" if self.key else self.file
        return f"{place}: {self.problem}; {self.remedy}"


class ArgumentError(DciError):
    """An argument that cannot be: "`name` must be ..., got ...", and what to do."""


class NothingToScoreError(ArgumentError):
    """A dataset without anything that a task can score."""


class ModelError(DciError):
    """A model that cannot be loaded, or cannot do what is asked of it."""


def check_on_error(on_error: str) -> None:
    """Refuses what `on_error` cannot be.

    Raises:
        ArgumentError: if it is neither raise nor skip.
    """
    if on_error not in ("raise", "skip"):
        raise ArgumentError(f"`on_error` must be raise or skip, got {on_error!r}")


def first_line(error: BaseException) -> str:
    """The first line of an error's message; the name of its type if it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
