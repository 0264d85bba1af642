"""Encoded windows on disk, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from dcikit.encoders.preprocessor import Tokens
from dcikit.files.whole_file import whole_file

from .encode import Window
from .items import Excluded, Item, Label
from .views import View

MAX_BYTES = 4 * 2**30
"""Size of all runs together; the longest unused are removed first."""


class WindowCache:
    """The windows of one run.

    Args:
        folder: of all runs.
        identity: everything that the embeddings depend on: data, model, dtype, batch size, task.
    """

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        name = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        os.utime(self.folder)
        _remove_unused(folder, keep=self.folder)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.safetensors"

    def __contains__(self, number: int) -> bool:
        return self._path(number).is_file()

    def load(self, number: int) -> Window | None:
        """A window; None if it is not there, is damaged, or was kept by another version."""
        try:
            return self._read(number)
        except (OSError, SafetensorError, ValueError, LookupError, TypeError):
            return None

    def _read(self, number: int) -> Window:
        with safe_open(self._path(number), framework="pt") as file:
            facts = json.loads(file.metadata()["facts"])
            images, texts = file.get_tensor("images"), file.get_tensor("texts")
        tokens = [tuple(text) for text in facts["tokens"]]
        items: list[Item] = []
        item_tokens: list[Mapping[Label, Tokens]] = []
        truncated: list[frozenset[Label]] = []
        covered: list[torch.Tensor | None] = []
        for raw in facts["items"]:
            labels = [(kind, index) for kind, index, _ in raw["texts"]]
            items.append(_item(raw["item"], labels))
            item_tokens.append(
                {label: tokens[place] for label, (_, _, place) in zip(labels, raw["texts"], strict=True)}
            )
            truncated.append(frozenset((kind, index) for kind, index in raw["truncated"]))
            covered.append(None if raw["covered"] is None else torch.tensor(raw["covered"]))
        return Window(
            items=items,
            item_tokens=item_tokens,
            truncated=truncated,
            crops=facts["crops"],
            covered=covered,
            images=images,
            tokens=tokens,
            texts=texts,
            excluded=[Excluded(**raw) for raw in facts["excluded"]],
            empty_images=facts["empty_images"],
            skipped={int(index): why for index, why in facts["skipped"].items()},
        )

    def save(self, number: int, window: Window) -> None:
        """Keeps a window, whole or not at all."""
        places = {text: place for place, text in enumerate(window.tokens)}
        items = zip(window.items, window.item_tokens, window.truncated, window.covered, strict=True)
        facts = {
            "tokens": window.tokens,
            "items": [
                {
                    "item": vars(item)
                    | {"texts": list(item.texts.values()), "views": [vars(view) for view in item.views]},
                    "texts": [[*label, places[text]] for label, text in tokens.items()],
                    "truncated": sorted(truncated),
                    "covered": None if covered is None else covered.tolist(),
                }
                for item, tokens, truncated, covered in items
            ],
            "crops": window.crops,
            "excluded": [vars(each) for each in window.excluded],
            "empty_images": window.empty_images,
            "skipped": window.skipped,
        }
        tensors = {"images": window.images.contiguous(), "texts": window.texts.contiguous()}
        self.folder.mkdir(exist_ok=True)  # another process may have taken it for an unused one
        with whole_file(self._path(number)) as temporary:
            try:
                save_file(tensors, temporary, metadata={"facts": json.dumps(facts)})
            except SafetensorError as error:  # a full disk
                raise OSError(
                    f"{self.folder}: embeddings cannot be kept: {error}; make room, or `cache`=False"
                ) from None


def _item(raw: dict[str, Any], labels: list[Label]) -> Item:
    texts = dict(zip(labels, raw["texts"], strict=True))
    views = tuple(View(**{**view, "box": _box(view["box"])}) for view in raw["views"])
    return Item(**{**raw, "texts": texts, "box": _box(raw["box"]), "views": views})


def _box(raw: list[int] | None) -> Any:
    return tuple(raw) if raw else None


def _remove_unused(folder: Path, keep: Path) -> None:
    used: list[tuple[float, int, Path]] = []
    for run in folder.iterdir():
        with suppress(FileNotFoundError, NotADirectoryError):  # another process removes some, too
            used.append((run.stat().st_mtime, sum(file.stat().st_size for file in run.iterdir()), run))
    total = sum(size for _, size, _ in used)
    for _, size, run in sorted(used):
        if total <= MAX_BYTES:
            return
        if run != keep:
            shutil.rmtree(run, ignore_errors=True)
            total -= size
