"""All that the data of a build depends on, and the `build.yaml` that records it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from dcikit.files.redact import public_url
from dcikit.files.remote import is_remote
from dcikit.files.settings_file import read_settings_file
from dcikit.files.whole_file import write_whole
from dcikit.schema.errors import ArgumentError
from dcikit.schema.paper import CLIP

RECORD = "build.yaml"

RULES = "rules"
"""A `generate_model` that is no model."""


@dataclass(frozen=True)
class BuildSettings:
    """What is made of photos, and by which models. Revisions may be empty: the newest, which is then recorded.

    Attributes:
        photos: the folder of photos, or its URL.
        masks_model, masks_revision: a Segment Anything model.
        masks_from: masks of another tool instead; empty for none.
        points_per_side, edges, pred_iou_threshold, stability_threshold, min_area: as `dci masks` has them.
        validation, test: shares of the images; the rest is train.
        similar_bits: of two photos' hashes, out of 128, that may differ where they count as near-duplicates.
        llm: URL of the server of the language models; empty: transformers runs them here.
        llm_model, llm_revision: a vision-language model.
        generate_model, generate_revision: writes captions and negatives; "rules" for none, empty: `llm_model`.
        temperature, attempts: of both.
        crops: what is shown of a mask.
        clip_model, clip_revision: scores the negatives.
        seed: of the points on edges, the splits and the texts.
    """

    photos: str = ""
    masks_model: str = "facebook/sam-vit-huge"
    masks_revision: str = ""
    masks_from: str = ""
    points_per_side: int = 50
    edges: bool = True
    pred_iou_threshold: float = 0.8
    stability_threshold: float = 0.94
    min_area: int = 5000
    validation: float = 0.1
    test: float = 0.1
    similar_bits: int = 6
    llm: str = ""
    llm_model: str = ""
    llm_revision: str = ""
    generate_model: str = ""
    generate_revision: str = ""
    temperature: float = 0.7
    attempts: int = 3
    crops: str = "outline"
    clip_model: str = CLIP
    clip_revision: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("photos", "llm_model"):
            if not getattr(self, name):
                raise ArgumentError(f"`{name}` must be given")
        if min(self.validation, self.test) < 0 or self.validation + self.test > 1:
            raise ArgumentError(
                f"`validation` and `test` must be shares of at most 1 in all, got {self.validation} and {self.test}"
            )

    @property
    def shares(self) -> dict[str, float]:
        """Split -> its share."""
        return {"train": 1 - self.validation - self.test, "validation": self.validation, "test": self.test}


_NAMES = [each.name for each in fields(BuildSettings)]

_MAY_MOVE = ("photos", "llm")
"""Places, which the data does not depend on."""


class BuildRecord:
    """The settings of a folder, in its `build.yaml`.

    Args:
        folder: new, or of a build with the same settings.
        settings: what is asked for; revisions that are not given are those of the record.

    Raises:
        ArgumentError: if the folder was built with other settings.
    """

    def __init__(self, folder: Path, settings: BuildSettings) -> None:
        self.path = folder / RECORD
        photos = public_url(settings.photos) if is_remote(settings.photos) else settings.photos
        self.settings = replace(settings, photos=photos, llm=public_url(settings.llm) if settings.llm else "")
        if self.path.is_file():
            known = BuildSettings(**read_settings_file(self.path, BuildSettings))
            revisions = (name for name in _NAMES if name.endswith("_revision") and not getattr(settings, name))
            known_revisions: Any = {name: getattr(known, name) for name in revisions}
            self.settings = replace(self.settings, **known_revisions)
            for name in _NAMES:
                was, now = getattr(known, name), getattr(self.settings, name)
                if was != now and name not in _MAY_MOVE:
                    problem = f"`{name}` must be {was!r} to go on in {folder}, got {now!r}"
                    raise ArgumentError(f"{problem}; give another folder")
        self._write()

    def pin(self, name: str, revision: str | None) -> None:
        """Records the revision that a model turned out to have; None: it has none, such as a folder."""
        pinned: Any = {name: revision or ""}
        self.settings = replace(self.settings, **pinned)
        self._write()

    def _write(self) -> None:
        write_whole(self.path, yaml.safe_dump(asdict(self.settings), sort_keys=False).encode())
