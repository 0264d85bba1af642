"""Where the masks of photos come from: a model that is asked at points, or another tool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from .given import open_masks
from .photos import PhotoFile
from .proposals import Proposals, ProposeSettings, propose

TINY_SAM = Path(__file__).parent / "tiny_sam"
"""The embedded demonstration model: it knows the drawn sample and nothing else."""


@dataclass(frozen=True)
class MaskSource:
    """Masks of any photo.

    Attributes:
        masks: file and RGB pixels of a photo -> its masks. A DataError is a defect of that photo's masks.
        settings: all that they depend on, as JSON.
    """

    masks: Callable[[PhotoFile, Image.Image], Proposals]
    settings: dict[str, Any]


def masks_of_model(
    model: str, settings: ProposeSettings, device: str | None = None, revision: str | None = None
) -> MaskSource:
    """Masks that `propose` finds.

    Args:
        model, device, revision: as for `load_sam`; model "tiny": `TINY_SAM`.

    Raises:
        ModelError: if it cannot be loaded.
    """
    asked = _Asked(model, settings, device, revision)
    told = {"model": model, "revision": asked.sam.revision, **asdict(settings)}
    del told["points_per_batch"]
    return MaskSource(asked, told)


class _Asked:
    """A model with its questions. Where it is unpickled, in another process, the model is loaded again."""

    def __init__(self, model: str, settings: ProposeSettings, device: str | None, revision: str | None) -> None:
        from .sam import load_sam

        self.sam = load_sam(TINY_SAM if model == "tiny" else model, device, revision)
        self._settings = settings
        self._again = (model, settings, device, self.sam.revision or revision)

    def __call__(self, path: PhotoFile, image: Image.Image) -> Proposals:
        return propose(image, self.sam, self._settings)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Asked, self._again


def masks_of_tool(path: Path) -> MaskSource:
    """Masks that lie in a file or folder, see `given.open_masks`.

    Raises:
        DataError: if it cannot be read.
    """
    given = open_masks(path)
    return MaskSource(given.masks, {"masks_from": given.described})
