"""A Segment Anything model of transformers: a photo is embedded once, points are asked for masks.

Only the model's forward pass is used: the image processors of SAM 2 and SAM 3, and transformers' own mask generation,
need torchvision. Photos are scaled by Pillow, as SAM's original code does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from torch.nn.functional import interpolate

from dcikit.encoders.loading import Unloadable, load_config, load_model, load_processing
from dcikit.schema.errors import ModelError

PADDED = {"sam": "SamModel", "sam_hq": "SamHQModel"}
"""Type of model -> its class: the photo's longest edge is scaled to the model's frame, and the rest is padding."""

STRETCHED = {
    "sam2": "Sam2Model",
    "sam2_video": "Sam2Model",
    "sam3_tracker": "Sam3TrackerModel",
    "sam3_video": "Sam3TrackerModel",
}
"""Type of model -> its class: the photo is stretched to the model's frame."""

_SAME = {"prompt_encoder.shared_embedding.positional_embedding": "shared_image_embedding.positional_embedding"}
"""SAM places points and pixels by one random matrix: transformers 4 writes that of SAM 2 once, 5 expects it twice."""

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def load_sam(name: str | Path, device: str | torch.device | None = None, revision: str | None = None) -> Sam:
    """Loads a model, weights from safetensors only.

    Args:
        name: Hub id or folder of a SAM, SAM-HQ, SAM 2 or SAM 3 (tracker).
        device: None: the GPU if there is one.
        revision: of a model on the Hub: a branch, tag or commit; None: the newest.

    Raises:
        ModelError: if it is none of these, or cannot be loaded.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    name = str(name)
    try:
        kind = load_config(name, revision).model_type
        model_name = (PADDED | STRETCHED).get(kind)
        if model_name is None:
            raise Unloadable(f"is a {kind} model, not one of {', '.join([*PADDED, *STRETCHED])}")
        model_class = getattr(transformers, model_name, None)
        if model_class is None:
            raise Unloadable(f"is a {model_name}, which transformers {transformers.__version__} lacks")
        own = model_class.config_class  # a video model's config is read as that of its image part
        config = load_config(name, revision, config_class=own)
        model = load_model(model_class, name, config, revision, same=_SAME)
        processing = load_processing(name, revision)
    except Unloadable as error:
        raise ModelError(f"`model` {name!r} cannot be used: {error}; give a Segment Anything model") from None
    return Sam(model.to(device), kind in PADDED, processing, getattr(config, "_commit_hash", None))


class Sam:
    """A model ready for `propose`.

    Args:
        model: one of the classes of `PADDED` or `STRETCHED`, on its device.
        is_padded: which of the two.
        processing: `image_mean` and `image_std` of its image processor; None: SAM's own.
        revision: the commit of a model of the Hub.
    """

    def __init__(
        self,
        model: Any,
        is_padded: bool,
        processing: dict[str, Any] | None = None,
        revision: str | None = None,
    ) -> None:
        processing = processing or {}
        self.model = model.eval()
        self.is_padded = is_padded
        self.revision = revision
        self.device = next(model.parameters()).device
        self.frame = int(model.config.prompt_encoder_config.image_size)  # pixels of a side of its square input
        mean, std = processing.get("image_mean") or _MEAN, processing.get("image_std") or _STD
        self._mean, self._std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))

    def embed(self, photo: Image.Image) -> EmbeddedPhoto:
        """The embedding of an RGB photo."""
        width, height = photo.size
        if self.is_padded:
            scale = self.frame / max(photo.size)
            inner = max(int(width * scale + 0.5), 1), max(int(height * scale + 0.5), 1)
        else:
            inner = self.frame, self.frame
        small = photo.resize(inner, Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1)
        framed = torch.zeros(1, 3, self.frame, self.frame)
        framed[0, :, : inner[1], : inner[0]] = (pixels / 255 - self._mean) / self._std
        with torch.inference_mode():
            found = self.model.get_image_embeddings(framed.to(self.device))
        more = {}
        if isinstance(found, tuple):  # SAM-HQ
            found, more["intermediate_embeddings"] = found
        return EmbeddedPhoto(self, photo.size, inner, {"image_embeddings": found, **more})


class EmbeddedPhoto:
    """A photo's embedding, and how the model's frame lies in the photo.

    Attributes:
        size: (width, height) of the photo.
        inner: (width, height) that the photo takes of the frame.
    """

    def __init__(self, sam: Sam, size: tuple[int, int], inner: tuple[int, int], embeddings: dict[str, Any]) -> None:
        self.sam = sam
        self.size = size
        self.inner = inner
        self._embeddings = embeddings
        self._axes: tuple[torch.Tensor, torch.Tensor] | None = None

    def predict(self, points: np.ndarray, inside: np.ndarray | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """All masks of some objects.

        Args:
            points: (N, 2), x and y in pixels of the photo: a point of each object; or (N, P, 2), P points of each.
            inside: (N, P), whether the points lie in their object; None: all of them do.

        Returns:
            Logits (M, h, w) of the decoder's own size, and the predicted IoU (M,) of each: one or three of each object.
        """
        scale = np.array(self.inner) / np.array(self.size)
        prompts = torch.tensor(points * scale, dtype=torch.float32, device=self.sam.device).view(1, len(points), -1, 2)
        labels = torch.ones(prompts.shape[:3], dtype=torch.int64, device=self.sam.device)
        if inside is not None:
            labels[0] = torch.tensor(inside)
        with torch.inference_mode():
            found = self.sam.model(**self._embeddings, input_points=prompts, input_labels=labels, multimask_output=True)
            return found.pred_masks.flatten(0, 2).float(), found.iou_scores.flatten().float()

    def axes(self, cells: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The matrices (height, cells) and (width, cells) that scale logits of `cells` rows and columns to the photo.

        A bilinear scaling is one of each axis; scaling to the frame, cutting off the padding and scaling to the photo,
        as SAM's processor does, is the product of both.
        """
        if self._axes is None:
            rows, columns = (
                _axis(count, self.sam.frame if self.sam.is_padded else None, inner, size).to(self.sam.device)
                for count, inner, size in zip(cells, self.inner[::-1], self.size[::-1], strict=True)
            )
            self._axes = rows, columns
        return self._axes


def _axis(cells: int, frame: int | None, inner: int, size: int) -> torch.Tensor:
    if frame is None:
        return _linear(cells, size)
    return _linear(inner, size) @ _linear(cells, frame)[:inner]


def _linear(before: int, after: int) -> torch.Tensor:
    """The (after, before) matrix of a linear interpolation."""
    return interpolate(torch.eye(before)[None], size=after, mode="linear", align_corners=False)[0].T
