"""The store: what is changed is in the journal and in the release's own files, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.drawn_release import write_drawn_release

from dcikit.data.release import Release
from dcikit.data.verify import _verify_image
from dcikit.schema.errors import ArgumentError, DataError, DciError
from dcikit.studio.store.errors import LeasedError, StaleError
from dcikit.studio.store.store import Change, Store


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_drawn_release(tmp_path / "release", images=2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(folder: Path, clock: Clock) -> Iterator[Store]:
    with Store(Release(folder), clock) as store:
        yield store


def write(version: int, text: str, event_id: str = "", **more: Any) -> Change:
    """A change of the short caption, or of another field, at a version."""
    facts = {"image_id": "1", "session": "tab", "author": "Ada"}
    facts |= {key: more.pop(key) for key in list(more) if key in facts}
    payload = {"field": "short_caption", "text": text, **more}
    return Change(event_id=event_id or f"{version} {text}", version=version, action="write", payload=payload, **facts)


def act(version: int, action: str, **payload: Any) -> Change:
    return Change(f"{action} {version}", "1", "tab", "Ada", version, action, payload)


def on_disk(folder: Path, image_id: str = "1") -> dict[str, Any]:
    return json.loads((folder / "annotations" / f"{image_id}-data.json").read_text(encoding="utf-8"))


def test_a_change_is_in_the_file_and_in_the_history(store: Store, folder: Path) -> None:
    assert store.change(write(0, "A hut.")) == 1
    assert store.change(write(1, "door", mask="1", field="label")) == 2
    assert store.change(write(2, "low_quality", mask="1", field="quality")) == 3
    assert on_disk(folder)["short_caption"] == "A hut."
    mask = on_disk(folder)["mask_data"]["1"]
    assert (mask["label"], mask["caption"], mask["mask_quality"]) == ("door", "", 1)
    record, version = store.read("1")
    assert (record.short_caption, record.by_id["1"].label, version) == ("A hut.", "door", 3)
    event = store.history("1")[0]
    assert (event.author, event.action, event.version) == ("Ada", "write", 1)
    assert [(edit.path, edit.before, edit.after) for edit in event.edits] == [(("short_caption",), "", "A hut.")]
    assert store.read("2")[1] == 0


def test_keys_that_nobody_knows_stay(store: Store, folder: Path) -> None:
    path = folder / "annotations" / "1-data.json"
    path.write_text(json.dumps({**on_disk(folder), "worker": "w 7"}), encoding="utf-8")
    store.change(write(0, "A hut."))
    assert (on_disk(folder)["worker"], on_disk(folder)["short_caption"]) == ("w 7", "A hut.")


def test_what_is_sent_twice_counts_once(store: Store) -> None:
    assert store.change(write(0, "A hut.", "e")) == 1
    assert store.change(write(1, "A red hut.")) == 2
    assert store.change(write(0, "A hut.", "e")) == 1
    assert store.read("1")[0].short_caption == "A red hut."
    assert len(store.history("1")) == 2
    with pytest.raises(ArgumentError, match="`event_id` must be new"):
        store.change(write(2, "Something else.", "e"))


def test_a_stale_version_is_refused(store: Store) -> None:
    store.change(write(0, "A hut."))
    with pytest.raises(StaleError, match="must be 1, got 0") as refused:
        store.change(write(0, "A house."))
    assert refused.value.current == 1
    assert store.read("1")[0].short_caption == "A hut."


def test_one_session_at_an_image(store: Store, clock: Clock) -> None:
    store.change(write(0, "A hut."))
    with pytest.raises(LeasedError, match="annotated by Ada"):
        store.lease("1", "tab of Bob", "Bob")
    with pytest.raises(LeasedError):
        store.change(write(1, "A house.", session="tab of Bob", author="Bob"))
    store.lease("2", "tab of Bob", "Bob")
    store.lease("1", "tab of Bob", "Bob", take_over=True)
    assert {image: lease.author for image, lease in store.holders().items()} == {"1": "Bob", "2": "Bob"}
    with pytest.raises(LeasedError, match="annotated by Bob"):
        store.change(write(1, "A house."))
    clock.now += 44
    store.lease("1", "tab of Bob", "Bob")
    clock.now += 44
    with pytest.raises(LeasedError):
        store.lease("1", "tab", "Ada")
    clock.now += 2
    store.lease("1", "tab", "Ada")
    store.give_back("1", "tab of Bob")
    assert store.holders()["1"].author == "Ada"
    store.give_back("1", "tab")
    assert store.holders() == {}


def test_undo_and_redo(store: Store, folder: Path) -> None:
    before = on_disk(folder)
    for version, text in enumerate(["A", "B", "C"]):
        store.change(write(version, text))
    store.change(act(3, "undo"))
    store.change(act(4, "undo"))
    assert on_disk(folder)["short_caption"] == "A"
    store.change(act(5, "redo"))
    assert on_disk(folder)["short_caption"] == "B"
    store.change(write(6, "D"))
    with pytest.raises(ArgumentError, match="nothing to redo"):
        store.change(act(7, "redo"))
    for version in (7, 8, 9):
        store.change(act(version, "undo"))
    assert on_disk(folder) == before
    with pytest.raises(ArgumentError, match="nothing to undo"):
        store.change(act(10, "undo"))


def test_undo_of_masks_restores_their_order(store: Store, folder: Path) -> None:
    before = on_disk(folder)
    store.change(act(0, "reject", mask="0"))
    after = on_disk(folder)
    assert list(after["mask_data"]) == after["mask_keys"] == ["1", "2"]
    assert after["mask_data"]["1"]["parent"] == -1
    store.change(act(1, "undo"))
    assert on_disk(folder) == before
    assert list(on_disk(folder)["mask_data"]) == ["0", "1", "2"]
    store.change(act(2, "redo"))
    assert on_disk(folder) == after


def test_undo_outlives_the_process(folder: Path) -> None:
    with Store(Release(folder)) as store:
        store.change(write(0, "A hut."))
    with Store(Release(folder)) as store:
        store.change(act(1, "undo"))
        assert store.read("1")[0].short_caption == ""


def test_a_file_that_was_not_written_is_written_when_the_store_is_opened(folder: Path) -> None:
    path = folder / "annotations" / "1-data.json"
    before = path.read_bytes()
    with Store(Release(folder)) as store:
        store.change(write(0, "A hut."))
        store.change(write(1, "hut", mask="0", field="label"))
        store._journal.set_written("1", 0)
    path.write_bytes(before)  # as if it had been killed between journal and file
    (path.parent / ".1-data.json.77.tmp").write_bytes(b"half")
    with Store(Release(folder)):
        assert on_disk(folder)["short_caption"] == "A hut."
        assert on_disk(folder)["mask_data"]["0"]["label"] == "hut"
    assert [path.name for path in path.parent.iterdir() if path.suffix == ".tmp"] == []


def test_a_file_that_cannot_be_written_loses_nothing(store: Store, folder: Path, monkeypatch: Any) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("dcikit.studio.store.store.write_document", full)
        with pytest.raises(OSError):
            store.change(write(0, "A hut."))
    assert store.read("1")[0].short_caption == "A hut."
    store.change(write(1, "hut", mask="0", field="label"))
    assert on_disk(folder)["short_caption"] == "A hut."


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (write(0, "x", field="image"), "`field` must be one that is annotated"),
        (write(0, "x", field="caption", mask="9"), "`mask` must be a mask of the image"),
        (write(0, "good", field="quality", mask="1"), "`field` must be"),
        (write(0, "\ud800", "e"), "surrogate"),
        (act(0, "write", field="short_caption", text=7), "must be a string"),
        (act(0, "dance"), "`action` must be one of write, draw"),
        (act(0, "reject", mask="9"), "`mask` must be a mask of the image"),
        (act(0, "draw", rle={"size": [8, 12], "counts": [95]}), "counts of 95 pixels"),
        (act(0, "draw", rle={"size": [8, 12], "counts": [96]}), "`pixels` must not be empty"),
        (write(0, "x", image_id="../1"), "`image_id` must be an image"),
    ],
)
def test_wrong_changes_change_nothing(store: Store, folder: Path, change: Change, problem: str) -> None:
    before = on_disk(folder)
    with pytest.raises((ArgumentError, DataError), match=problem):
        store.change(change)
    assert on_disk(folder) == before
    assert store.history("1") == []


def test_what_is_done_to_the_image_as_a_whole(store: Store) -> None:
    store.change(act(0, "skip"))
    assert store.statuses() == {"1": ("skipped", "Ada")}
    store.change(act(1, "finish"))
    assert store.statuses() == {"1": ("finished", "Ada")}
    with pytest.raises(ArgumentError, match="nothing to undo"):
        store.change(act(2, "undo"))


def test_every_state_is_a_release(store: Store, folder: Path) -> None:
    rle = {"size": [8, 12], "counts": [90, 2, 4]}
    actions = [
        act(0, "draw", rle=rle),
        act(1, "merge", masks=["0", "2"]),
        act(2, "split", mask="0", rle={"size": [8, 12], "counts": [0, 48, 48]}),
        act(3, "reshape", mask="1", rle=rle),
        act(4, "reject", mask="0"),
        act(5, "undo"),
    ]
    for change in actions:
        store.change(change)
        report = _verify_image(Release(folder), True, "1-data.json")
        assert report.defects == []


def test_one_process_at_a_time(store: Store, folder: Path) -> None:
    with pytest.raises(DciError, match="another process"), Store(Release(folder)):
        pass


def test_summaries_are_not_left_behind(folder: Path) -> None:
    (folder / "complete").mkdir()
    with pytest.raises(ArgumentError, match="must not have complete/"):
        Store(Release(folder))


def test_summaries_that_are_generated_meanwhile_stop_it(store: Store, folder: Path) -> None:
    store.change(write(0, "A hut."))
    (folder / "complete").mkdir()
    with pytest.raises(ArgumentError, match="must not have complete/"):
        store.change(write(1, "A house."))
    assert on_disk(folder)["short_caption"] == "A hut."


def test_a_file_that_leads_out_of_the_folder_is_not_read(store: Store, folder: Path, tmp_path: Path) -> None:
    path = folder / "annotations" / "1-data.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(DataError, match="a link that leaves its folder"):
        store.change(write(0, "A hut."))


def test_a_change_of_a_mask_that_somebody_removed_from_the_file_is_passed_over(folder: Path) -> None:
    with Store(Release(folder)) as store:
        store.change(write(0, "A hut."))
        store.change(write(1, "door", mask="1", field="label"))
        store._journal.set_written("1", 0)
    doc = on_disk(folder)
    del doc["mask_data"]["1"]
    doc["mask_data"]["0"]["requirements"] = []
    (folder / "annotations" / "1-data.json").write_text(
        json.dumps({**doc, "short_caption": "", "mask_keys": ["0", "2"]})
    )
    with Store(Release(folder)):
        assert on_disk(folder)["short_caption"] == "A hut."
        assert list(on_disk(folder)["mask_data"]) == ["0", "2"]
