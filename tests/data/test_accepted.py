"""Decisions of reviewers, and a release of what they accepted. Mask 1 lies in mask 0, mask 2 beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.drawn_release import write_drawn_release

from dcikit.data.accepted import AcceptedRelease
from dcikit.data.decisions import FILE, Decision, last_decisions, read_decisions, region_digest
from dcikit.data.record import Record
from dcikit.data.release import Release
from dcikit.schema.errors import ArgumentError, DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_drawn_release(tmp_path / "release", images=3)


def read(folder: Path, image_id: str = "1") -> Record:
    return Release(folder).read(f"{image_id}-data.json", summaries=False, photo=False)


def decide(folder: Path, *decided: tuple[str, str, str]) -> None:
    """Adds (image_id, region, verdict) about the regions as they are."""
    (folder / FILE).parent.mkdir(exist_ok=True)
    with (folder / FILE).open("ab") as file:
        for image_id, region, verdict in decided:
            digest = region_digest(read(folder, image_id), region) or ""
            file.write(Decision("id", image_id, region, digest, verdict, (), "", "Rita", "Ada", "now").line())


def change(folder: Path, **texts: str) -> None:
    path = folder / "annotations" / "1-data.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | texts))


def test_only_accepted_regions_are_there(folder: Path) -> None:
    change(folder, short_caption="A hut.", extra_caption="Grass.")
    decide(folder, ("1", "base", "accepted"), ("1", "m-1-sc", "fixed"), ("1", "m-0-sc", "rejected"))
    decide(folder, ("2", "m-0-sc", "accepted"), ("2", "m-1-sc", "accepted"), ("3", "base", "rejected"))
    release = AcceptedRelease(Release(folder))
    assert release.splits["test"] == ["1-data.json", "2-data.json"]
    first = release.read("1-data.json", summaries=False)
    assert (first.short_caption, first.extra_caption) == ("A hut.", "Grass.")
    assert [(mask.mask_id, mask.parent_id, mask.child_ids) for mask in first.masks] == [("1", None, ())]
    second = release.read("2-data.json", summaries=False)
    assert [(mask.mask_id, mask.parent_id, mask.child_ids) for mask in second.masks] == [
        ("0", None, ("1",)),
        ("1", "0", ()),
    ]
    assert (second.short_caption, release.outdated) == ("", 0)


def test_the_last_decision_counts(folder: Path) -> None:
    decide(folder, ("1", "m-0-sc", "accepted"), ("1", "m-2-sc", "rejected"), ("1", "m-0-sc", "rejected"))
    decide(folder, ("1", "m-2-sc", "accepted"))
    assert [mask.mask_id for mask in AcceptedRelease(Release(folder)).read("1-data.json", summaries=False).masks] == [
        "2"
    ]
    assert len(list(read_decisions(folder))) == 4
    assert {key: each.verdict for key, each in last_decisions(read_decisions(folder)).items()} == {
        ("1", "m-0-sc"): "rejected",
        ("1", "m-2-sc"): "accepted",
    }


def test_what_was_changed_since_is_not_accepted(folder: Path) -> None:
    decide(folder, ("1", "base", "accepted"), ("1", "m-0-sc", "accepted"))
    change(folder, short_caption="Another one.")
    release = AcceptedRelease(Release(folder))
    assert (release.accepted, release.outdated) == ({"1": {"m-0-sc"}}, 1)


def test_the_fingerprint_follows_the_decisions(folder: Path) -> None:
    decide(folder, ("1", "m-0-sc", "accepted"))
    one = AcceptedRelease(Release(folder)).fingerprint(summaries=False, photos=False)
    decide(folder, ("1", "m-1-sc", "accepted"))
    assert AcceptedRelease(Release(folder)).fingerprint(summaries=False, photos=False) != one


def test_nothing_accepted(folder: Path) -> None:
    with pytest.raises(ArgumentError, match="no region is accepted"):
        AcceptedRelease(Release(folder))


def test_half_a_line_is_passed_over_and_a_wrong_one_named(folder: Path) -> None:
    decide(folder, ("1", "m-0-sc", "accepted"))
    with (folder / FILE).open("ab") as file:
        file.write(b'{"decision_id": "x"')
    assert len(list(read_decisions(folder))) == 1
    with (folder / FILE).open("ab") as file:
        file.write(b"}\n")
    with pytest.raises(DataError, match=r"line 2.*image_id"):
        list(read_decisions(folder))
