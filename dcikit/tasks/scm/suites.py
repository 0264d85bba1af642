"""The suites: which entries stand in which groups, with which captions and negatives (docs/protocol.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dcikit.engine.scored import ScoredEntry
from dcikit.results.tally import Decision, Tally

from .decisions import beats_negative, match_captions, match_subcrops
from .entries import BASE, NEGATIVE_TYPES, Entry, Negative

SUITES = ("all", "pick5", "base", "hard", "image")
"""The four suites of the paper, and `image`, whose groups are the entries of one image."""

SCORES = {
    "all_scm": "all",
    "all_neg": "all",
    "pick5_scm": "pick5",
    "pick5_neg": "pick5",
    "base_neg": "base",
    "hard_neg": "hard",
    "image_scm": "image",
    "all_caption_to_subcrop": "all",
    "pick5_caption_to_subcrop": "pick5",
    "image_caption_to_subcrop": "image",
    "neg_basic": "all",
    "neg_layout": "all",
    "neg_swaps": "all",
}
"""Each score and its suite: the paper's six, then the variants, in the order of a table."""

PICKED = 5
"""Captions of an entry in suite pick5."""

SWAPS: Negative = ("swaps", 0)

Watch = Callable[[str, Decision], None]


def check_suites(suites: Iterable[str]) -> tuple[str, ...]:
    """The suites in the order of `SUITES`.

    Raises:
        ValueError: if one is unknown, or there is none.
    """
    chosen = (suites,) if isinstance(suites, str) else tuple(suites)
    if not chosen or not set(chosen) <= set(SUITES):
        raise ValueError(f"`suites` must be some of {', '.join(SUITES)}, got {', '.join(map(str, chosen)) or 'none'}")
    return tuple(suite for suite in SUITES if suite in chosen)


def needed_texts(entry: Entry, suites: tuple[str, ...]) -> tuple[list[str], dict[Negative, str]]:
    """The captions and negatives of an entry that the suites read; nothing if they do not read the entry."""
    n_captions = 0
    wanted: set[Negative] = set()
    if "all" in suites:
        n_captions = 1
        wanted.update((kind, 0) for kind in NEGATIVE_TYPES)
    if "image" in suites:
        n_captions = 1
    if "pick5" in suites and len(entry.captions) >= PICKED:
        n_captions = PICKED
        wanted.add(SWAPS)
    if "base" in suites and entry.key == BASE:
        n_captions = max(n_captions, 1)
        wanted.add(SWAPS)
    if "hard" in suites and entry.hard_negative is not None:
        n_captions = max(n_captions, 1)
        wanted.add(entry.hard_negative)
    negatives = {(kind, i): entry.negatives[kind][i] for kind, i in wanted if i < len(entry.negatives[kind])}
    return list(entry.captions[:n_captions]), negatives


class SuiteRunner:
    """Takes scored entries in order, one at a time, and keeps of each only its decisions.

    Args:
        suites: some of `SUITES`.
        group_size: entries in a group of SCM; the protocol's is 8.
        watch: is called with the name of a score and each of its decisions.

    Attributes:
        tallies: name of each score -> its decisions.
        images, regions: how many were seen.
    """

    def __init__(self, suites: tuple[str, ...] = SUITES, group_size: int = 8, watch: Watch | None = None) -> None:
        if group_size < 1:
            raise ValueError(f"`group_size` must be at least 1, got {group_size}")
        self.suites = suites
        self.group_size = group_size
        self._watch = watch
        self.tallies: dict[str, Tally] = {name: Tally() for name, suite in SCORES.items() if suite in suites}
        self.images = 0
        self.regions = 0
        self._seen: set[str] = set()
        self._keys: set[str] = set()
        self._waiting: dict[str, list[ScoredEntry]] = {"all": [], "pick5": [], "image": []}
        self._image_id: str | None = None

    def add(self, entry: ScoredEntry) -> None:
        """Takes the next entry.

        Raises:
            ValueError: if an entry comes twice, or the entries of an image are not one after another.
        """
        if entry.image_id != self._image_id:
            self._start_image(entry.image_id)
        if entry.key in self._keys:
            raise ValueError(f"image {entry.image_id} has region {entry.key} twice")
        self._keys.add(entry.key)
        self.regions += 1
        if "all" in self.suites:
            self._queue("all", entry)
            self._negative("all_neg", entry, 1, SWAPS)
            for kind in NEGATIVE_TYPES:
                self._negative(f"neg_{kind}", entry, 1, (kind, 0))
        if "pick5" in self.suites:
            self._pick5(entry)
        if "base" in self.suites and entry.key == BASE:
            self._negative("base_neg", entry, 1, SWAPS)
        if "hard" in self.suites:
            self._negative("hard_neg", entry, 1, entry.hard_negative)
        if "image" in self.suites:
            self._waiting["image"].append(entry)

    def finish(self) -> None:
        """Scores the last groups, which may be smaller."""
        self._match("all")
        self._match("pick5")
        self._match_image()

    def _start_image(self, image_id: str) -> None:
        if image_id in self._seen:
            raise ValueError(f"image {image_id} comes twice; give each image once, its entries one after another")
        self._match_image()
        self._seen.add(image_id)
        self._keys = set()
        self._image_id = image_id
        self.images += 1

    def _pick5(self, entry: ScoredEntry) -> None:
        if entry.n_captions >= PICKED:
            self._queue("pick5", entry)
            self._negative("pick5_neg", entry, PICKED, SWAPS)
        else:
            for name in ("pick5_scm", "pick5_caption_to_subcrop", "pick5_neg"):
                self.tallies[name].exclude(f"fewer than {PICKED} captions")

    def _queue(self, suite: str, entry: ScoredEntry) -> None:
        self._waiting[suite].append(entry)
        if len(self._waiting[suite]) == self.group_size:
            self._match(suite)

    def _match_image(self) -> None:
        if len(self._waiting["image"]) == 1:
            self._waiting["image"].clear()
            for name in ("image_scm", "image_caption_to_subcrop"):
                self.tallies[name].exclude("the only region of its image")
        self._match("image")

    def _match(self, suite: str) -> None:
        group, self._waiting[suite] = self._waiting[suite], []
        if not group:
            return
        n = PICKED if suite == "pick5" else 1
        scores = group[0].scores.between([entry.scores for entry in group], n)
        for name, choose in (("scm", match_captions), ("caption_to_subcrop", match_subcrops)):
            choices = choose(scores)
            for entry, own, rival, chosen, correct in zip(group, *(each.tolist() for each in choices), strict=True):
                decision = Decision(
                    image_id=entry.image_id,
                    key=entry.key,
                    own=own,
                    rival=rival if len(group) > 1 else None,
                    chosen=f"{group[chosen].image_id}/{group[chosen].key}",
                    correct=correct,
                    truncated=sum(place < n for place in entry.truncated_captions),
                )
                self._count(f"{suite}_{name}", decision)

    def _negative(self, name: str, entry: ScoredEntry, n: int, which: Negative | None) -> None:
        if which is None:
            self.tallies[name].exclude("no clip_scores")
            return
        negative = entry.scores.negative(which)
        if negative is None:
            self.tallies[name].exclude(f"no {which[0]} negative")
            return
        own = entry.scores.own(n)
        correct = beats_negative(own, negative)
        decision = Decision(
            image_id=entry.image_id,
            key=entry.key,
            own=own.min().item(),
            rival=negative.item(),
            chosen="caption" if correct else "_".join(map(str, which)),
            correct=correct,
            truncated=sum(place < n for place in entry.truncated_captions) + (which in entry.truncated_negatives),
        )
        self._count(name, decision)

    def _count(self, name: str, decision: Decision) -> None:
        self.tallies[name].count(decision)
        if self._watch:
            self._watch(name, decision)
