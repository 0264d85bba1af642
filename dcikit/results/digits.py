"""Of how many queries is a table of percentages? Each must be 100·k/N for a whole k.

So digits can prove which gallery an undocumented number was measured on. With two decimals 1 of 5 numbers fits
N = 1,999 by chance, and 4 of 5 fit N = 7,805: a small N is decided by a few numbers, a large one by a long table only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, prod

from dcikit.schema.errors import ArgumentError

PROVEN = 0.001
"""Numbers that all fit are a proof if so many would fit by chance more rarely than this."""


@dataclass(frozen=True)
class DigitsTest:
    """What the digits say of one N.

    Attributes:
        numbers: how many there are.
        misfits: those that are no 100·k/N, as they were written.
        chance: the probability that all of them would fit if they were not of N queries.
    """

    numbers: int
    misfits: tuple[str, ...]
    chance: float

    @property
    def proven(self) -> bool:
        """Whether all fit, and not by chance. A single misfit refutes N, unless it is a misprint."""
        return not self.misfits and self.chance < PROVEN


def digits_test(percentages: Iterable[str], n: int) -> DigitsTest:
    """Tests the percentages of a table against a number of queries.

    >>> digits_test(["64.13", "67.83"], 1999).misfits
    ()
    >>> digits_test(["33.3", "50.00"], 3).misfits
    ('50.00',)

    Args:
        percentages: as they are printed, such as "43.06": zeros at the end are digits too.
        n: queries.

    Raises:
        ArgumentError: if one is no percentage, or `n` is less than 1.
    """
    if n < 1:
        raise ArgumentError(f"`n` must be at least 1, got {n}")
    texts = [text.strip() for text in percentages]
    steps = [_step(text) for text in texts]
    misfits = tuple(text for text, step in zip(texts, steps, strict=True) if not _fits(Fraction(text), step, n))
    return DigitsTest(len(texts), misfits, prod(min(1.0, float(n * step / 100)) for step in steps))


def _step(text: str) -> Fraction:
    """The last digit of a number, such as 1/100 of 43.06."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or Fraction(text) > 100:
        raise ArgumentError(f"`percentages` must be numbers from 0 to 100 as text, got {text!r}")
    decimals = text.partition(".")[2]
    return Fraction(1, 10 ** len(decimals))


def _fits(value: Fraction, step: Fraction, n: int) -> bool:
    """Whether a k has 100·k/n within half a step of the value: either way of rounding a half is accepted."""
    lowest, highest = ((value + sign * step / 2) * n / 100 for sign in (-1, 1))
    return max(0, ceil(lowest)) <= min(n, floor(highest))
