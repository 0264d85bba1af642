"""What is to be described: the regions of an image and the dense text of each, cut to a length.

Source: docs/protocol.md §8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dcikit.data.record import Mask, Record
from dcikit.data.regions import is_subcrop
from dcikit.data.text import image_description, mask_description, region_text, submasks
from dcikit.schema.regions import BASE

from .sentences import sentences
from .tokens import Tokens


@dataclass(frozen=True)
class Source:
    """A region that is scored: the image (`mask` is None) or a subcrop."""

    name: str
    key: str
    record: Record
    mask: Mask | None

    @property
    def text(self) -> str:
        """The whole description of docs/protocol.md §2."""
        return mask_description(self.record, self.mask) if self.mask else image_description(self.record)

    @property
    def is_empty(self) -> bool:
        """Whether the annotators wrote nothing that could be summarized."""
        if self.mask is None:
            texts = [self.record.short_caption, self.record.extra_caption, *map(region_text, self.record.masks)]
        else:
            inside = [mask for mask, _ in submasks(self.record, self.mask)]
            texts = [self.mask.label, self.mask.caption, *map(region_text, inside)]
        return not any(text.strip(" :\n") for text in texts)


def sources(record: Record, name: str) -> list[Source]:
    """The regions that sDCI scores, in order: the image, then its subcrops in file order (docs/protocol.md §4)."""
    bare = replace(record, photo=None, masks=tuple(replace(mask, png=b"") for mask in record.masks))
    subcrops = [Source(name, mask.key, bare, mask) for mask in bare.masks if is_subcrop(mask, bare.min_side)]
    return [Source(name, BASE, bare, None), *subcrops]


def truncated_description(source: Source, tokens: Tokens, limit: int) -> str:
    """The description in at most `limit` tokens.

    Of the image, whole lines go from the end; of a mask, the deepest submasks go first. What is still too long then
    loses whole sentences from the end.
    """
    text = source.text
    if source.mask is not None:
        inside = list(submasks(source.record, source.mask))
        depth = max((depth for _, depth in inside), default=0)
        while depth > 0 and tokens.count(text) > limit:
            depth -= 1
            kept = (source.mask, *(mask for mask, level in inside if level <= depth))
            text = mask_description(replace(source.record, masks=kept), source.mask)
    for parts, separator in ((text.split("\n"), "\n"), (sentences(text), " ")):
        if tokens.count(text) <= limit:
            break
        text = separator.join(parts[: max(1, tokens.first(parts, limit, separator))])
    return text
