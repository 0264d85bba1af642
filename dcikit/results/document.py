"""Makes, writes and reads the results document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from dcikit.files.whole_file import write_whole
from dcikit.schema import results
from dcikit.schema.errors import DataError
from dcikit.schema.results import VERSION, ModalityGap, Results, ScoredDataset, ScoredModel
from dcikit.schema.score import Score

if TYPE_CHECKING:
    from dcikit.encoders.encoder import Encoder

_PACKAGES = ("dcikit", "torch", "transformers", "datasets", "evaluate", "pillow", "numpy")
_REMEDY = "measure again with `dci eval --output`"


class Evaluation(Protocol):
    """What an evaluation, of any task, says of itself."""

    task: str
    scores: dict[str, Score]
    images: int
    regions: int
    empty_images: int
    excluded_images: dict[str, dict[str, str]]
    fingerprint: str | None
    modality_gap: ModalityGap | None
    protocol: dict[str, Any]
    processes: int


def make_results(evaluation: Evaluation, encoder: Encoder, dataset: Mapping[str, Any]) -> Results:
    """The results document of an evaluation; of its optional sections it has the modality gap.

    Args:
        evaluation: the scores.
        encoder: the model that was scored.
        dataset: where the rows came from: id, revision, split, limit, skipped (image -> why), missing_photos.
    """
    parameters = dict(evaluation.protocol)
    return Results(
        dci_results=VERSION,
        date=datetime.now(timezone.utc).replace(microsecond=0),
        task=evaluation.task,
        model=ScoredModel(
            id=encoder.name,
            revision=encoder.revision,
            weights_sha256=encoder.weights_hash,
            adapter=encoder.adapter,
            patch_method=encoder.patch_method,
            dtype=encoder.dtype,
            device=encoder.device.type,
            context_length=encoder.context,
            image_size=encoder.image_size,
        ),
        dataset=ScoredDataset(
            **dataset,
            fingerprint=evaluation.fingerprint,
            images=evaluation.images,
            regions=evaluation.regions,
            images_without_regions=evaluation.empty_images,
            excluded_images=evaluation.excluded_images,
        ),
        protocol=results.Protocol(name=parameters.pop("name"), parameters=parameters),
        scores=evaluation.scores,
        modality_gap=evaluation.modality_gap,
        versions={package: version(package) for package in _PACKAGES},
        processes=evaluation.processes,
    )


def write_results(document: Results, path: Path) -> None:
    """Writes a results file, whole or not at all."""
    write_whole(path, (document.model_dump_json(indent=2) + "\n").encode())


def read_results(path: Path) -> Results:
    """Reads a results file.

    Raises:
        DataError: if it is none, is one of another version, or a field of it is missing or wrong.
    """
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise DataError(
            str(path), "", f"cannot be read: {error.strerror}", "give a file of `dci eval --output`"
        ) from None
    return parse_results(contents, path)


def parse_results(contents: bytes, path: Path) -> Results:
    """The document in `contents`.

    Raises:
        DataError: as `read_results`; it names `path`.
    """
    try:
        return Results.model_validate_json(contents)
    except ValidationError as error:
        raise _defect(error, path) from None


def _defect(error: ValidationError, path: Path) -> DataError:
    """The first of pydantic's errors, the version's before all others, as one of ours."""
    errors = error.errors(include_url=False)
    first = next((each for each in errors if each["loc"] == ("dci_results",)), errors[0])
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "json_invalid":
        return DataError(str(path), "", f"is not JSON: {first['ctx']['error']}", _REMEDY)
    if not key or (key == "dci_results" and first["type"] == "missing"):
        return DataError(str(path), "", "is no results file", "give a file of `dci eval --output`")
    if key == "dci_results":
        problem = f"the file has version {first['input']!r} of the layout, version {VERSION} is read here"
        return DataError(str(path), key, problem, _REMEDY)
    if first["type"] == "missing":
        return DataError(str(path), key, "is missing", _REMEDY)
    if first["type"] == "value_error":
        return DataError(str(path), key, str(first["ctx"]["error"]), _REMEDY)
    return DataError(str(path), key, f"{_lower(first['msg'])}, got {_short(first['input'])}", _REMEDY)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _short(value: Any, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"
