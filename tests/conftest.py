"""Fixtures: release folders and small random CLIPs. Nothing reaches the network, and every cache is temporary."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before any import of the libraries, which read them once.
if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers share it
    _HOME = tempfile.TemporaryDirectory(prefix="dci-tests-")
    os.environ |= {"HF_HOME": _HOME.name, "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    os.environ.pop("HF_DATASETS_CACHE", None)

import pytest
import torch
from odd_release import make_odd_release, one_image_release

torch.set_num_threads(1)

NAME = "1-data.json"
"""The annotation of `one_image`."""


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with every oddity that the protocol names; not to be changed."""
    folder = tmp_path_factory.mktemp("odd") / "densely_captioned_images"
    make_odd_release(folder)
    return folder


@pytest.fixture
def one_image(tmp_path: Path) -> Path:
    """A release of one image, in split test, to break."""
    return one_image_release(tmp_path / "release", name=NAME)


@pytest.fixture(scope="session")
def sample() -> Path:
    """The embedded sample release; not to be changed."""
    from dci_dataset.sample import sample_folder

    return sample_folder()


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Any]:
    """`load_dataset("dci", ...)` of a release folder into a cache of its own."""
    import datasets

    import dci_dataset  # noqa: F401 - registers

    def load(config: str, folder: Path, **options: Any) -> Any:
        options = {"split": "test", "cache_dir": str(tmp_path / "cache"), **options}
        return datasets.load_dataset("dci", config, data_dir=str(folder), **options)

    return load


@pytest.fixture(scope="session")
def processor() -> Any:
    """The processor of the embedded tiny CLIP."""
    from transformers import CLIPProcessor

    from dci_metric.models import TINY_CLIP

    return CLIPProcessor.from_pretrained(TINY_CLIP)


@pytest.fixture(scope="session")
def random_clip(processor: Any) -> Any:
    """A small CLIPModel at random weights, of the tiny CLIP's sizes of image, context and vocabulary."""
    return make_clip()


def make_clip(seed: int = 0, **text: Any) -> Any:
    """A CLIPModel at random weights; `text` changes its text tower."""
    from transformers import CLIPConfig, CLIPModel

    from dci_metric.models import TINY_CLIP

    tower = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2}
    config = CLIPConfig.from_pretrained(TINY_CLIP)
    config.text_config.update({**tower, **text})
    config.vision_config.update(tower)
    torch.manual_seed(seed)
    return CLIPModel(config).eval()


@pytest.fixture
def metric() -> Iterator[Any]:
    import evaluate

    import dci_metric  # noqa: F401 - registers

    yield evaluate.load("dci_scm")
