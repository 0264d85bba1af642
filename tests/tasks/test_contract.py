"""A new pair benchmark is one file, such as this one: is a photo nearer to its true caption than to a false one?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from PIL import Image
from support.tiny_families import build, image_processor_of

from dcikit.encoders.models import load_encoder
from dcikit.encoders.preprocessor import Preprocessor
from dcikit.engine.items import EncodedItem, Excluded, Item, Row
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.schema.score import Decision
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.task import OnDecision, TallyScorer

TRUE, FALSE = ("true", 0), ("false", 0)


@dataclass(frozen=True)
class ToyPairs:
    """The task."""

    name = "toy-pairs"
    config = "pairs"
    needs = "pair"
    joint = True
    patches = False

    def items(self, row: Row) -> list[Item | Excluded]:
        if not row["false"]:
            return [Excluded(row["image_id"], "pair", "no false caption")]
        texts = {TRUE: row["true"], FALSE: row["false"]}
        return [Item(row["image_id"], "pair", None, texts, [row["image_id"], *texts.values()])]

    def scorer(self, on_decision: OnDecision | None = None) -> ToyScorer:
        return ToyScorer(["accuracy"], on_decision)

    def protocol(self) -> dict[str, Any]:
        return {"name": "toy-pairs", "ties": "wrong"}


class ToyScorer(TallyScorer):
    def add(self, encoded: EncodedItem) -> None:
        true, false = encoded.encoding.own([TRUE, FALSE]).tolist()
        item, truncated = encoded.item, len(encoded.truncated)
        self.count(
            "accuracy",
            Decision(
                item.image_id, item.key, true, false, "true" if true > false else "false", true > false, truncated
            ),
        )


def rows() -> list[dict[str, Any]]:
    colours = ["red", "green", "blue", "white", "black"]
    photos = [Image.new("RGB", (60, 40), colour) for colour in colours]
    texts = [(f"a {colour} wall", f"a wall without {colour}") for colour in colours]
    texts[1] = ("the same", "the same")  # a tie
    texts[3] = ("a white wall", "")
    return [
        {"image_id": str(number), "image": photo, "true": true, "false": false}
        for number, (photo, (true, false)) in enumerate(zip(photos, texts, strict=True))
    ]


@pytest.mark.parametrize("family", ["CLIPModel", "BlipForImageTextRetrieval"])
def test_a_toy_task_of_one_file(processor: Any, family: str) -> None:
    model = build(family, processor.tokenizer)
    images = image_processor_of(family)
    encoder = load_encoder(model, type("Processor", (), {"image_processor": images, "tokenizer": processor.tokenizer}))
    decisions: list[Decision] = []
    found = evaluate(ToyPairs(), row_readers(rows()), encoder, Run(2), lambda _, each: decisions.append(each))

    right = {}
    for row in (row for row in rows() if row["false"]):
        true, false = (slow_score(family, model, encoder.preprocessor, row["image"], row[which]) for which in row_texts)
        right[row["image_id"]] = (int(true > false + 1e-9), 1)
    score = found.scores["accuracy"]
    assert score.images == right and score.regions == 4
    assert score.excluded == {"no false caption": 1}
    assert score.tied == 1 and decisions[1].tied
    assert [each.image_id for each in decisions] == ["0", "1", "2", "4"]
    assert (found.images, found.regions, found.empty_images) == (4, 4, 1)
    assert found.protocol["name"] == "toy-pairs" and found.fingerprint


row_texts = ("true", "false")


@torch.inference_mode()
def slow_score(family: str, model: Any, preprocessor: Preprocessor, photo: Image.Image, text: str) -> float:
    """One pair, by the model's own forward."""
    pixels = preprocessor.image_processor(images=photo, return_tensors="pt")["pixel_values"]
    inputs = preprocessor.tokenizer([text], return_tensors="pt")
    if family == "CLIPModel":
        output = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], pixel_values=pixels)
        return float(output.logits_per_image)
    logits = model(
        input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], pixel_values=pixels
    ).itm_score
    return float(logits[0, 1] - logits[0, 0])
