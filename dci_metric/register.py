"""Makes `evaluate.load("dci_scm")` find the module of this package, without importing `evaluate`."""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

METRICS = ("dci_scm", "dci_retrieval", "dci_grounding")

_LOADING = "evaluate.loading"


def register() -> None:
    """Wraps the lookup of `evaluate.load`, now or as soon as `evaluate` is imported: it imports transformers, torch."""
    loading = sys.modules.get(_LOADING)
    if loading is not None:
        _wrap(loading)
    elif not any(isinstance(finder, _WhenImported) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WhenImported())


class _WhenImported(MetaPathFinder):
    """Finds `evaluate.loading` as all others would, and has it wrapped once it ran."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _LOADING:
            return None
        others = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((found for found in others if found is not None), None)
        if spec is not None and spec.loader is not None:
            setattr(spec.loader, "exec_module", _then_wrap(spec.loader.exec_module))  # noqa: B010 - of this one alone
        return spec


def _then_wrap(execute: Any) -> Any:
    def execute_and_wrap(module: ModuleType) -> None:
        execute(module)
        _wrap(module)

    return execute_and_wrap


def _wrap(loading: Any) -> None:
    """`evaluate` has no table to add a module to, as `datasets` has."""
    lookup = loading.evaluation_module_factory
    if getattr(lookup, "finds_dci", False):
        return

    @functools.wraps(lookup)
    def with_ours(path: str, *args: Any, **kwargs: Any) -> Any:
        if path in METRICS:
            source = (Path(__file__).parent / f"{path}.py").read_bytes()
            return loading.ImportableModule(f"{__package__}.{path}", hashlib.sha256(source).hexdigest())
        return lookup(path, *args, **kwargs)

    setattr(with_ours, "finds_dci", True)  # noqa: B010 - a mark, for a second import
    loading.evaluation_module_factory = with_ours
