"""Work on many items by Ray Data: on all machines of a cluster, or in several processes of this one."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from dcikit.schema.errors import ArgumentError

T = TypeVar("T")
R = TypeVar("R")


def ray_map(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """The results of `work` in the order of the items.

    Each worker unpickles `work` once, and has a GPU of its own where the cluster has GPUs. The items of a worker that
    dies are done again by another one.

    Args:
        work: a function that can be pickled; a model that it has is loaded where it is unpickled.
        items: what can be pickled too; paths must lead somewhere on every machine.

    Raises:
        ArgumentError: if Ray is not installed.
        Exception: whatever `work` raised, as Ray tells it.
    """
    try:
        import ray.data
    except ImportError:
        raise ArgumentError("`engine` must be local where Ray is not installed; pip install 'dcikit[ray]'") from None
    if not items:
        return
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    resources = ray.cluster_resources()
    gpus = int(resources.get("GPU", 0))
    workers = max(1, min(gpus or int(resources.get("CPU", 1)), len(items)))
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    rows = ray.data.from_items([pickle.dumps(item) for item in items], override_num_blocks=len(items))
    results = rows.map(
        _Worker,
        fn_constructor_args=(work,),
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_gpus=1 if gpus else 0,
    )
    for row in results.iter_rows():
        yield pickle.loads(row["result"])


class _Worker:
    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return {"result": pickle.dumps(self.work(pickle.loads(row["item"])))}
