"""Incomplete images by both protocols, against the slow reference: from the release, an export and a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import torch
from support import reference
from support.incomplete import IMAGES, ODD, changed, make_complete_release

from dcikit.cli.main import main
from dcikit.data.release import Release
from dcikit.data.rows import sdci_row
from dcikit.data.verify import Report, verify
from dcikit.encoders.models import load_encoder
from dcikit.engine.prepare import row_readers
from dcikit.engine.windows import Run
from dcikit.hub.export import export_release
from dcikit.results.document import make_results
from dcikit.schema.results import Results
from dcikit.tasks.evaluation import evaluate
from dcikit.tasks.scm import Scm

Load = Callable[..., Any]
SUITES = ("all", "pick5", "base", "hard")


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_complete_release(tmp_path_factory.mktemp("complete") / "release")


@pytest.fixture
def mixed(complete: Path, tmp_path: Path) -> Path:
    """Every other image lacks something, all the ways that fit in."""
    kinds = list(ODD.values())
    return changed(tmp_path / "mixed", complete, dict(zip(IMAGES[::2], kinds[::3] + kinds[1::3], strict=False)))


@pytest.fixture(scope="module")
def slow(random_clip: Any, processor: Any) -> Iterator[reference.Score]:
    """Cosines of crops and texts that are encoded one at a time, once for all releases of this module."""
    known: dict[Any, torch.Tensor] = {}

    def features(output: Any) -> torch.Tensor:
        return torch.nn.functional.normalize(getattr(output, "pooler_output", output)[0].double(), dim=0)

    @torch.no_grad()
    def score(entry: reference.Entry, text: str) -> float:
        crop = (entry["image_id"], entry["key"])
        if crop not in known:
            pixels = processor.image_processor(images=entry["crop"](), return_tensors="pt")["pixel_values"]
            known[crop] = features(random_clip.get_image_features(pixel_values=pixels))
        if text not in known:
            tokens = processor.tokenizer([text], truncation=True, max_length=77, return_tensors="pt")
            known[text] = features(random_clip.get_text_features(**tokens))
        return float(known[crop] @ known[text])

    yield score


def counts(results: dict[str, Any], names: Any) -> dict[str, tuple[int, int]]:
    """Right and scored regions."""
    return {
        name: (round((results[name] or 0) * results[f"{name}_regions"]), results[f"{name}_regions"]) for name in names
    }


@pytest.mark.parametrize("kind", ODD)
def test_one_odd_image_in_24(
    kind: str, complete: Path, tmp_path: Path, metric: Any, slow: reference.Score, random_clip: Any, processor: Any
) -> None:
    folder = changed(tmp_path / "release", complete, {IMAGES[5]: ODD[kind]})
    release = Release(folder)
    rows = [sdci_row(release.read(name, summaries=True)) for name in IMAGES]
    found = metric.compute(model=random_clip, processor=processor, dataset=rows)
    expected = reference.published_scores(folder, "test", slow)
    assert counts(found, expected) == expected
    for suite in SUITES:
        assert found[f"{suite}_images_excluded"] == len(reference.dropped_images(folder, "test", suite))


@pytest.mark.parametrize("route", ["release", "stream", "export", "export streamed"])
def test_every_route_gives_the_same_numbers(
    route: str,
    mixed: Path,
    tmp_path: Path,
    load: Load,
    metric: Any,
    slow: reference.Score,
    random_clip: Any,
    processor: Any,
) -> None:
    streaming = "stream" in route
    if "export" in route:
        export_release(Release(mixed), tmp_path / "export", ["sdci"], photos=True, num_proc=1)
        cache = str(tmp_path / "cache")
        rows = datasets.load_dataset(str(tmp_path / "export"), split="test", streaming=streaming, cache_dir=cache)
    else:
        rows = load("sdci", mixed, streaming=streaming)
    found = metric.compute(model=random_clip, processor=processor, dataset=rows)
    expected = reference.published_scores(mixed, "test", slow)
    assert counts(found, expected) == expected
    assert found["protocol"] == "sdci"
    entries = metric.compute(model=random_clip, processor=processor, dataset=rows, protocol="sdci-entries")
    expected = reference.six_scores(reference.entries(mixed, "test"), slow)
    assert counts(entries, expected) == expected
    assert entries["protocol"] == "sdci-entries"
    assert entries["fingerprint"] != found["fingerprint"]


def test_complete_images_are_the_same_by_both_protocols(
    complete: Path, load: Load, metric: Any, random_clip: Any, processor: Any
) -> None:
    rows = load("sdci", complete)
    one, other = (
        metric.compute(model=random_clip, processor=processor, dataset=rows, protocol=protocol)
        for protocol in ("sdci", "sdci-entries")
    )
    assert {**one, "protocol": None} == {**other, "protocol": None}
    assert one["regions"] == 48 and one["all_images_excluded"] == 0


def measured(folder: Path, random_clip: Any, processor: Any) -> Results:
    release = Release(folder)
    rows = [sdci_row(release.read(name, summaries=True)) for name in IMAGES]
    encoder = load_encoder(random_clip, processor)
    encoder.name = "random"
    dataset: dict[str, Any] = {"id": "d", "revision": None, "split": "test", "limit": None, "skipped": {}}
    return make_results(evaluate(Scm(), row_readers(rows), encoder, Run()), encoder, dataset)


def test_results_list_the_dropped_images(mixed: Path, random_clip: Any, processor: Any) -> None:
    results = measured(mixed, random_clip, processor)
    found = results.dataset.excluded_images
    for suite in SUITES:
        assert list(found[suite]) == reference.dropped_images(mixed, "test", suite)
    assert found["image"] == found["all"]
    first = IMAGES[0].removesuffix("-data.json")
    assert [found[suite][first] for suite in SUITES] == ["no summaries"] * 4
    regions = sum(len(sdci_row(Release(mixed).read(name, summaries=True))["regions"]) for name in IMAGES)
    scm = results.scores["all_scm"]
    assert scm.regions + scm.excluded["the suite drops its image"] == regions


def test_verify_counts_what_both_protocols_drop(mixed: Path) -> None:
    report = Report()
    for part in verify(Release(mixed), num_proc=1):
        report.add(part)
    assert not report.defects
    found = Counter[str]()
    for (suite, _), count in report.excluded_images.items():
        found[suite] += count
    assert found == {suite: len(reference.dropped_images(mixed, "test", suite)) for suite in SUITES}
    entries = reference.entries(mixed, "test")
    assert report.excluded_regions["pick5", "fewer than 5 captions"] == sum(len(e["captions"]) < 5 for e in entries)
    assert report.excluded_regions["all", "no swaps negative"] == sum(not e["negatives"]["swaps"] for e in entries)


def test_the_command_prints_what_is_dropped(mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(mixed), "--num-proc", "1"]) == 0
    assert "a mask without the label" in " ".join(capsys.readouterr().out.split())


def test_rows_that_do_not_know(complete: Path, load: Load, metric: Any, random_clip: Any, processor: Any) -> None:
    old = load("sdci", complete).remove_columns("excluded")
    with pytest.raises(ValueError, match="must have the column `excluded` .*sdci-entries"):
        metric.compute(model=random_clip, processor=processor, dataset=old)
    found = metric.compute(model=random_clip, processor=processor, dataset=old, protocol="sdci-entries")
    assert found["regions"] == 48
    with pytest.raises(ValueError, match="`protocol` must be one of sdci, sdci-entries, got 'dci'"):
        metric.compute(model=random_clip, processor=processor, dataset=old, protocol="dci")


def test_nothing_is_left(complete: Path, tmp_path: Path, metric: Any, random_clip: Any, processor: Any) -> None:
    folder = changed(tmp_path / "release", complete, {IMAGES[0]: ODD["no clip_scores"]})
    rows = [sdci_row(Release(folder).read(IMAGES[0], summaries=True))]
    with pytest.raises(ValueError, match="protocol sdci keeps .*without clip_scores"):
        metric.compute(model=random_clip, processor=processor, dataset=rows)


def test_regions_that_somebody_else_encoded(metric: Any) -> None:
    def add(image_id: str, **more: Any) -> None:
        vector = {"image_embeds": [1.0, float(image_id)], "caption_embeds": [[1.0, float(image_id)]]}
        metric.add(image_id=image_id, key="base", **vector, negative_embeds={"swaps": [[1.0, -9.0]]}, **more)

    everywhere = [{"suite": suite, "reason": "no summaries"} for suite in SUITES]
    add("1", excluded=[])
    add("2", excluded=[{"suite": "hard", "reason": "a negative without its score"}])
    add("3", excluded=everywhere)
    found = metric.compute()
    assert (found["images"], found["regions"], found["all_neg_regions"]) == (2, 2, 2)
    assert (found["hard_images_excluded"], found["base_images_excluded"]) == (2, 1)
    assert found["base_neg_excluded"] == 1
    add("1")
    with pytest.raises(ValueError, match="image 1 region base must have `excluded`"):
        metric.compute(protocol="sdci")
    assert metric.compute()["protocol"] == "sdci-entries", "nobody said which suites drop the image"
