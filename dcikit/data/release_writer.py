"""Writes a release folder image by image: memory is flat, and a writing that was interrupted goes on.

    with ReleaseWriter(folder, identity="panocaps of ...") as writer:
        for image in images:                        # in the same order every time
            if writer.wants_next():
                writer.add(record, split="test", photo=path)
            ...
        writer.finish()

`splits.json` comes last: until then the folder is no release. What was written is in `import.jsonl`, a line an image.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from dcikit.files.exclusive import exclusive
from dcikit.files.whole_file import whole_file, write_whole
from dcikit.schema.errors import ArgumentError

from .annotation import write_annotation
from .record import Record
from .release import SPLIT_KEYS

JOURNAL = "import.jsonl"


@dataclass
class Line:
    """What became of an image.

    Attributes:
        name: its annotation file; None: the image was skipped.
        split: train, validation or test.
        notes: [what, where] for everything of it that was skipped or changed.
        given: [what, number] to be summed up, such as masks.
    """

    name: str | None
    split: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    given: dict[str, int] = field(default_factory=dict)


class ReleaseWriter:
    """Writes a release folder; see above.

    Args:
        folder: absent, empty, or what an earlier writing of the same `identity` left.
        identity: what is written: source and options.
        summaries: whether there is a `complete/`, which then holds every image.

    Raises:
        ArgumentError: if the folder holds anything else.
        DciError: if another process is writing it.
    """

    def __init__(self, folder: Path, identity: str, *, summaries: bool = False) -> None:
        self.folder = folder
        self._summaries = summaries
        self._identity = identity
        self._lock = ExitStack()
        self._next = 0

    def __enter__(self) -> ReleaseWriter:
        mark = self.folder / "identity"
        if self.folder.exists() and not self.folder.is_dir():
            raise ArgumentError(f"`folder` must be a folder, {self.folder} is a file; give another name")
        is_ours = mark.is_file() and mark.read_text(encoding="utf-8") == self._identity
        if self.folder.is_dir() and any(self.folder.iterdir()) and not is_ours:
            raise ArgumentError(f"`folder` must be absent or empty, {self.folder} is not; give another name")
        for part in ("annotations", "photos", *(["complete"] if self._summaries else [])):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        busy = f"`folder` is being written by another process: {self.folder}; wait for it"
        self._lock.enter_context(exclusive(self.folder / ".lock", busy))
        write_whole(mark, self._identity.encode())
        self._done = self._take_up()
        self._journal = (self.folder / JOURNAL).open("a", encoding="utf-8")
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._journal.close()
        self._lock.close()

    @property
    def finished(self) -> bool:
        return (self.folder / "splits.json").is_file()

    def wants_next(self) -> bool:
        """Whether the next image is still to be written; one call an image, in order."""
        self._next += 1
        return self._next > self._done

    def add(
        self,
        record: Record,
        split: str,
        photo: Path | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        notes: list[tuple[str, str]] | None = None,
    ) -> None:
        """Writes the image that `wants_next` asked for.

        Args:
            record: `image_id` must be digits; `file_name` a plain name.
            photo: linked to `photos/<file_name>`, or copied where no link can be.
            extra: see `write_annotation`.
            notes: see `Line`.

        Raises:
            ArgumentError: if the image's number was written before.
        """
        name = f"{record.image_id}-data.json"
        is_first = self._next == self._done + 1  # may have been written by a run that was killed before it said so
        if not is_first and (self.folder / "annotations" / name).exists():
            raise ArgumentError(f"two images have the number {record.image_id}; give the file of one dataset at a time")
        if photo is not None:
            link(photo, self.folder / "photos" / record.file_name)
        write_annotation(self.folder, record, extra=extra, with_complete=self._summaries)
        qualities = Counter(mask.quality for mask in record.masks)
        given = {"images": 1, "masks": len(record.masks)} | {f"masks {name}": n for name, n in qualities.items()}
        self._say(Line(name, split, notes or [], given))

    def leave_out(self, split: str, what: str, where: str) -> None:
        """Notes that the image is not written."""
        self._say(Line(None, split, [(what, where)]))

    def finish(self) -> Counter[str]:
        """Writes `splits.json`, and says how much there is of everything, and of every kind of note.

        Raises:
            ArgumentError: if no image was written.
        """
        splits: dict[str, list[str]] = {key: [] for key in SPLIT_KEYS.values()}
        counts: Counter[str] = Counter()
        self._journal.flush()
        for line in read_journal(self.folder):
            counts.update(line.given)
            counts.update(what for what, _ in line.notes)
            if line.name is not None:
                splits[SPLIT_KEYS[line.split]].append(line.name)
        if not any(splits.values()):
            raise ArgumentError(f"no image could be imported; see {self.folder / JOURNAL}")
        write_whole(self.folder / "splits.json", json.dumps(splits).encode())
        return counts

    def _say(self, line: Line) -> None:
        self._journal.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
        self._journal.flush()

    def _take_up(self) -> int:
        """How many images an earlier run wrote; half a line at the end is cut off."""
        path = self.folder / JOURNAL
        if not path.is_file():
            return 0
        whole = count = 0
        with path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    whole, count = whole + len(line), count + 1
        os.truncate(path, whole)
        return count


def read_journal(folder: Path) -> Iterator[Line]:
    """What became of every image, in order."""
    with (folder / JOURNAL).open(encoding="utf-8") as lines:
        for line in lines:
            yield Line(**json.loads(line))


def link(source: Path, target: Path) -> None:
    """Puts a file there: a hard link where the file system can, a whole copy elsewhere; what is there is replaced."""
    with whole_file(target) as temporary:
        try:
            os.link(os.path.realpath(source), temporary)
        except OSError:
            shutil.copyfile(source, temporary)
