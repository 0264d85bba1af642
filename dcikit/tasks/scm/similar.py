"""Groups of regions that look alike: harder distractors for SCM (docs/protocol.md §11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import torch
from torch import Tensor

from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.engine.exact import exact_unit
from dcikit.engine.items import Item, Row
from dcikit.engine.prepare import Reader
from dcikit.engine.windows import Run, encoded_windows
from dcikit.schema.errors import ModelError

from ..sdci_items import CAPTION
from .groups import GROUPED, IN_IMAGE, Key, Place, SimilarGroups
from .items import is_read_by
from .task import Scm
from .views import CROP


def similar_groups(task: Scm, readers: Iterable[Reader], encoder: Encoder, run: Run) -> SimilarGroups:
    """Encodes the crop of every region, and groups those of each suite.

    Args:
        task: its regions; it says whether groups stay within an image.
        readers: of its rows.
        encoder: the model that says what looks alike.
        run: how.

    Raises:
        ModelError: if the model scores pairs only.
    """
    if isinstance(encoder, CrossEncoder):
        kind = type(encoder.model).__name__
        raise ModelError(
            f"`similar_model` must embed images by themselves, a {kind} scores pairs; take one such as CLIP"
        )
    found: dict[str, list[tuple[Key, Tensor]]] = {suite: [] for suite in GROUPED}
    for window in encoded_windows(readers, encoder, Crops(task), run):
        for item, crop in zip(window.items, window.images, strict=True):
            for suite in item.facts["suites"]:
                found[suite].append(((item.image_id, item.key), crop))
    places = {suite: dict(_placed(regions, task)) for suite, regions in found.items()}
    return SimilarGroups(encoder.weights_hash, places)


@dataclass(frozen=True)
class Crops:
    """The crop of each region that a suite with groups reads; its text says nothing."""

    task: Scm

    def __call__(self, row: Row) -> list[Item]:
        items = (item for item in replace(self.task, views=CROP).items(row) if isinstance(item, Item))
        suites = [(item, [suite for suite in GROUPED if is_read_by(suite, item, self.task.suites)]) for item in items]
        return [replace(item, texts={CAPTION: "photo"}, facts={"suites": read}) for item, read in suites if read]


def _placed(regions: Sequence[tuple[Key, Tensor]], task: Scm) -> Iterator[tuple[Key, Place]]:
    """Where each region of a suite stands."""
    number = 0
    for _, some in groupby(regions, lambda region: region[0][0] if task.grouping == IN_IMAGE else None):
        keys, crops = zip(*some, strict=True)
        for group in similar_partition(torch.stack(crops), task.group_size):
            for place in group:
                yield keys[place], Place(number, len(group))
            number += 1


def similar_partition(embeds: Tensor, size: int) -> list[list[int]]:
    """Greedy groups: the first that is in none yet, and the size - 1 most similar to it of the others in none.

    Args:
        embeds: (N, D); what is similar has a high cosine, of equals the earlier comes first.
        size: of a group; what is left at the end may be fewer.

    Returns:
        The groups, each in order.

    Raises:
        ValueError: if an embedding holds NaN or infinity.
    """
    unit = exact_unit(embeds, "embeds").double()
    taken = torch.zeros(len(unit), dtype=torch.bool)
    groups = []
    for first in range(len(unit)):
        if taken[first]:
            continue
        scores = (unit @ unit[first]).masked_fill(taken, -torch.inf)
        scores[first] = torch.inf
        left = len(taken) - int(taken.sum())
        group = scores.argsort(descending=True, stable=True)[: min(size, left)].sort().values
        taken[group] = True
        groups.append(group.tolist())
    return groups
