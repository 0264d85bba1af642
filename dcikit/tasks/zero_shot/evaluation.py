"""Zero-shot classification of a folder of photos: before and after fine-tuning, it shows what was forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from dcikit.encoders.dual_encoder import DualEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.engine.encode import embed_tokens
from dcikit.engine.encodings import unit
from dcikit.engine.items import EncodedItem, Item, Label, Row
from dcikit.engine.windows import Run
from dcikit.files.annotation_file import defect, member, open_annotations, parse_json
from dcikit.results.tally import Decision, Score
from dcikit.schema.regions import BASE

from ..evaluation import evaluate
from ..task import OnDecision, TallyScorer

TEMPLATE = "a photo of a {}"
PROMPT: Label = ("prompt", 0)


_IMAGES = "images"
_LAYOUT = "give a folder with one sub-folder of images for each class"


@dataclass(frozen=True)
class ZeroShot:
    """How well a model names the class of a photo.

    Attributes:
        accuracy: share of the photos whose own class scores highest (top-1); every photo is an image of one entry,
            and `truncated` are those whose own class has a prompt that was cut at the model's context.
        classes: folder -> name of the class, in the order of the classes.
        skipped: paths, from the folder on, of files in the classes' folders that are no images by their names.
    """

    accuracy: Score
    classes: dict[str, str]
    skipped: tuple[str, ...] = ()


def zero_shot(
    encoder: Encoder,
    images: Path,
    class_names: Path | None = None,
    template: str = TEMPLATE,
    batch_size: int = 32,
    num_workers: int = 0,
) -> ZeroShot:
    """Chooses for each photo the class whose prompt has the highest cosine similarity; of equals, the first class.

    Args:
        encoder: the model, one that embeds images and texts apart.
        images: a folder with one sub-folder of images for each class, sorted by name; they may lie in a folder
            `images` of it. A class without images is one to choose, too. Names that start with a full stop are not
            looked at, nor files beside the sub-folders; files that are no images by their names are skipped.
        class_names: `.json`: an object, folder -> class name; any other file: one name a line, in the order of the
            folders; None: the folders' names, underscores as spaces.
        template: the prompt, `{}` stands for the class name.
        batch_size: images, and texts, of one forward pass.
        num_workers: processes that decode beside the model.

    Raises:
        ValueError: if an argument is not as above, an image cannot be read, or the model answers with NaN.
    """
    if not isinstance(encoder, DualEncoder):
        raise ValueError(
            "`encoder` must embed images and texts apart, to compare each image with all classes; "
            f"a {type(encoder).__name__} scores them pair by pair"
        )
    if "{}" not in template:
        raise ValueError(f"`template` must have {{}} where the class name goes, got {template!r}")
    run = Run(batch_size, num_workers=num_workers)
    folders = _class_folders(images)
    names = _class_names(class_names, folders)
    prompts = [template.replace("{}", name) for name in names]
    files = [(own, path) for own, folder in enumerate(folders) for path in _files(images / folder)]
    photos = [(own, path.relative_to(images).as_posix()) for own, path in files if _is_image(path)]
    if not photos:
        raise defect(images, "", "has no images in its sub-folders", _LAYOUT)
    task = ZeroShotTask(tuple(folders), tuple(prompts), *_embed_prompts(prompts, encoder, batch_size))
    readers = (partial(_row, images / photo, photo, own) for own, photo in photos)
    found = evaluate(task, readers, encoder, run)
    skipped = tuple(path.relative_to(images).as_posix() for _, path in files if not _is_image(path))
    return ZeroShot(found.scores["accuracy"], dict(zip(folders, names, strict=True)), skipped)


@dataclass(frozen=True)
class ZeroShotTask:
    """Each photo with the prompt of its own class; those of all classes are encoded once, before.

    Attributes:
        folders, prompts: of each class.
        texts: (T, D) unit embeddings of the distinct prompts.
        text_of: (classes,) which of them each class has.
    """

    folders: tuple[str, ...]
    prompts: tuple[str, ...]
    texts: Tensor
    text_of: Tensor

    name = "zero-shot"
    config = "photos by class"
    needs = "photo"
    joint = False
    patches = False

    def items(self, row: Row) -> list[Item]:
        own = row["class"]
        identity = [row["image_id"], self.folders[own], self.prompts[own]]
        return [Item(row["image_id"], BASE, None, {PROMPT: self.prompts[own]}, identity, {"class": own})]

    def scorer(self, on_decision: OnDecision | None = None) -> ZeroShotScorer:
        return ZeroShotScorer(self, on_decision)

    def protocol(self) -> dict[str, Any]:
        return {"name": "zero-shot", "prompts": list(self.prompts), "ties": "the first class of equals"}


class ZeroShotScorer(TallyScorer):
    """Chooses the class of each photo."""

    def __init__(self, task: ZeroShotTask, on_decision: OnDecision | None = None) -> None:
        super().__init__(["accuracy"], on_decision)
        self.task = task

    def add(self, encoded: EncodedItem) -> None:
        """Takes the next photo."""
        scores = (_unit(encoded.encoding.image) @ self.task.texts.T)[self.task.text_of]
        own, chosen = encoded.item.facts["class"], int(scores.argmax())  # the first of equals
        decision = Decision(
            image_id=encoded.item.image_id,
            key=encoded.item.key,
            own=float(scores[own]),
            rival=float(torch.cat([scores[:own], scores[own + 1 :]]).max()),
            chosen=self.task.folders[chosen],
            correct=chosen == own,
            truncated=len(encoded.truncated),
        )
        self.count("accuracy", decision)


def _class_folders(images: Path) -> list[str]:
    if not images.is_dir():
        raise defect(images, "", "is not a folder", _LAYOUT)
    folders = sorted(entry.name for entry in images.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(folders) < 2:
        raise defect(images, "", f"has {len(folders)} sub-folders, so there is nothing to choose from", _LAYOUT)
    return folders


def _class_names(file: Path | None, folders: list[str]) -> list[str]:
    """The name of each folder's class."""
    if file is None:
        return [folder.replace("_", " ") for folder in folders]
    with open_annotations(file) as stream:
        data = stream.read()
    if file.suffix == ".json":
        document = parse_json(data, file)
        names = [member(document, folder, "text", file) for folder in folders]
    else:
        names = _lines(data, file)
        if len(names) != len(folders):
            problem = f"has {len(names)} lines for {len(folders)} folders"
            raise defect(file, "", problem, "name one class a line, in the sorted order of the folders")
    names = [name.strip() for name in names]
    for folder, name in zip(folders, names, strict=True):
        if not name:
            raise defect(file, folder, "the class has an empty name", "name it")
    return names


def _lines(data: bytes, file: Path) -> list[str]:
    try:
        return data.decode("utf-8-sig").rstrip().splitlines()
    except UnicodeDecodeError as error:
        raise defect(file, "", f"is not UTF-8: {error}", "save it as UTF-8") from None


def _files(folder: Path) -> list[Path]:
    """The files of a class, sorted; as Tiny ImageNet has them, in a folder `images` beside lists of boxes."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for path in files:
        if path.is_dir() and path.name == _IMAGES and not any(map(_is_image, files)):
            return sorted(path for path in files if path.is_file()) + _files(path)
        if path.is_dir():
            raise defect(path, "", "is a folder inside the folder of a class", _LAYOUT)
    return files


def _is_image(path: Path) -> bool:
    """By its name: one that is damaged is an error, a list beside it is not."""
    return path.suffix.lower() in Image.registered_extensions() and not path.is_dir()


def _row(path: Path, photo: str, own: int) -> Row:
    return {"image_id": photo, "file_name": str(path), "image": {"bytes": None, "path": str(path)}, "class": own}


def _embed_prompts(prompts: list[str], encoder: Encoder, batch_size: int) -> tuple[Tensor, Tensor]:
    """Embeddings (texts, D) of the distinct texts that the model reads, and (prompts,) which of them each prompt is.

    What reads alike is scored once: the rounding of two products could choose between equals.
    """
    tokens, _ = encoder.tokens(prompts)
    index = {text: number for number, text in enumerate(dict.fromkeys(tokens))}
    return _unit(embed_tokens(list(index), encoder, batch_size)), torch.tensor([index[text] for text in tokens])


def _unit(embeddings: Tensor) -> Tensor:
    """(N, D) float64 of length 1.

    Raises:
        ValueError: if the model answered with NaN or infinity.
    """
    if not torch.isfinite(embeddings).all():
        raise ValueError("the model's embeddings hold NaN or infinity; try it in float32")
    return unit(embeddings)
