"""The results document: scores, with everything that is needed to compare them (docs/protocol.md §9)."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from .score import Score, Section

VERSION: Final = 2
"""Version of the document's layout."""


class ScoredModel(Section):
    """The model that was scored."""

    id: str = Field(min_length=1)
    """Hub id, folder, or `open_clip:ARCHITECTURE/CHECKPOINT`."""
    revision: str | None
    """Commit of a model from the Hub; null for a local one."""
    weights_sha256: str = Field(min_length=1)
    """Hash of the weights that were scored, adapter included."""
    adapter: str | None
    """Hub id or folder of the adapter that was merged; null if there was none."""
    patch_method: str | None = None
    """How features of patches were found, such as `last_block`; null if there were none."""
    dtype: str
    """Precision of the weights, such as `float32`."""
    device: str
    """Kind of device, such as `cpu` or `cuda`."""
    context_length: PositiveInt
    """Tokens at which texts are cut."""
    image_size: PositiveInt | None
    """Pixels of a side of the image that the model sees; null if that varies."""


class ScoredDataset(Section):
    """The data that was scored."""

    id: str = Field(min_length=1)
    """Folder or Hub id; `sample` for the drawn sample."""
    revision: str | None
    """Commit on the Hub, or hash of the release's files."""
    split: str
    """Name of the split, several joined by `+`; `all`: every split."""
    limit: PositiveInt | None
    """Only the first images of the split were scored; null: all of them."""
    fingerprint: str | None
    """Hash of what was scored: keys, boxes and texts in order."""
    images: NonNegativeInt
    """Images with regions that were scored."""
    regions: NonNegativeInt
    """Regions that were scored."""
    images_without_regions: NonNegativeInt
    """Images that had nothing to score."""
    excluded_images: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Suite -> image -> why the suite drops the whole image (docs/protocol.md §4)."""
    skipped: dict[str, str]
    """Image -> why it could not be read."""
    missing_photos: list[str] = Field(default_factory=list)
    """Photos that the protocol names and that were not scored."""
    skips_known: bool = True
    """False: nobody says which images the dataset's maker skipped."""


class Protocol(Section):
    """How the scores came about."""

    name: str
    """Name of the protocol in docs/protocol.md, such as `sdci` or `lotlip`."""
    parameters: dict[str, Any]
    """Its parameters, such as `group_size`."""


class DtypeDrift(Section):
    """How far a lower precision moves the scores, measured on a few images."""

    dtype: str
    """The lower precision."""
    pairs: PositiveInt
    """Crops and captions of their own that were compared."""
    mean: NonNegativeFloat
    """Mean absolute change of a score."""
    largest: NonNegativeFloat
    """Largest absolute change of a score."""


class ModalityGap(Section):
    """How far a model's crops lie from its texts, all embeddings at length 1 (docs/protocol.md §9)."""

    distance: NonNegativeFloat
    """Of the mean crop from the mean first text."""
    cosine: float = Field(ge=-1 - 1e-9, le=1 + 1e-9)
    """Of these two means."""
    crops: PositiveInt
    """How many crops were averaged."""


class TextEncoder(Section):
    """The text encoder of the sentence baseline."""

    id: str
    """Hub id or folder."""
    revision: str | None
    """Commit of a model from the Hub; null for a local one."""
    context_length: PositiveInt
    """Tokens at which texts are cut."""


class Blind(Section):
    """What needs no image: a negative can often be told from a caption by its text alone."""

    scores: dict[str, Score]
    """`length_*`, `unigram_*`, `sentence_encoder_*`: text alone; `blank_*`: the model before a grey photo."""
    encoder: TextEncoder | None
    """What computed `sentence_encoder_*`; null if they were not computed."""


class ZeroShot(Section):
    """Zero-shot classification of a folder of photos."""

    images: str
    """The folder."""
    classes: PositiveInt
    """How many classes there are to choose from."""
    accuracy: Score
    """Share of the photos whose own class scores highest."""
    skipped: NonNegativeInt = 0
    """Files in the classes' folders that are no images."""


class Results(Section):
    """What `dci eval --output` writes, and what everything that reads results takes."""

    dci_results: Literal[2]
    """Version of this layout."""
    date: AwareDatetime
    """When the evaluation ended."""
    task: str
    """What was asked of the model, such as `scm` or `retrieval`."""
    model: ScoredModel
    """The model that was scored."""
    dataset: ScoredDataset
    """The data that was scored."""
    protocol: Protocol
    """How the scores came about."""
    scores: dict[str, Score]
    """Name -> score, in the order of a table."""
    drift: DtypeDrift | None = None
    """What a lower precision changed; null for float32."""
    modality_gap: ModalityGap | None = None
    """How far crops lie from texts; null for a model that scores pairs."""
    blind: Blind | None = None
    """What needs no image; null if it was not measured."""
    zero_shot: ZeroShot | None = None
    """What became of zero-shot classification; null if it was not measured."""
    versions: dict[str, str] = Field(min_length=1)
    """Package -> version."""
    processes: PositiveInt
    """How many processes shared the work."""

    @property
    def scored_images(self) -> set[str]:
        """The images that any score counts."""
        return {image for score in self.scores.values() for image in score.images}
