"""Prepared images + model -> encoded items, a window at a time: the only place that runs a model.

A window is some images. Each of its crops is encoded once, each of its distinct texts once, in batches that depend on
nothing outside it: whichever process encodes a window, its embeddings are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dcikit.encoders.cross_encoder import CrossEncoder
from dcikit.encoders.encoder import Encoder
from dcikit.encoders.patch_encoder import PatchEncoder
from dcikit.encoders.preprocessor import Tokens

from .encodings import Embeddings, ManyViews
from .items import EncodedItem, Encoding, Excluded, Item, Label
from .pairs import PairScorer, PairScores
from .patch_map import PatchMap
from .prepare import PreparedImage
from .processes import Processes


@dataclass
class Window:
    """What a model made of some images.

    Attributes:
        items: in order; `item_tokens`, `truncated`, `crops` and `covered` are of each of them.
        crops: which rows of `images` are its own: one, or as many as it has views; none for an item without texts.
        covered: the area of its mask in each patch; None without a mask.
        images: (crops, ...), the rows of the distinct crops.
        tokens: the distinct texts, as the model reads them.
        texts: (texts, ...), their rows.
        excluded: what the task cannot use.
        empty_images: how many of the images have no item.
        skipped: index among all images -> why one was skipped that could not be read.
    """

    items: list[Item]
    item_tokens: list[Mapping[Label, Tokens]]
    truncated: list[frozenset[Label]]
    crops: list[list[int]]
    covered: list[Tensor | None]
    images: Tensor
    tokens: list[Tokens]
    texts: Tensor
    excluded: list[Excluded]
    empty_images: int
    skipped: dict[int, str] = field(default_factory=dict)

    def encoded(self, encoder: Encoder, processes: Processes | None = None) -> Iterator[EncodedItem]:
        """The items with their scores.

        Raises:
            ValueError: if the model answered with NaN.
        """
        texts = dict(zip(self.tokens, self.texts, strict=True))
        scorer = PairScorer(encoder, processes or Processes()) if isinstance(encoder, CrossEncoder) else None
        of_items = zip(self.items, self.item_tokens, self.truncated, self.crops, self.covered, strict=True)
        for item, tokens, truncated, crops, covered in of_items:
            rows = {label: texts[text] for label, text in tokens.items()}
            views: list[Encoding] = []
            for image in self.images[crops]:
                if scorer:
                    views.append(PairScores(scorer, str(item), image, tokens))
                elif isinstance(encoder, PatchEncoder):
                    views.append(PatchMap(str(item), image, rows, covered))
                else:
                    views.append(Embeddings(str(item), image, rows))
            encoding = ManyViews(views, item.reduce) if views[1:] else next(iter(views), None)
            yield EncodedItem(item, tokens, truncated, encoding)


def encode_window(images: Iterable[PreparedImage], encoder: Encoder, batch_size: int = 32) -> Window:
    """Encodes some images; crops are forgotten as soon as a batch of them is encoded.

    Args:
        images: prepared.
        encoder: the model.
        batch_size: crops, and texts, of one forward pass.
    """
    window = Window([], [], [], [], [], torch.empty(0, 0), [], torch.empty(0, 0), [], 0)
    crops: list[dict[str, Tensor]] = []
    embedded: list[Tensor] = []
    seen = 0
    for image in images:
        window.items += image.items
        window.item_tokens += image.tokens
        window.truncated += image.truncated
        window.crops += [[seen + crop for crop in own] for own in image.crops]
        window.covered += image.covered
        window.excluded += image.excluded
        window.empty_images += not image.items
        count = len(next(iter(image.pixels.values()), ()))
        seen += count
        crops += [{name: value[index] for name, value in image.pixels.items()} for index in range(count)]
        while len(crops) >= batch_size:
            embedded.append(_embed_images(crops[:batch_size], encoder))
            crops = crops[batch_size:]
    if crops:
        embedded.append(_embed_images(crops, encoder))
    distinct = {text for tokens in window.item_tokens for text in tokens.values()}
    window.tokens = sorted(distinct, key=lambda text: (len(text), text))  # alike in length they need little padding
    window.images, window.texts = _joined(embedded), embed_tokens(window.tokens, encoder, batch_size)
    return window


def embed_tokens(tokens: Sequence[Tokens], encoder: Encoder, batch_size: int = 32) -> Tensor:
    """The rows (texts, ...) of texts, in batches of their order."""
    with encoder.inference():
        starts = range(0, len(tokens), batch_size)
        return _joined([encoder.embed_texts(tokens[start : start + batch_size]) for start in starts])


def _embed_images(crops: list[dict[str, Tensor]], encoder: Encoder) -> Tensor:
    with encoder.inference():
        return encoder.embed_images(crops)


def _joined(batches: list[Tensor]) -> Tensor:
    # A clone: tensors made in inference mode cannot be sent to another process.
    return torch.cat(batches).clone() if batches else torch.empty(0, 0)
