"""What a vision-language model is asked about a mask, and about a photo, until an answer passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcikit.schema.errors import ArgumentError
from dcikit.schema.regions import BASE

from ..checks import EXPLANATION, Reason
from ..generation_result import GenerationResult, derived_seed
from ..prompt_files import DESCRIBE_FIELDS, DESCRIBE_VERSION, Prompts, load_prompts
from ..request import Answer, ChatClient, Request, RequestError
from .answers import Texts, image_texts, region_texts
from .views import CROPS

NO_DESCRIPTION = "no description that passes the checks"

_NOTHING_TOLD = {"label": "", "caption": "", "quality": "low_quality"}
"""Of a mask that no answer describes: as DCI has masks that nobody could describe."""


def description_prompts(folder: Path | None = None) -> Prompts:
    """The prompts of `dci describe`, as `load_prompts`."""
    return load_prompts(folder, version=DESCRIBE_VERSION, fields=DESCRIBE_FIELDS)


@dataclass
class Described:
    """The texts of a region and what it took to get them."""

    texts: Texts
    result: GenerationResult


class Describer:
    """A vision-language model behind our prompts.

    Args:
        identity: of the model that will answer.
        prompts: of `description_prompts`.
        crops: what is shown of a region, one of `CROPS`.
        seed: another seed asks for other texts.
        attempts: answers that may fail the checks, for each region.
        answer_tokens: the longest answer, in the model's tokens.

    Raises:
        ArgumentError: if `crops` is unknown.
    """

    def __init__(
        self,
        identity: dict[str, Any],
        prompts: Prompts,
        *,
        crops: str = CROPS[0],
        seed: int = 0,
        attempts: int = 3,
        answer_tokens: int = 1024,
    ) -> None:
        if crops not in CROPS:
            raise ArgumentError(f"`crops` must be one of {', '.join(CROPS)}, got {crops!r}")
        self.model = identity
        self.prompts = prompts
        self.crops = crops
        self.seed = seed
        self.attempts = attempts
        self.answer_tokens = answer_tokens

    @property
    def identity(self) -> dict[str, Any]:
        """What the texts depend on."""
        return {
            **self.model,
            "crops": self.crops,
            "seed": self.seed,
            "attempts": self.attempts,
            "answer_tokens": self.answer_tokens,
            "prompts": {"version": self.prompts.version, "sha256": self.prompts.hashes},
        }

    async def region(self, name: str, key: str, view: bytes, parts: Sequence[str], client: ChatClient) -> Described:
        """Label, caption and quality of a mask.

        Args:
            name, key: of the image and of the mask; the seed of the request follows from them.
            view: of `region_view`, with the same `crops`.
            parts: the labels of the masks directly in it.

        Raises:
            RequestError, GenerationStopped: if there is no answer for now.
        """
        question = self.prompts.fill("region", shown=self.prompts.fill(self.crops), parts=self._parts(parts))
        return await self._described("region", question, (name, key), view, client, region_texts, _NOTHING_TOLD)

    async def image(self, name: str, view: bytes, parts: Sequence[str], client: ChatClient) -> Described:
        """The short and the long description of a photo, of whose masks `parts` are the outermost."""
        question = self.prompts.fill("image", parts=self._parts(parts))
        return await self._described(
            "image", question, (name, BASE), view, client, image_texts, {"short": "", "long": ""}
        )

    def _parts(self, labels: Sequence[str]) -> str:
        named = [label for label in labels if label]
        return self.prompts.fill("parts", labels=", ".join(named)) if named else ""

    async def _described(
        self,
        prompt: str,
        question: str,
        which: tuple[str, str],
        view: bytes,
        client: ChatClient,
        read: Callable[[Answer, str], Texts | Reason],
        nothing: Texts,
    ) -> Described:
        result, template = GenerationResult(), self.prompts.texts[prompt]
        asked = question
        for attempt in range(self.attempts):
            seed = derived_seed(self.seed, *which, prompt, attempt)
            result.requests += 1
            try:
                answer = await client.ask(Request(asked, seed, self.answer_tokens, view))
            except RequestError as error:
                if error.retry or error.fatal:
                    raise
                result.missing.append(f"no answer: {error.kind}")  # such as a photo that the server's filter refuses
                return Described(dict(nothing), result)
            found = read(answer, template)
            if not isinstance(found, Reason):
                return Described(found, result)
            result.refused[found.value] += 1
            asked = f"{self.prompts.fill('again', why=EXPLANATION[found])}\n\n{question}"
        result.missing.append(NO_DESCRIPTION)
        return Described(dict(nothing), result)
