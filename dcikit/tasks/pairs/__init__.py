"""Pair benchmarks: is a photo nearer to its true caption than to a false one?"""

from .benchmarks import BENCHMARKS
from .load import open_benchmark
from .task import Pairs

__all__ = ["BENCHMARKS", "Pairs", "open_benchmark"]
