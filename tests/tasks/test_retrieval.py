"""`evaluate.load("dci_retrieval")` against a slow reference, and the texts of its protocols."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from support import reference
from support.clip import make_clip

from dcikit.engine.items import Excluded, Item
from dcikit.tasks.retrieval import Retrieval
from dcikit.tasks.retrieval.protocols import (
    PROTOCOLS,
    check_protocol,
    missing_photos,
    protocol_text,
    retrieval_items,
)

Load = Callable[..., Any]
SPLITS = ("train", "valid", "test")


@pytest.fixture
def metric() -> Any:
    import evaluate

    import dci_metric  # noqa: F401 - registers

    return evaluate.load("dci_retrieval")


# --- texts ---


@pytest.mark.parametrize(
    ("short", "extra", "text"),
    [
        ("A dog.", "It runs. It barks.\nBehind it: a wall.", "A dog. It runs. It barks. Behind it: a wall"),
        ("A dog", "runs", "A dog. runs"),
        (" A dog ... ", "\n\n . \n", "A dog"),
        ("It is 3.5 m high!", "Really?\r\nYes.", "It is 3. 5 m high!. Really?. Yes"),
        ("A dog.", "", "A dog"),
        ("", "", ""),
    ],
)
def test_text_of_lotlip(short: str, extra: str, text: str) -> None:
    assert protocol_text("lotlip", short, extra) == text


def test_texts_of_extra_and_long_dci() -> None:
    for protocol in ("extra", "long-dci"):
        assert protocol_text(protocol, "A dog.", " It runs.\nIt barks. ") == " It runs.\nIt barks. "
    assert protocol_text("extra", "A dog.", "") == ""
    assert protocol_text("long-dci", "A dog.", "") is None


@pytest.mark.parametrize(
    ("protocol", "texts"),
    [
        ("fgclip", [" it RUNS.\nit barks. ".lower(), ""]),
        ("goal", ["It runs.\nIt barks.", ""]),
        ("plain", ["A dog.  It runs.\nIt barks. ", "A dog. "]),
        ("short", ["A dog.", "A dog."]),
    ],
)
def test_texts_of_papers(protocol: str, texts: list[str]) -> None:
    extras = [" It runs.\nIt barks. ", ""]
    assert [protocol_text(protocol, "A dog.", extra) for extra in extras] == texts


def test_short_falls_back_on_the_extra_caption() -> None:
    assert protocol_text("short", "", "It runs.") == "It runs."


def test_the_list_of_goal() -> None:
    """The hash of its sorted names, joined by newlines, as it was taken of GOAL's own file."""
    photos = PROTOCOLS["goal"].photos or ()
    digest = hashlib.sha256("\n".join(sorted(photos)).encode()).hexdigest()
    assert digest == "089dcbb410cdfbb5952b33df53c560c6d5f73fe47bcb7bd62693c52ff24f4530"
    assert len(photos) == PROTOCOLS["goal"].gallery == 1999


def test_goal_ranks_its_own_photos_only() -> None:
    row = {"image_id": "7", "width": 9, "height": 9, "short_caption": "A dog.", "extra_caption": " It runs. "}
    [item] = retrieval_items({**row, "file_name": "sa_1543972.jpg"}, "goal")
    assert isinstance(item, Item) and list(item.texts.values()) == ["It runs."]
    assert retrieval_items({**row, "file_name": "sa_1.jpg"}, "goal") == [
        Excluded("7", "base", "not in the protocol's list of photos")
    ]


def test_the_list_of_imageinwords() -> None:
    """The hash of the sorted names of its 112 rows, joined by newlines, as it was taken of its own file."""
    photos = PROTOCOLS["iiw"].photos or ()
    digest = hashlib.sha256("\n".join(sorted(photos)).encode()).hexdigest()
    assert digest == "be530c0c18dc41aa6c080ee5e265ec6ee1c37843550a411e45ec72116a928483"
    assert len(photos) == PROTOCOLS["iiw"].gallery


def test_iiw_reads_its_own_rows_only() -> None:
    row = {"image_id": "113029", "file_name": "sa_1545038.jpg", "width": 9, "height": 9}
    [item] = retrieval_items({**row, "iiw_description": " A dog.\nIt runs. "}, "iiw")
    assert isinstance(item, Item) and list(item.texts.values()) == ["A dog.\nIt runs."]
    with pytest.raises(ValueError, match=r'rows of config iiw for iiw, with .*iiw_description; load it with .*"iiw"'):
        retrieval_items({**row, "short_caption": "A dog.", "extra_caption": "It runs."}, "iiw")


def test_photos_that_the_data_lack_are_listed() -> None:
    names = sorted(PROTOCOLS["goal"].photos or ())
    assert missing_photos("goal", [*names[2:], "sa_1.jpg"]) == names[:2]
    assert missing_photos("lotlip", []) == []


def test_the_protocol_says_how_large_its_gallery_is() -> None:
    galleries = {name: Retrieval(name).protocol()["gallery"] for name in PROTOCOLS}
    assert galleries == {**dict.fromkeys(PROTOCOLS, 7805), "long-dci": 7602, "goal": 1999, "iiw": 112}
    assert "gallery" not in Retrieval(unit="region").protocol()


def test_protocols_and_units() -> None:
    assert check_protocol(None, "image") == "lotlip"
    assert check_protocol("long-dci", "image") == "long-dci"
    assert check_protocol(None, "region") == "region"
    for protocol, unit, message in (
        ("dci", "image", "lotlip, extra, long-dci, fgclip, goal, plain, short, iiw, got dci"),
        ("region", "image", "got region"),
        (None, "mask", "image, region, got mask"),
        ("lotlip", "region", "leave it out"),
    ):
        with pytest.raises(ValueError, match=message):
            check_protocol(protocol, unit)


def test_regions_are_found_by_their_first_caption(odd: Path, load: Load) -> None:
    items = [item for row in load("sdci", odd) for item in retrieval_items(row, "region")]
    found = [(item.image_id, item.key, list(item.texts.values())) for item in items]
    expected = [(entry["image_id"], entry["key"], entry["captions"][:1]) for entry in reference.entries(odd, "test")]
    assert found == expected


# --- scores ---


def pictures(folder: Path, protocol: str) -> list[tuple[str, Image.Image, str]]:
    """§6: image, picture and text of what is ranked, from the release's own files."""
    if protocol == "region":
        entries = reference.entries(folder, "test")
        return [(entry["image_id"], entry["crop"](), entry["captions"][0]) for entry in entries]
    found = []
    for split in SPLITS:
        for name in reference.load(folder, "splits.json", ".")[split]:
            doc = reference.load(folder, name, "annotations")
            text = doc["extra_caption"]
            if protocol == "lotlip":
                pieces = [piece.strip() for piece in re.split("\n|[.]", reference.extended_caption(doc))]
                text = ". ".join(piece for piece in pieces if piece != "")
            elif protocol == "long-dci" and text == "":
                continue
            photo = Image.open(folder / "photos" / doc["image"]).convert("RGB")
            found.append((name.removesuffix("-data.json"), photo, text))
    return found


def embeddings(ranked: list[tuple[str, Image.Image, str]], model: Any, processor: Any) -> tuple[Any, Any]:
    """One picture and one text at a time, at length 1, in double precision."""

    def unit(output: Any) -> torch.Tensor:
        return torch.nn.functional.normalize(getattr(output, "pooler_output", output)[0].double(), dim=0)

    images, texts = [], []
    context = model.config.text_config.max_position_embeddings
    with torch.no_grad():
        for _, picture, text in ranked:
            pixels = processor.image_processor(images=picture, return_tensors="pt")["pixel_values"]
            images.append(unit(model.get_image_features(pixel_values=pixels)))
            tokens = processor.tokenizer([text], truncation=True, max_length=context, return_tensors="pt")
            texts.append(unit(model.get_text_features(**tokens)))
    return images, texts


def slow_scores(images: list[torch.Tensor], texts: list[torch.Tensor]) -> dict[str, float | int]:
    """§6 with the whole matrix."""
    n = len(images)
    matrix = [[float((image * text).sum()) for text in texts] for image in images]
    found: dict[str, float | int] = {}
    for name, queries in (("i2t", matrix), ("t2i", [list(column) for column in zip(*matrix, strict=True)])):
        higher = [sum(queries[q][j] > queries[q][q] for j in range(n) if j != q) for q in range(n)]
        found |= {f"{name}_r@{k}": sum(count < k for count in higher) / n for k in (1, 5, 10)}
        found[f"{name}_tied"] = sum(any(queries[q][j] == queries[q][q] for j in range(n) if j != q) for q in range(n))
    return found


@pytest.mark.parametrize("protocol", ["lotlip", "extra", "long-dci", "region"])
def test_scores_equal_the_reference(odd: Path, load: Load, metric: Any, processor: Any, protocol: str) -> None:
    model = make_clip(1)
    options: dict[str, Any] = {"unit": "region"} if protocol == "region" else {"protocol": protocol}
    dataset = load("sdci", odd) if protocol == "region" else load("dci", odd, split="all")
    result = metric.compute(model=model, processor=processor, dataset=dataset, **options)
    ranked = pictures(odd, protocol)
    expected = slow_scores(*embeddings(ranked, model, processor))
    assert {name: result[name] for name in expected} == expected
    assert result["regions"] == result["texts"] == len(ranked)
    assert result["images"] == len({image_id for image_id, _, _ in ranked})
    assert result["excluded"] == (1 if protocol == "long-dci" else 0)
    lengths = [len(processor.tokenizer(text)["input_ids"]) for _, _, text in ranked]
    assert result["truncated"] == sum(length > 77 for length in lengths)
    for name in ("i2t_r@1", "t2i_r@10"):
        assert result[f"{name}_ci_low"] <= result[name] <= result[f"{name}_ci_high"]


def test_empty_captions_stay_in_with_extra(
    odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any
) -> None:
    """Of the 12 images 90001 has none, and the other 11 one and the same: they are tied."""
    dataset = load("dci", odd, split="all")
    counts = {}
    for protocol in ("lotlip", "extra", "long-dci"):
        result = metric.compute(model=random_clip, processor=processor, dataset=dataset, protocol=protocol)
        counts[protocol] = result["images"], result["excluded"], result["i2t_tied"]
    assert counts == {"lotlip": (12, 0, 0), "extra": (12, 0, 11), "long-dci": (11, 1, 11)}
    assert result["i2t_r@1"] == 1.0 and result["t2i_tied"] == 0


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_batch_size_changes_nothing(
    odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any, batch_size: int
) -> None:
    dataset = load("sdci", odd)
    one = metric.compute(model=random_clip, processor=processor, dataset=dataset, unit="region")
    other = metric.compute(
        model=random_clip, processor=processor, dataset=dataset, unit="region", batch_size=batch_size
    )
    assert other == one


def test_rows_may_come_in_any_form(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    dataset = load("dci", odd)
    one = metric.compute(model=random_clip, processor=processor, dataset=dataset)
    for rows in (load("dci", odd, streaming=True), list(dataset), iter(dataset), dataset.with_format("numpy")):
        assert metric.compute(model=random_clip, processor=processor, dataset=rows) == one


def test_equal_texts_of_different_windows_are_tied(
    odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcikit.engine.windows.WINDOW", 1)
    dataset = load("dci", odd, split="all")
    result = metric.compute(model=random_clip, processor=processor, dataset=dataset, protocol="long-dci")
    assert result["i2t_tied"] == 11


def test_fingerprint_is_of_texts_and_order(odd: Path, load: Load, random_clip: Any, processor: Any) -> None:
    from dcikit.encoders.models import load_encoder
    from dcikit.engine.prepare import row_readers
    from dcikit.engine.windows import Run
    from dcikit.tasks.evaluation import Evaluation, evaluate_with
    from dcikit.tasks.retrieval.scorer import RetrievalScorer

    encoder, rows = load_encoder(random_clip, processor), list(load("dci", odd))

    def evaluated(rows: list[Any], protocol: str = "lotlip") -> tuple[RetrievalScorer, Evaluation]:
        task = Retrieval(protocol)
        scorer = task.scorer()
        return scorer, evaluate_with(scorer, task, row_readers(rows), encoder, Run())

    def fingerprint(rows: list[Any], protocol: str = "lotlip") -> str | None:
        return evaluated(rows, protocol)[1].fingerprint

    one = fingerprint(rows)
    assert fingerprint(rows) == one
    other = [{**rows[0], "short_caption": "Another one."}, *rows[1:]]
    assert len({one, fingerprint(rows[::-1]), fingerprint(other), fingerprint(rows, "extra")}) == 4
    scorer, result = evaluated(rows)
    assert result.protocol["name"] == "lotlip"
    assert scorer.pairs.keys == list(scorer.pairs.text_keys()) == [(row["image_id"], "base") for row in rows]
    hits = scorer.i2t.hits(5).tolist()
    score = result.scores["i2t_r@5"]
    assert score.images == {row["image_id"]: (int(hit), 1) for row, hit in zip(rows, hits, strict=True)}


def test_a_context_of_16_tokens(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip(max_position_embeddings=16)
    result = metric.compute(model=model, processor=processor, dataset=load("dci", odd, split="all"))
    expected = slow_scores(*embeddings(pictures(odd, "lotlip"), model, processor))
    assert {name: result[name] for name in expected} == expected
    assert result["truncated"] > 1


def test_a_model_that_answers_nan_is_refused(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip()
    torch.nn.init.constant_(model.text_projection.weight, float("nan"))
    with pytest.raises(ValueError, match="image 300207 region base"):
        metric.compute(model=model, processor=processor, dataset=load("dci", odd))


def test_a_constant_model(odd: Path, load: Load, metric: Any, processor: Any) -> None:
    model = make_clip()
    with torch.no_grad():
        for tower in (model.vision_model.post_layernorm, model.text_model.final_layer_norm):
            tower.weight.zero_()
            tower.bias.fill_(1.0)
    result = metric.compute(model=model, processor=processor, dataset=load("dci", odd, split="all"))
    assert result["i2t_tied"] == result["t2i_tied"] == 12
    assert result["i2t_r@1"] == result["t2i_r@1"] == 1.0


# --- embeddings of one's own ---


def test_precomputed_embeddings(odd: Path, metric: Any, random_clip: Any, processor: Any) -> None:
    ranked = pictures(odd, "lotlip")
    images, texts = embeddings(ranked, random_clip, processor)
    expected = slow_scores(images, texts)
    ids = [image_id for image_id, _, _ in ranked]

    for image_id, image, text in zip(ids, images, texts, strict=True):
        metric.add(image_id=image_id, image_embeds=image.tolist(), text_embeds=text)
    result = metric.compute()
    assert {name: result[name] for name in expected} == expected
    for half in (slice(0, 5), slice(5, None)):
        metric.add_batch(image_id=ids[half], image_embeds=torch.stack(images[half]), text_embeds=texts[half])
    assert metric.compute() == result
    assert metric.compute(image_id=ids, image_embeds=torch.stack(images).numpy(), text_embeds=texts) == result
    with pytest.raises(ValueError, match="nothing to score"):
        metric.compute()


def test_several_texts_of_a_region(metric: Any) -> None:
    metric.add(image_id=7, image_embeds=[1.0, 0.0], text_embeds=[[0.0, 1.0], [1.0, 0.1]])
    metric.add(image_id=7, key="m-1-sc", image_embeds=[0.0, 1.0], text_embeds=[0.1, 1.0])
    result = metric.compute()
    assert (result["images"], result["regions"], result["texts"]) == (1, 2, 3)
    assert result["i2t_r@1"] == 0.5  # the second image prefers a text of the first
    assert result["t2i_r@1"] == 2 / 3
    assert result["i2t_r@1_ci_low"] is None


@pytest.mark.parametrize(
    ("image", "texts", "message"),
    [
        ([[1.0]], [1.0], "image 7 region base must have"),
        ([1.0], [1.0, 2.0], "of one D"),
        ([1.0], [], "at least one"),
        ([float("nan")], [1.0], "image 7 region base hold NaN"),
        ([1.0], [[1.0], [float("inf")]], "image 7 region base hold NaN"),
    ],
)
def test_wrong_embeddings(metric: Any, image: Any, texts: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric.add(image_id="7", image_embeds=image, text_embeds=texts)


def test_wrong_calls(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    one = {"image_id": "7", "image_embeds": [1.0], "text_embeds": [1.0]}
    with pytest.raises(ValueError, match="together"):
        metric.compute(model=random_clip)
    with pytest.raises(ValueError, match="one length"):
        metric.add_batch(image_id=["7", "8"], image_embeds=[[1.0]], text_embeds=[[1.0]])
    metric.add(**one)
    with pytest.raises(ValueError, match="comes twice"):
        metric.add(**one)
    with pytest.raises(ValueError, match="not both"):
        metric.compute(model=random_clip, dataset=[])
    metric.compute()

    def compute(dataset: Any, **options: Any) -> None:
        metric.compute(model=random_clip, processor=processor, dataset=dataset, **options)

    with pytest.raises(ValueError, match="nothing to score"):
        compute([])
    with pytest.raises(ValueError, match="rows of config dci"):
        compute(load("sdci", odd))
    with pytest.raises(ValueError, match="rows of config sdci"):
        compute(load("dci", odd), unit="region")
    with pytest.raises(ValueError, match="comes twice"):
        compute([*load("dci", odd), *load("dci", odd)])
    with pytest.raises(ValueError, match="protocol"):
        compute([], protocol="LoTLIP")


def test_from_its_file_alone(odd: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    """As from a Hub repository: `evaluate` copies the script with the siblings that it imports."""
    import evaluate

    from dci_metric import dci_retrieval

    copied = evaluate.load(dci_retrieval.__file__)
    assert type(copied).__module__.startswith("evaluate_modules")
    dataset = load("dci", odd)
    found = [each.compute(model=random_clip, processor=processor, dataset=dataset) for each in (copied, metric)]
    assert found[0] == found[1]
