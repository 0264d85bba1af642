"""The objective `dreamlip`: losses against loops in float64, sentences, mask weights, the dataset, the models."""

from __future__ import annotations

import dataclasses
import io
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
import transformers
from datasets import Dataset, load_dataset
from PIL import Image
from support.clip import make_clip
from torch import Tensor

import dci_dataset  # noqa: F401 - registers
from dcikit.encoders.models import load_encoder
from dcikit.encoders.preprocessor import Preprocessor
from dcikit.training import Crops, Recipe
from dcikit.training.batches import Draw
from dcikit.training.dreamlip import (
    DreamLipObjective,
    LongCaptions,
    SubCaption,
    grouping_loss,
    multi_positive_loss,
    patch_grid,
    patch_weights,
    row_sub_captions,
)
from dcikit.training.dreamlip.mask_keeper import MaskKeeper
from dcikit.training.dreamlip.patches import PatchTowers
from dcikit.training.dreamlip.view import mask_weights, patch_edges

GRID = (8, 8)
"""Of the tiny CLIP: patches of 8 pixels, 64 a side."""


# --- losses ---


def random_features(*shape: int, seed: int = 0) -> Tensor:
    """Float64 vectors of length 1."""
    features = torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return features / features.norm(dim=-1, keepdim=True)


def surprise(scores: list[Tensor], own: int) -> Tensor:
    """-log of the share of exp(own score)."""
    return sum(score.exp() for score in scores).log() - scores[own]  # type: ignore[union-attr]


def slow_multi_positive(logits: Tensor, k: int) -> Tensor:
    size = len(logits)
    total = torch.zeros((), dtype=logits.dtype)
    for number in range(k):
        for own in range(size):
            total += surprise([logits[own, k * other + number] for other in range(size)], own)
            total += surprise([logits[other, k * own + number] for other in range(size)], own)
    return total / (2 * size * k)


def slow_weights(similarities: list[Tensor]) -> list[Tensor]:
    low, high = min(similarities), max(similarities)
    scaled = [(each - low) / (high - low) for each in similarities]
    kept = [each if each >= 1 / len(scaled) else each * 0 for each in scaled]
    return [each / sum(kept) for each in kept]


def slow_grouping(texts: Tensor, patches: Tensor, scale: float, weights: Tensor | None) -> Tensor:
    size, k, _ = texts.shape
    total = torch.zeros((), dtype=texts.dtype)
    for image in range(size):
        groups = []
        for number in range(k):
            similar = [(texts[image, number] * patch).sum() for patch in patches[image]]
            shares = slow_weights(similar) if weights is None else weights[image, number]
            group = sum(share * patch for share, patch in zip(shares, patches[image], strict=True))
            groups.append(group / (group**2).sum().sqrt())  # type: ignore[operator]
        for own in range(k):
            total += surprise([scale * (group * texts[image, own]).sum() for group in groups], own)
            total += surprise([scale * (groups[own] * text).sum() for text in texts[image]], own)
    return total / (2 * size * k)


def test_multi_positive_loss_is_that_of_loops() -> None:
    logits = torch.randn(4, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 3
    fast, slow = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    torch.testing.assert_close(multi_positive_loss(fast), slow_multi_positive(slow, 3))
    multi_positive_loss(fast).backward()
    slow_multi_positive(slow, 3).backward()
    torch.testing.assert_close(fast.grad, slow.grad)


def test_sub_captions_of_an_image_are_no_negatives_of_each_other() -> None:
    # Image 0 likes its second sub-caption least; with the first of image 1 out of reach, that costs nothing.
    logits = torch.tensor([[50.0, -50.0, -200.0, -200.0], [-200.0, -200.0, 50.0, -50.0]])
    assert multi_positive_loss(logits) == 0
    # One pair each, of equal scores: log 2 everywhere.
    assert multi_positive_loss(torch.zeros(2, 6)).item() == pytest.approx(np.log(2))


def test_multi_positive_loss_refuses_columns_that_are_no_groups() -> None:
    for shape in ((2, 3), (2, 0)):
        with pytest.raises(ValueError, match=rf"logits must be \(B, K\*B\), got \({shape[0]}, {shape[1]}\)"):
            multi_positive_loss(torch.zeros(shape))


def test_patch_weights_by_hand() -> None:
    similarity = torch.tensor(
        [
            # scaled 0, 0.2, 0.6, 1; below 1/4 is 0; sum 1.6
            [[0.1, 0.2, 0.4, 0.6], [-1.0, -1.0, -1.0, 1.0]],
            # 1/4 itself stays: scaled 0, 0.25, 1, 0; all alike: uniform
            [[0.0, 0.25, 1.0, 0.0], [0.3, 0.3, 0.3, 0.3]],
        ],
        dtype=torch.float64,
    )
    expected = [[[0, 0, 0.375, 0.625], [0, 0, 0, 1]], [[0, 0.2, 0.8, 0], [0.25, 0.25, 0.25, 0.25]]]
    torch.testing.assert_close(patch_weights(similarity), torch.tensor(expected, dtype=torch.float64))
    assert patch_weights(torch.ones(1, 1, 1)).tolist() == [[[1.0]]]
    # Of the first one, 0.6 is below 3/4, too.
    assert patch_weights(similarity[:1, :1], threshold=3).tolist() == [[[0, 0, 0, 1]]]


def test_constant_similarity_has_a_gradient_that_is_a_number() -> None:
    similarity = torch.full((1, 2, 5), 0.5, requires_grad=True)
    (patch_weights(similarity) * torch.arange(5.0)).sum().backward()
    assert similarity.grad is not None
    assert similarity.grad.tolist() == torch.zeros(1, 2, 5).tolist()


@pytest.mark.parametrize("given", [False, True])
def test_grouping_loss_is_that_of_loops(given: bool) -> None:
    texts, patches = random_features(3, 4, 6), random_features(3, 9, 6, seed=1)
    weights = torch.rand(3, 4, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) if given else None
    fast = [each.clone().requires_grad_() for each in (texts, patches)]
    slow = [each.clone().requires_grad_() for each in (texts, patches)]
    losses = grouping_loss(*fast, 7.0, weights), slow_grouping(*slow, 7.0, weights)
    torch.testing.assert_close(*losses)
    for loss in losses:
        loss.backward()
    for one, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_the_gradient_goes_through_the_weights() -> None:
    texts, patches = random_features(2, 3, 5), random_features(2, 7, 5, seed=1).requires_grad_()
    through, around = (
        torch.autograd.grad(grouping_loss(texts, patches, 5.0, weights), patches)[0]
        for weights in (None, patch_weights(texts @ patches.mT).detach())
    )
    assert not torch.allclose(through, around)


# --- sub-captions ---


def row(masks: list[dict[str, Any]], short: str = "A room.", extra: str = "", image_id: str = "1") -> dict[str, Any]:
    """A row of config `dci`, 60 x 40 pixels."""
    png = io.BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 30)).save(png, "PNG")
    return {
        "image_id": image_id,
        "image": {"bytes": png.getvalue(), "path": None},
        "width": 60,
        "height": 40,
        "short_caption": short,
        "extra_caption": extra,
        "masks": [{"mask_id": f"{place}", "quality": "ok", **mask} for place, mask in enumerate(masks)],
    }


def png(box: tuple[int, int, int, int], size: tuple[int, int] = (60, 40)) -> dict[str, Any]:
    """The mask of a box, a 1-bit PNG."""
    image, data = Image.new("1", size), io.BytesIO()
    image.paste(1, box)
    image.save(data, "PNG")
    return {"bytes": data.getvalue(), "path": None}


def test_sub_captions_by_hand() -> None:
    masks = [
        {"label": "door", "caption": "It is open. Behind it: snow!\n\n"},
        {"label": "crate", "caption": "", "quality": "low_quality"},
        {"label": "blur", "caption": "Never mind.", "quality": "bad"},
        {"label": "", "caption": 'Is it a lamp? ... ".'},
        {"label": "rug", "caption": ""},
    ]
    assert row_sub_captions(row(masks, "A room. ", "Bright\nand  warm.It is empty")) == [
        SubCaption("A room.", None, short=True),
        SubCaption("Bright", None),
        SubCaption("and  warm", None),
        SubCaption("It is empty", None),
        SubCaption("door: It is open", 0),
        SubCaption("door: Behind it: snow", 0),
        SubCaption("Is it a lamp", 3),
    ]
    assert row_sub_captions(row([], "", " \n")) == []


# --- where patches lie ---

CLIP = {
    "do_resize": True,
    "size": {"shortest_edge": 20},
    "do_center_crop": True,
    "crop_size": {"height": 20, "width": 20},
}
SQUASH = {"do_resize": True, "size": {"height": 20, "width": 20}}


def test_mask_weights_by_hand() -> None:
    # 60 x 40 becomes 30 x 20, of which 20 x 20 are seen: the photo from x = 10 to x = 50. Patches are 20 x 20 of it.
    rows, columns = patch_edges(CLIP, (60, 40), (2, 2))
    assert (rows.tolist(), columns.tolist()) == ([0, 20, 40], [10, 30, 50])
    mask = torch.zeros(40, 60, dtype=torch.bool)
    mask[18:22, 0:33] = True  # 2 of its rows above and below; 10 columns unseen, 20 left, 3 right
    torch.testing.assert_close(mask_weights(mask, (rows, columns)), torch.tensor([40.0, 6, 40, 6]) / 92)
    mask = torch.zeros(40, 60, dtype=torch.bool)
    mask[:, :10] = mask[:, 50:] = True  # ends where the view begins
    assert mask_weights(mask, (rows, columns)).tolist() == [0, 0, 0, 0]
    # Squashed, all of it is seen.
    rows, columns = patch_edges(SQUASH, (60, 40), (1, 3))
    assert (rows.tolist(), columns.tolist()) == ([0, 40], [0, 20, 40, 60])
    torch.testing.assert_close(mask_weights(mask, (rows, columns)), torch.tensor([0.5, 0, 0.5]))


def test_pixels_that_a_patch_cuts_are_shared() -> None:
    # 3 x 1 pixels, two patches: the middle pixel is half in each.
    edges = patch_edges(SQUASH, (3, 1), (1, 2))
    torch.testing.assert_close(mask_weights(torch.tensor([[True, True, False]]), edges), torch.tensor([0.75, 0.25]))


def test_a_crop_larger_than_the_photo_is_padded() -> None:
    settings = {**CLIP, "size": {"shortest_edge": 10}}  # 60 x 40 -> 15 x 10, in the middle of 20 x 20
    rows, columns = patch_edges(settings, (60, 40), (2, 2))
    assert (rows.tolist(), columns.tolist()) == ([-20, 20, 60], [-12, 28, 68])


@pytest.mark.parametrize("settings", [{}, {**CLIP, "do_resize": False}, {**CLIP, "size": {"longest_edge": 5}}])
def test_other_image_processors_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`image_processor` must resize to a shortest_edge.*train with masks=false"):
        patch_edges(settings, (60, 40), (2, 2))


@pytest.mark.parametrize("size", [(300, 200), (201, 333), (64, 64), (97, 65)])
@pytest.mark.parametrize(
    "options",
    [
        {"size": {"shortest_edge": 64}, "crop_size": 64},
        {"size": {"shortest_edge": 72}, "crop_size": 64},
        {"size": {"shortest_edge": 48}, "crop_size": 64},
        {"size": {"height": 64, "width": 64}, "do_center_crop": False},
    ],
)
def test_patches_lie_where_the_image_processor_puts_them(options: dict[str, Any], size: tuple[int, int]) -> None:
    processor = transformers.CLIPImageProcessor(**options)
    width, height = size
    yy, xx = np.mgrid[:height, :width]
    mask = ((xx - 0.4 * width) / (0.22 * width)) ** 2 + ((yy - 0.6 * height) / (0.3 * height)) ** 2 < 1
    photo = Image.fromarray((mask * 255).astype(np.uint8)).convert("RGB")
    seen = processor(images=photo, return_tensors="np", do_rescale=False, do_normalize=False)["pixel_values"][0][0]
    expected = seen.reshape(8, 8, 8, 8).mean((1, 3)).flatten()
    weights = mask_weights(torch.from_numpy(mask), patch_edges(processor.to_dict(), size, GRID))
    assert weights.numpy() == pytest.approx(expected / expected.sum(), abs=6e-4)  # of at most 0.04: bicubic rings


# --- the dataset ---


@pytest.fixture
def crops(processor: Any, tmp_path: Path) -> Crops:
    return Crops(load_encoder(make_clip(), processor).preprocessor, tmp_path / "crops")


@pytest.fixture(scope="module")
def rows(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    cache = str(tmp_path_factory.mktemp("cache"))
    return load_dataset("dci", "dci", data_dir=str(sample), cache_dir=cache, split="test").select(range(6))


def long_captions(rows: Any, crops: Crops, **options: Any) -> LongCaptions:
    return LongCaptions(rows, crops, **{"sub_captions": 5, "masks": False, "patch_grid": GRID, "seed": 3, **options})


@pytest.mark.parametrize("masks", [False, True])
def test_items_of_the_sample(rows: Any, crops: Crops, masks: bool) -> None:
    dataset = long_captions(rows, crops, masks=masks)
    assert (len(dataset), dataset.images, dataset.excluded) == (6, [0, 1, 2, 3, 4, 5], {})
    for number, plain in enumerate(rows):
        example = dataset[Draw(number, 2, counts=number != 1)]
        pixels = crops.preprocessor.pixels(plain["image"].convert("RGB"))["pixel_values"]
        torch.testing.assert_close(example.pixels["pixel_values"], pixels)
        masks_of = {each.text: each.mask for each in row_sub_captions(plain)}
        assert len(set(example.captions)) == 5
        assert set(example.captions) <= set(masks_of)
        assert (example.negative, example.counts) == (None, number != 1)
        if not masks:
            assert example.weights is None
            continue
        assert example.weights is not None
        assert example.weights.shape == (5, 64)
        for text, weights in zip(example.captions, example.weights, strict=True):
            mask = masks_of[text]
            expected = torch.full((64,), 1 / 64)
            if mask is not None:
                seen = torch.from_numpy(np.array(plain["masks"][mask]["mask"].convert("L")) > 0)
                size = (plain["width"], plain["height"])
                edges = patch_edges(crops.preprocessor.image_processor.to_dict(), size, GRID)
                expected = mask_weights(seen, edges)
            torch.testing.assert_close(weights, expected)


def test_an_item_depends_on_seed_epoch_and_index_alone(rows: Any, crops: Crops) -> None:
    dataset, again = long_captions(rows, crops, masks=True), long_captions(rows, crops, masks=True)
    forward = [dataset[number] for number in range(6)]
    backward = [again[Draw(number)] for number in reversed(range(6))][::-1]
    assert [example.captions for example in forward] == [example.captions for example in backward]
    assert all(torch.equal(one.weights, other.weights) for one, other in zip(forward, backward, strict=True))  # type: ignore[arg-type]
    assert [dataset[Draw(number, 1)].captions for number in range(6)] != [each.captions for each in forward]
    assert [long_captions(rows, crops, seed=4)[number].captions for number in range(6)] != [
        each.captions for each in forward
    ]
    assert dataset.fingerprint == again.fingerprint != long_captions(rows.select(range(5)), crops).fingerprint


def test_no_sentence_twice_before_all_were_taken(crops: Crops) -> None:
    rows = Dataset.from_list([row([{"label": "door", "caption": "Red. Old.", "mask": png((20, 0, 30, 9))}])])
    taken = long_captions(rows, crops, sub_captions=7)[0].captions
    texts = ["A room.", "door: Red", "door: Old"]
    assert (sorted(taken[:3]), sorted(taken[3:6])) == (sorted(texts), sorted(texts))


def test_the_short_caption_is_always_one_of_the_texts(rows: Any, crops: Crops) -> None:
    dataset = long_captions(rows, crops, sub_captions=2)
    for number, plain in enumerate(rows):
        drawn = [dataset[Draw(number, epoch)].captions for epoch in range(5)]
        assert all(captions[0] == plain["short_caption"].strip() for captions in drawn)
        assert len({captions[1] for captions in drawn}) > 1, "the other one changes"


def test_masks_out_of_view_are_not_taken(crops: Crops) -> None:
    masks = [
        {"label": "left", "caption": "Cut off.", "mask": png((0, 0, 10, 40))},
        {"label": "door", "caption": "Seen.", "mask": png((10, 0, 15, 5))},
    ]
    rows = Dataset.from_list([row(masks)])
    seen = long_captions(rows, crops, masks=True, sub_captions=4, patch_grid=(2, 2))
    example = seen[0]
    assert sorted(set(example.captions)) == ["A room.", "door: Seen"]
    assert example.weights is not None
    by_text = dict(zip(example.captions, example.weights.tolist(), strict=True))
    assert by_text == {"A room.": [0.25] * 4, "door: Seen": [1, 0, 0, 0]}
    assert "left: Cut off" in long_captions(rows, crops, sub_captions=3)[0].captions


def test_masks_are_decoded_once(rows: Any, crops: Crops, monkeypatch: pytest.MonkeyPatch) -> None:
    first = long_captions(rows, crops, masks=True)[0]
    monkeypatch.setattr(MaskKeeper, "_made", None)
    kept = long_captions(rows, crops, masks=True)[0]
    assert kept.captions == first.captions
    assert torch.equal(kept.weights, first.weights)  # type: ignore[arg-type]
    with pytest.raises(TypeError):  # for other patches they are made anew
        long_captions(rows, crops, masks=True, patch_grid=(4, 4))[0]


def test_weights_that_cannot_be_kept_are_made_again(rows: Any, crops: Crops, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = long_captions(rows, crops, masks=True)[0].weights
    for file in crops.folder.glob("*.masks.safetensors"):
        file.write_bytes(b"half")

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("dcikit.training.dreamlip.mask_keeper.write_whole", full)
    assert torch.equal(long_captions(rows, crops, masks=True)[0].weights, expected)  # type: ignore[arg-type]


def test_images_without_sentences_are_left_out(crops: Crops) -> None:
    door = [{"label": "door", "caption": "Red.", "mask": png((20, 0, 30, 9))}]
    rows = Dataset.from_list([row(door, "", image_id="a"), row(door, image_id="b"), row(door, ".", "\n", image_id="c")])
    every = long_captions(rows, crops)
    assert (every.images, every.excluded) == ([0, 1, 2], {})
    whole = long_captions(rows, crops, masks=True)
    assert (whole.images, whole.excluded, len(whole)) == ([1], {"images without a sentence on the whole image": 2}, 1)
    assert whole[0].weights is not None
    silent = [{**row(door, "", image_id="d"), "masks": [{**door[0], "mask_id": "0", "quality": "bad"}]}]
    with pytest.raises(ValueError, match="`rows` has no image with a sentence, so there is nothing to train on"):
        long_captions(Dataset.from_list(silent), crops)


def test_wrong_rows(rows: Any, crops: Crops) -> None:
    with pytest.raises(
        ValueError, match=r'`rows` must be of config dci, but has no short_caption, masks; .*"dci", "dci"'
    ):
        long_captions(rows.remove_columns(["short_caption", "masks"]), crops)
    door = {"label": "door", "caption": "Red."}
    for mask, problem in (
        ({"bytes": None, "path": None}, r"image 1 mask 0: has no pixels; load the dataset with its masks, or train"),
        ({"bytes": b"GIF", "path": None}, r"image 1 mask 0: cannot be decoded: .*; build the dataset again"),
    ):
        with pytest.raises(ValueError, match=problem):
            long_captions(Dataset.from_list([row([{**door, "mask": mask}])]), crops, masks=True)[0]
    bare = {**row([{**door, "mask": png((0, 0, 9, 9))}]), "image": {"bytes": None, "path": None}}
    with pytest.raises(ValueError, match=r"image 1 has no photo; load the dataset with photos=True"):
        long_captions(Dataset.from_list([bare]), crops)[0]


# --- the objective ---


def lora(model: Any, recipe: Recipe) -> Any:
    """A PEFT model with matrices at random, without dropout."""
    targets = ["q_proj", "visual_projection"]
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=2, lora_alpha=2, target_modules=targets))
    torch.manual_seed(5)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return adapted


def slow_terms(model: Any, preprocessor: Preprocessor, examples: list[Any]) -> dict[str, Tensor]:
    """Image by image and text by text; what the model gives of each in float64."""
    k = len(examples[0].captions)
    images, texts, patches = [], [], []
    for example in examples:
        for text in example.captions:
            ids = torch.tensor(preprocessor.tokenizer(text, truncation=True, max_length=77)["input_ids"])[None]
            outputs = model(input_ids=ids, pixel_values=example.pixels["pixel_values"][None])
            texts.append(outputs.text_embeds[0].double())
        images.append(outputs.image_embeds[0].double())
        vision = model.vision_model
        vectors = [
            model.visual_projection(vision.post_layernorm(token)).double()
            for token in outputs.vision_model_output.last_hidden_state[0][1:]
        ]
        patches.append(torch.stack([vector / (vector**2).sum().sqrt() for vector in vectors]))
    scale = model.logit_scale.exp()
    logits = torch.stack([torch.stack([scale * (image * text).sum() for text in texts]) for image in images])
    weights = None if examples[0].weights is None else torch.stack([each.weights for each in examples]).double()
    grouped = torch.stack(texts).view(len(images), k, -1)
    return {
        "multi_positive": slow_multi_positive(logits, k),
        "grouping": slow_grouping(grouped, torch.stack(patches), scale, weights),
    }


@pytest.mark.parametrize("kind", ["plain", "lora"])
@pytest.mark.parametrize("masks", [False, True])
def test_terms_are_those_of_loops(rows: Any, crops: Crops, kind: str, masks: bool) -> None:
    recipe = Recipe(objective="dreamlip", grouping_weight=0.5, negatives_weight=0)
    objective = DreamLipObjective(recipe, crops.preprocessor)
    dataset = long_captions(rows, crops, sub_captions=3, masks=masks)
    examples = [dataset[Draw(number)] for number in (4, 0, 2)]
    filler = dataset[Draw(5, counts=False)]  # is left out of the loss
    model: Any = make_clip(seed=1)
    if kind == "lora":
        model = lora(model, recipe)
    exact = deepcopy(model)
    towers = objective.towers(model)
    terms = objective.terms(towers, objective.collate([*examples, filler]))
    slow = slow_terms(exact, crops.preprocessor, examples)
    assert {name: weight for name, (weight, _) in terms.items()} == {"multi_positive": 1.0, "grouping": 0.5}
    for name, (_, term) in terms.items():
        torch.testing.assert_close(term.double(), slow[name], rtol=1e-5, atol=1e-6)
    loss = objective.loss(towers, objective.collate([*examples, filler]))
    loss.backward()
    (slow["multi_positive"] + 0.5 * slow["grouping"]).backward()
    assert objective.means() == pytest.approx({f"{name}_loss": term.item() for name, term in slow.items()}, rel=1e-5)
    gradients = {name: each.grad for name, each in model.named_parameters() if each.requires_grad}
    for name, parameter in exact.named_parameters():
        if parameter.requires_grad:
            assert gradients[name] is not None, name
            torch.testing.assert_close(gradients[name], parameter.grad, rtol=1e-3, atol=1e-5)


def test_weights_of_the_terms(rows: Any, crops: Crops) -> None:
    dataset = long_captions(rows, crops)
    recipe = Recipe(objective="dreamlip", negatives_weight=1, contrastive_weight=0)
    model = make_clip()
    for changes, names in (({}, {"grouping"}), ({"grouping_weight": 0, "contrastive_weight": 2}, {"multi_positive"})):
        objective = DreamLipObjective(dataclasses.replace(recipe, **changes), crops.preprocessor)
        assert set(objective.terms(objective.towers(model), objective.collate([dataset[0], dataset[1]]))) == names


FAMILIES = ["CLIP", "AltCLIP", "ChineseCLIP", "MetaClip2"]


@pytest.mark.parametrize("family", FAMILIES)
def test_patches_are_projected_as_the_class_token_is(family: str) -> None:
    """So the layer norm behind the last layer is applied once, in every family that has a visual_projection."""
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 2}
    config = getattr(transformers, f"{family}Config")(
        text_config={**tower, "vocab_size": 50, "eos_token_id": 49, "pad_token_id": 0, "project_dim": 16},
        vision_config={**tower, "image_size": 16, "patch_size": 4},
        projection_dim=8,
    )
    torch.manual_seed(0)
    model = getattr(transformers, f"{family}Model")(config).eval()
    torch.nn.init.normal_(model.vision_model.post_layernorm.weight)
    assert patch_grid(model) == (4, 4)
    with torch.no_grad():
        pixels = {"pixel_values": torch.randn(2, 3, 16, 16)}
        vision = model.vision_model(**pixels)
        hidden = model.vision_model.post_layernorm(vision.last_hidden_state)
        torch.testing.assert_close(vision.pooler_output, hidden[:, 0])
        own = model.visual_projection(hidden)
        features = PatchTowers(model).seen(pixels)
    assert features["patches"].shape == (2, 16, 8)
    torch.testing.assert_close(features["patches"], own[:, 1:] / own[:, 1:].norm(dim=-1, keepdim=True))
    torch.testing.assert_close(features["images"], own[:, 0] / own[:, 0].norm(dim=-1, keepdim=True))


def test_collated_items_come_in_order(rows: Any, crops: Crops) -> None:
    objective = DreamLipObjective(Recipe(objective="dreamlip"), crops.preprocessor)
    dataset = long_captions(rows, crops, masks=True, sub_captions=2)
    examples = [dataset[Draw(3)], dataset[Draw(1, counts=False)]]
    inputs = objective.collate(examples)
    assert set(inputs) == {"pixels", "texts", "order", "counts", "weights"}
    assert inputs["counts"].tolist() == [True, False]
    assert inputs["weights"].shape == (2, 2, 64)
    torch.testing.assert_close(inputs["weights"][1], examples[1].weights)
