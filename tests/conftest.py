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
from support.clip import make_clip
from support.odd_release import NAME, make_odd_release, one_image_release

torch.set_num_threads(1)


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
    from dcikit.data.sample import sample_folder

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

    from dcikit.encoders.models import TINY_CLIP

    return CLIPProcessor.from_pretrained(TINY_CLIP)


@pytest.fixture(scope="session")
def random_clip(processor: Any) -> Any:
    """A small CLIPModel at random weights, of the tiny CLIP's sizes of image, context and vocabulary."""
    return make_clip()


@pytest.fixture
def metric() -> Iterator[Any]:
    import evaluate

    import dci_metric  # noqa: F401 - registers

    yield evaluate.load("dci_scm")


@pytest.fixture(scope="module")
def ray(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Ray with two workers, which know the functions of the test's module."""
    ray = pytest.importorskip("ray")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import support.ray_clients

    for module in (request.module, support.ray_clients):
        ray.cloudpickle.register_pickle_by_value(module)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()
