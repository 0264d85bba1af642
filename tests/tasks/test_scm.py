"""`evaluate.load("dci_scm")` against the slow reference, and the ways to call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from support import reference
from support.clip import make_clip

Load = Callable[..., Any]
ENTRIES = "sdci-entries"
"""What is odd in the release `odd` are regions; of whole images see test_incomplete_images.py."""

PAPER = ("all_scm", "all_neg", "pick5_scm", "pick5_neg", "base_neg", "hard_neg")


def same_scores(found: dict[str, Any], other: dict[str, Any]) -> None:
    """All values and counts, intervals included."""
    assert found == pytest.approx(other, abs=1e-12)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_scores_equal_the_reference(odd: Path, load: Load, metric: Any, processor: Any, split: str, seed: int) -> None:
    model = make_clip(seed)
    result = metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd, split=split))
    expected = reference.six_scores(reference.entries(odd, split), reference.clip_score(model, processor))
    assert set(PAPER) <= set(expected)
    for name, (correct, total) in expected.items():
        assert result[f"{name}_regions"] == total
        assert result[name] == (correct / total if total else None), name


@pytest.mark.parametrize("group_size", [1, 3, 100])
def test_other_group_sizes(
    odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any, group_size: int
) -> None:
    result = metric.compute(
        protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd), group_size=group_size
    )
    score = reference.clip_score(random_clip, processor)
    expected = reference.six_scores(reference.entries(odd, "test"), score, group_size)
    for name, (correct, total) in expected.items():
        assert result[name] == correct / total, name


def test_counts(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    result = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd))
    entries = reference.entries(odd, "test")
    assert result["images"] == 5
    assert result["images_without_regions"] == 1
    assert result["regions"] == len(entries) == 19
    assert result["pick5_scm_excluded"] == sum(len(entry["captions"]) < 5 for entry in entries)
    assert result["all_neg_excluded"] == sum(not entry["negatives"]["swaps"] for entry in entries)
    assert result["hard_neg_excluded"] == sum(reference.hard_negative(entry) is None for entry in entries)
    assert result["image_scm_excluded"] == 1
    context = processor.tokenizer.model_max_length
    lengths = [len(processor.tokenizer(entry["captions"][0])["input_ids"]) for entry in entries]
    assert result["all_scm_truncated"] == sum(length > context for length in lengths) > 0
    assert result["all_scm_ci_low"] <= result["all_scm"] <= result["all_scm_ci_high"]


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_batch_size_changes_nothing(
    odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any, batch_size: int
) -> None:
    dataset = load("sdci", odd)
    one = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset)
    same_scores(
        metric.compute(
            protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset, batch_size=batch_size
        ),
        one,
    )


def test_rows_may_come_in_any_form(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    dataset = load("sdci", odd)
    one = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset)
    decoded = list(dataset)
    assert hasattr(decoded[0]["image"], "crop")
    for rows in (
        load("sdci", odd, streaming=True),
        load("sdci", odd, streaming=True).filter(lambda row: True),
        load("sdci", odd, streaming=True).take(100),
        load("sdci", odd).to_iterable_dataset(),
        load("sdci", odd).select(range(6)),
        dataset.with_format("numpy"),
        decoded,
        iter(decoded),
    ):
        same_scores(metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=rows), one)


def test_one_pass(odd: Path, load: Load, metric: Any, processor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dcikit.engine import prepare

    model = make_clip()
    images: list[int] = []
    texts: list[tuple[int, ...]] = []
    opened: list[str] = []
    embed_images, embed_texts, open_photo = model.get_image_features, model.get_text_features, prepare.open_photo

    def count_images(pixel_values: torch.Tensor) -> Any:
        images.append(len(pixel_values))
        return embed_images(pixel_values=pixel_values)

    def count_texts(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        texts.extend(tuple(ids[mask.bool()].tolist()) for ids, mask in zip(input_ids, attention_mask, strict=True))
        return embed_texts(input_ids=input_ids, attention_mask=attention_mask)

    monkeypatch.setattr(model, "get_image_features", count_images)
    monkeypatch.setattr(model, "get_text_features", count_texts)
    monkeypatch.setattr(prepare, "open_photo", lambda row: opened.append(row["image_id"]) or open_photo(row))
    result = metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd), batch_size=4)
    assert sum(images) == result["regions"]
    assert max(images) == 4
    assert len(texts) == len(set(texts)) > 0
    assert len(opened) == len(set(opened)) == result["images"]


def embedded(folder: Path, model: Any, processor: Any) -> list[dict[str, Any]]:
    """What a user with an encoder of their own would add, entry by entry, one text at a time."""

    def features(output: Any) -> list[float]:
        return getattr(output, "pooler_output", output)[0].tolist()

    def text(caption: str) -> list[float]:
        tokens = processor.tokenizer([caption], truncation=True, max_length=77, return_tensors="pt")
        return features(model.get_text_features(**tokens))

    entries = []
    with torch.no_grad():
        for entry in reference.entries(folder, "test"):
            pixels = processor.image_processor(images=entry["crop"](), return_tensors="pt")["pixel_values"]
            scores = entry["clip_scores"]
            negatives = entry["negatives"]
            entries.append(
                {
                    "image_id": entry["image_id"],
                    "key": entry["key"],
                    "image_embeds": features(model.get_image_features(pixel_values=pixels)),
                    "caption_embeds": [text(caption) for caption in entry["captions"]],
                    "negative_embeds": {kind: [text(t) for t in texts] for kind, texts in negatives.items()},
                    "clip_scores": scores
                    and {k: [scores.get(f"{k}_{i}") for i in range(len(t))] for k, t in negatives.items()},
                }
            )
    return entries


def test_precomputed_embeddings(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    expected = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd))
    entries = embedded(odd, random_clip, processor)
    names = list(entries[0])

    def check(result: dict[str, Any]) -> None:
        for name, value in result.items():
            if not name.endswith("_truncated") and name not in ("images_without_regions", "fingerprint"):
                assert value == pytest.approx(expected[name]), name

    for entry in entries:
        metric.add(**entry)
    check(metric.compute(protocol=ENTRIES))
    for half in (entries[:7], entries[7:]):
        metric.add_batch(**{name: [entry[name] for entry in half] for name in names})
    check(metric.compute(protocol=ENTRIES))
    check(metric.compute(protocol=ENTRIES, **{name: [entry[name] for entry in entries] for name in names}))
    with pytest.raises(ValueError, match="nothing to score"):
        metric.compute(protocol=ENTRIES)


def test_precomputed_scores(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    expected = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd))
    entries = reference.entries(odd, "test")
    score = reference.clip_score(random_clip, processor)
    for one in entries:
        raw = one["clip_scores"]
        metric.add(
            image_id=one["image_id"],
            key=one["key"],
            caption_scores=[[score(one, text) for text in other["captions"]] for other in entries],
            negative_scores={kind: [score(one, text) for text in texts] for kind, texts in one["negatives"].items()},
            clip_scores=raw
            and {k: [raw.get(f"{k}_{i}") for i in range(len(texts))] for k, texts in one["negatives"].items()},
        )
    result = metric.compute(protocol=ENTRIES)
    for name in expected:
        if not name.endswith("_truncated") and name not in ("images_without_regions", "fingerprint"):
            assert result[name] == pytest.approx(expected[name]), name


def test_scores_outside_the_groups_may_be_left_out(metric: Any) -> None:
    for place in range(3):
        caption_scores: list[list[float]] = [[], [], []]
        caption_scores[place] = [1.0]
        metric.add(image_id=str(place), key="base", caption_scores=caption_scores)
    assert metric.compute(protocol=ENTRIES, group_size=1)["all_scm"] == 1.0
    metric.add(image_id="0", key="base", caption_scores=[[1.0], []])
    metric.add(image_id="1", key="base", caption_scores=[[1.0], [1.0]])
    with pytest.raises(ValueError, match="caption_scores.*image 0.*region 1"):
        metric.compute(protocol=ENTRIES)


def vectors(*values: float) -> dict[str, Any]:
    return {"image_embeds": list(values), "caption_embeds": [list(values)]}


def test_a_constant_encoder_gets_no_free_hits_unseen(metric: Any) -> None:
    for place in range(16):
        metric.add(image_id=str(place), key="base", **vectors(1.0, 2.0), negative_embeds={"swaps": [[1.0, 2.0]]})
    result = metric.compute(protocol=ENTRIES)
    assert result["all_scm"] == 2 / 16  # the first of each group of 8
    assert result["all_scm_tied"] == 16
    assert result["all_neg"] == 0.0
    assert result["all_neg_tied"] == 16


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_embeddings_that_are_no_numbers_are_refused(metric: Any, value: float) -> None:
    with pytest.raises(ValueError, match="image 7 region base"):
        metric.add(image_id="7", key="base", **vectors(1.0, value))


def test_scores_that_are_no_numbers_are_refused(metric: Any) -> None:
    metric.add(image_id="7", key="base", caption_scores=[[float("nan")]])
    with pytest.raises(ValueError, match="image 7 region base.*NaN"):
        metric.compute(protocol=ENTRIES)


def test_a_model_that_answers_nan_is_refused(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip()
    torch.nn.init.constant_(model.visual_projection.weight, float("nan"))
    with pytest.raises(ValueError, match="image 300207 region base"):
        metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "either"),
        ({**vectors(1.0), "caption_scores": [[1.0]]}, "either"),
        ({"image_embeds": [1.0]}, "either"),
        ({"image_embeds": [[1.0]], "caption_embeds": [[1.0]]}, "shape"),
        ({"image_embeds": [1.0], "caption_embeds": []}, "must be real numbers, at least one"),
        ({"image_embeds": [1.0], "caption_embeds": [[1.0, 2.0]]}, "width"),
        ({**vectors(1.0), "negative_embeds": {"wrong": [[1.0]]}}, "basic, layout, swaps"),
    ],
)
def test_wrong_entries(metric: Any, entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric.add(image_id="1", key="base", **entry)


def test_entries_twice_or_out_of_order(metric: Any) -> None:
    for ids in (["1", "1"], ["1", "2", "1"]):
        for image_id in ids:
            metric.add(image_id=image_id, key="base", **vectors(1.0))
        with pytest.raises(ValueError, match="twice"):
            metric.compute(protocol=ENTRIES)


def test_suites_can_be_chosen(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    everything = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd))
    for suites in (["base"], ["pick5"], ["hard", "image"], "all"):
        some = metric.compute(
            protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd), suites=suites
        )
        assert len(some) < len(everything)
        assert some == {name: everything[name] for name in some}
    with pytest.raises(ValueError, match="pick5"):
        metric.compute(
            protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd), suites=["pick6"]
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "x"}, "together"),
        ({"dataset": []}, "together"),
        ({"model": torch.nn.Linear(1, 1), "dataset": []}, "CLIPModel.*Linear"),
        ({"model": "no/such-model", "dataset": []}, "no/such-model"),
    ],
)
def test_wrong_calls(metric: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric.compute(protocol=ENTRIES, **arguments)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [([], "nothing to score"), (7, "got a int"), ([{"text": "a"}], "config sdci"), ("sdci", "got a str")],
)
def test_wrong_datasets(metric: Any, random_clip: Any, processor: Any, dataset: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset)


def test_several_splits_or_no_photos(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    with pytest.raises(ValueError, match="one split.*train"):
        metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd, split=None))
    with pytest.raises(ValueError, match="photos=True"):
        metric.compute(
            protocol=ENTRIES, model=random_clip, processor=processor, dataset=load("sdci", odd, photos=False)
        )


def test_a_photo_damaged_inside_is_named(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    rows = [row for table in load("sdci", odd).with_format("arrow").iter(1) for row in table.to_pylist()]
    data = bytearray(rows[0]["image"]["bytes"])
    rows[0]["image"]["bytes"] = bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"sa_300207\.jpg: the photo cannot be decoded"):
        metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=rows)


def test_skipped_images_reach_the_result(
    one_image: Path, odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(odd, tmp_path / "bad")
    (tmp_path / "bad" / "photos" / "sa_300013.jpg").unlink()
    for streaming in (False, True):
        dataset = load("sdci", tmp_path / "bad", on_error="skip", streaming=streaming)
        result = metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset)
        assert result["images_skipped"] == 1


def test_a_saved_model_and_an_adapter(odd: Path, load: Load, metric: Any, processor: Any, tmp_path: Path) -> None:
    import peft

    model = make_clip(3)
    model.save_pretrained(tmp_path / "clip")
    processor.save_pretrained(tmp_path / "clip")
    dataset = load("sdci", odd)
    plain = metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=dataset)
    same_scores(metric.compute(protocol=ENTRIES, model=str(tmp_path / "clip"), dataset=dataset), plain)

    targets = "q_proj k_proj v_proj out_proj fc1 fc2 visual_projection text_projection".split()
    config = peft.LoraConfig(r=4, lora_alpha=2, target_modules=targets, bias="lora_only", init_lora_weights=False)
    torch.manual_seed(1)
    adapted = peft.get_peft_model(make_clip(3), config).eval()
    adapted.save_pretrained(tmp_path / "lora")
    result = metric.compute(
        protocol=ENTRIES, model=str(tmp_path / "clip"), adapter=str(tmp_path / "lora"), dataset=dataset
    )
    score = reference.clip_score(adapted.base_model.model, processor)
    expected = reference.six_scores(reference.entries(odd, "test"), score)
    assert {name: result[name] for name in expected} == {name: c / n for name, (c, n) in expected.items()}
    assert any(result[name] != plain[name] for name in expected)

    (tmp_path / "lora" / "adapter_model.safetensors").rename(tmp_path / "lora" / "adapter_model.bin")
    with pytest.raises(ValueError, match=r"adapter_model\.safetensors"):
        metric.compute(protocol=ENTRIES, model=str(tmp_path / "clip"), adapter=str(tmp_path / "lora"), dataset=dataset)


def test_a_model_that_is_no_clip_and_pickled_weights(
    odd: Path, load: Load, metric: Any, processor: Any, tmp_path: Path
) -> None:
    from transformers import BertConfig

    BertConfig().save_pretrained(tmp_path / "bert")
    with pytest.raises(ValueError, match="CLIPModel.*bert"):
        metric.compute(protocol=ENTRIES, model=str(tmp_path / "bert"), dataset=[])
    model = make_clip()
    model.save_pretrained(tmp_path / "clip")
    processor.save_pretrained(tmp_path / "clip")
    (tmp_path / "clip" / "model.safetensors").unlink()
    torch.save(model.state_dict(), tmp_path / "clip" / "pytorch_model.bin")
    with pytest.raises(ValueError, match="safetensors"):
        metric.compute(protocol=ENTRIES, model=str(tmp_path / "clip"), dataset=[])


def test_a_model_in_training_stays_in_training(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip().train()
    model.config.vision_config.attention_dropout = 0.5
    first = metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd))
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())
    same_scores(metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd)), first)


def test_a_context_of_16_tokens(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip(max_position_embeddings=16)
    result = metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd))
    score = reference.clip_score(model, processor)
    expected = reference.six_scores(reference.entries(odd, "test"), score)
    assert {name: result[name] for name in expected} == {name: c / n for name, (c, n) in expected.items()}
    assert result["all_scm_truncated"] > 1


def test_half_precision(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip().to(torch.bfloat16)
    result = metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd))
    assert 0 <= result["all_scm"] <= 1
    with pytest.raises(ValueError, match="dtype"):
        metric.compute(protocol=ENTRIES, model=model, processor=processor, dataset=load("sdci", odd), dtype="int8")


def test_from_its_file_alone(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    """As from a Hub repository: `evaluate` copies the script with the siblings that it imports."""
    import evaluate

    from dci_metric import dci_scm

    copied = evaluate.load(dci_scm.__file__)
    assert type(copied).__module__.startswith("evaluate_modules")
    dataset = load("sdci", odd)
    same_scores(
        copied.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset),
        metric.compute(protocol=ENTRIES, model=random_clip, processor=processor, dataset=dataset),
    )
