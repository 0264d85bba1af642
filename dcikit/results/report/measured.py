"""One results file, checked for all that the page shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any


@dataclass(frozen=True)
class Measured:
    """A results file.

    Attributes:
        path: where it was, for labels and errors.
        document: its contents.

    Raises:
        ValueError: if it lacks something that the page shows.
    """

    path: str
    document: Mapping[str, Any]

    def __post_init__(self) -> None:
        for key in ("model", "dataset", "protocol", "scores"):
            if not isinstance(self.document.get(key), Mapping):
                raise self._error(key, "an object")
        if not isinstance(self.document["model"].get("name"), str):
            raise self._error("model.name", "a text")
        for name, score in self.scores.items():
            if not isinstance(score, Mapping) or not _is_share(score.get("value")):
                raise self._error(f"scores.{name}.value", "a number from 0 to 1, or null")
            ends = score.get("interval")
            if ends is not None and not (
                isinstance(ends, list | tuple) and len(ends) == 2 and None not in ends and all(map(_is_share, ends))
            ):
                raise self._error(f"scores.{name}.interval", "two numbers from 0 to 1, or null")

    @property
    def scores(self) -> Mapping[str, Any]:
        return self.document["scores"]

    @property
    def label(self) -> str:
        """The model, short: of a folder its last two parts."""
        model = self.document["model"]
        names = [model["name"], *([model["adapter"]] if model.get("adapter") else [])]
        return " + ".join("/".join(PurePath(str(name)).parts[-2:]) or "a model" for name in names)

    @property
    def dataset(self) -> str:
        """What was scored, short."""
        dataset = self.document["dataset"]
        return f"{PurePath(str(dataset.get('name'))).name}, split {dataset.get('split')}"

    def _error(self, key: str, expected: str) -> ValueError:
        return ValueError(f"{self.path}: `{key}` must be {expected}; measure again with `dci eval --output`")


def _is_share(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and 0 <= value <= 1)


def letter(place: int) -> str:
    """A, B, C, ..., Z, then 27, 28, ...: what a result is called on the page."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)
