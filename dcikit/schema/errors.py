"""The one error that bad data raises."""

from __future__ import annotations


class DataError(ValueError):
    """A defect of a release folder: which file, where in it, what is wrong and what to do.

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
