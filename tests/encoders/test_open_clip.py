"""Models of open_clip, which needs torchvision and is an extra."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from support import reference


@pytest.fixture
def library() -> Any:
    return pytest.importorskip("open_clip", reason="the extra open-clip is not installed")


def test_scores_equal_one_pair_at_a_time(
    library: Any, odd: Path, load: Callable[..., Any], metric: Any, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    model, _, transform = library.create_model_and_transforms("RN50")
    tokenizer = library.get_tokenizer("RN50")
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, tmp_path / "clip.safetensors")
    known: dict[Any, float] = {}

    def score(entry: Any, text: str) -> float:
        at = (entry["image_id"], entry["key"], text)
        if at not in known:
            with torch.no_grad():
                image = model.eval().encode_image(transform(entry["crop"]())[None])
                known[at] = torch.cosine_similarity(
                    image.double(), model.encode_text(tokenizer([text])).double()
                ).item()
        return known[at]

    result = metric.compute(
        model=f"open_clip:RN50/{tmp_path}/clip.safetensors", dataset=load("sdci", odd), protocol="sdci-entries"
    )
    expected = reference.six_scores(reference.entries(odd, "test"), score)
    assert {name: result[name] for name in expected} == {name: c / n for name, (c, n) in expected.items()}
    lengths = [len(tokenizer.encode(entry["captions"][0])) + 2 for entry in reference.entries(odd, "test")]
    assert result["all_scm_truncated"] == sum(length > 77 for length in lengths)


@pytest.mark.parametrize(
    "name", ["open_clip:ViT-B-32", "open_clip:ViT-B-31/x.pt", "open_clip:ViT-B-32/no-such-file.pt"]
)
def test_wrong_names(library: Any, metric: Any, name: str) -> None:
    with pytest.raises(ValueError, match="open_clip:ViT-B"):
        metric.compute(model=name, dataset=[])


def test_without_the_library(metric: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(ValueError, match="pip install"):
        metric.compute(model="open_clip:ViT-B-32/openai", dataset=[])


class Positions(torch.nn.Module):
    """What of a CLIP of open_clip has places, so large as it may be."""

    def __init__(self, context: int = 4, patches: int = 5) -> None:
        super().__init__()
        self.positional_embedding = torch.nn.Parameter(torch.zeros(context, 8))
        self.visual = torch.nn.Module()
        self.visual.positional_embedding = torch.nn.Parameter(torch.zeros(patches, 8))
        self.logit_scale = torch.nn.Parameter(torch.zeros(()))


@pytest.mark.parametrize("file", ["clip.safetensors", "clip.pt", "training.pt"])
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({}, []),
        ({"patches": 10}, ["`visual.positional_embedding` (10, 8) (the architecture: (5, 8))"]),
        ({"context": 3}, ["`positional_embedding` (3, 8) (the architecture: (4, 8))"]),
    ],
)
def test_position_embeddings_of_another_size(
    tmp_path: Path, file: str, sizes: dict[str, int], expected: list[str]
) -> None:
    """open_clip would stretch them without a word. A training's file has `state_dict`, and names of DataParallel."""
    from safetensors.torch import save_file

    from dcikit.encoders.open_clip_encoder import stretched_weights

    state, path = Positions(**sizes).state_dict(), tmp_path / file
    if file == "clip.safetensors":
        save_file(state, path)
    elif file == "clip.pt":
        torch.save(state, path)
    else:
        torch.save({"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}}, path)
    assert stretched_weights(path, Positions()) == expected
