"""Models that say what is where: features of the patches of an image, in the space of its texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from copy import copy
from typing import Any

from torch import Tensor

from dcikit.schema.errors import ArgumentError, ModelError

from .encoder import Encoder
from .open_clip_encoder import OpenClipEncoder
from .patch_methods import PATCH_METHODS
from .preprocessor import Pixels, Tokens


class PatchEncoder(Encoder):
    """A dual encoder whose image embeddings are those of patches.

    Args:
        encoder: embeds the texts, and prepares both.
        patch_size: pixels of a side of a patch, as the model sees it.
        method: a name of `PATCH_METHODS`.
    """

    def __init__(self, encoder: Encoder, patch_size: int, method: str) -> None:
        preprocessor = copy(encoder.preprocessor)
        preprocessor.patch_size = patch_size
        super().__init__(encoder.model, preprocessor, image_size=encoder.image_size)
        self.name, self.adapter, self.patch_method = encoder.name, encoder.adapter, method
        self._encoder = encoder

    @abstractmethod
    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        """Features (B, h, w, D) of the patches of B crops, rows from the top; their grid is `preprocessor.grid`."""

    def embed_texts(self, tokens: Sequence[Tokens]) -> Tensor:
        """Embeddings (B, D) of B texts."""
        return self._encoder.embed_texts(tokens)

    def _grid(self, pixels: Sequence[Pixels]) -> tuple[int, int]:
        grids = {self.preprocessor.grid(each) for each in pixels}
        if len(grids) > 1:
            raise ModelError(f"`model` must have one grid of patches for square crops, got {sorted(grids)}")
        return grids.pop()


class TransformersPatches(PatchEncoder):
    """A model of transformers whose vision tower is a ViT.

    What the model does to make an embedding of its class token, it does here to the token of each patch alone. SigLIP
    has none, but an attention head over all tokens: here it sees one patch at a time (docs/protocol.md §13).
    """

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        rows, columns = self._grid(pixels)
        block = self.model.vision_model.encoder.layers[-1]
        seen: dict[str, Tensor] = {}

        def keep_input(_: Any, args: Any, named: Any) -> None:
            seen["before"] = args[0] if args else named["hidden_states"]

        def keep_output(_: Any, args: Any, output: Any) -> None:
            seen["after"] = output[0] if isinstance(output, tuple) else output

        hooks = [
            block.register_forward_pre_hook(keep_input, with_kwargs=True),
            block.register_forward_hook(keep_output),
        ]
        try:
            self.model.get_image_features(**self.image_inputs(pixels))
        finally:
            for hook in hooks:
                hook.remove()
        patches = rows * columns
        class_tokens = hasattr(self.model.vision_model.embeddings, "class_embedding")
        before, after = (seen[name][:, : patches + class_tokens] for name in ("before", "after"))  # behind: padding
        tokens = PATCH_METHODS[self.patch_method or ""](block, before, after, (rows, columns))[:, -patches:]
        return self._projected(tokens).unflatten(1, (rows, columns)).float().cpu()

    def _projected(self, tokens: Tensor) -> Tensor:
        tower = self.model.vision_model
        normed = tower.post_layernorm(tokens)
        if hasattr(self.model, "visual_projection"):
            return self.model.visual_projection(normed)
        return tower.head(normed.flatten(0, 1)[:, None]).unflatten(0, normed.shape[:2])


class OpenClipPatches(PatchEncoder):
    """A model of open_clip whose vision tower can give its tokens, which are normed then; they are projected here."""

    def embed_images(self, pixels: Sequence[Pixels]) -> Tensor:
        grid, tower = self._grid(pixels), self.model.visual
        pooled_only, tower.output_tokens = tower.output_tokens, True
        try:
            _, tokens = tower(self.image_inputs(pixels)["pixel_values"])
        finally:
            tower.output_tokens = pooled_only
        return (tokens @ tower.proj).unflatten(1, grid).float().cpu()


def patch_encoder(encoder: Encoder, method: str = "last_block") -> PatchEncoder:
    """A model as one that answers with patches.

    Args:
        encoder: the model.
        method: what becomes of the last block of its vision tower, one of `PATCH_METHODS`.

    Raises:
        ArgumentError: if there is no such method.
        ModelError: if the model has no patches in the space of its texts, or does not see all of a square crop.
    """
    if method not in PATCH_METHODS:
        raise ArgumentError(f"`patch_method` must be one of {', '.join(PATCH_METHODS)}, got {method!r}")
    model = encoder.model
    if isinstance(encoder, OpenClipEncoder):
        tower = model.visual
        if not hasattr(tower, "output_tokens") or getattr(tower, "proj", None) is None or tower.attn_pool is not None:
            raise ModelError(f"`model` {encoder.name} has no patch tokens; take a ViT of CLIP's own shape")
        if method != "last_block":
            raise ModelError(f"`patch_method` {method} is for models of transformers, not for {encoder.name}")
        return OpenClipPatches(encoder, int(tower.patch_size[0]), method)
    tower = getattr(model, "vision_model", None)
    projects = hasattr(model, "visual_projection") or hasattr(tower, "head")
    if not (hasattr(tower, "post_layernorm") and hasattr(getattr(tower, "encoder", None), "layers") and projects):
        raise ModelError(
            "`model` must have patch tokens in the space of its texts, as CLIP, SigLIP and SigLIP 2 have, "
            f"got {type(model).__name__}"
        )
    _check_sees_all(encoder.preprocessor.image_processor)
    return TransformersPatches(encoder, int(model.config.vision_config.patch_size), method)


def _check_sees_all(processor: Any) -> None:
    """A processor that scales an image to more than it then cuts out leaves out a border, whose size nobody says."""
    if not getattr(processor, "do_center_crop", False):
        return
    scaled, cut = (dict(getattr(processor, name, None) or {}) for name in ("size", "crop_size"))
    side = scaled.get("shortest_edge")
    sides = (side, side) if side else (scaled.get("height"), scaled.get("width"))
    if sides != (cut.get("height"), cut.get("width")):
        raise ModelError(
            f"`processor` must show all of a square image, but it scales to {sides[1]}x{sides[0]} and cuts out "
            f"{cut.get('width')}x{cut.get('height')}; set its `size` to its `crop_size`"
        )
