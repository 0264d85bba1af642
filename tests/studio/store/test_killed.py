"""kill -9 while several annotators write: what was acknowledged is there, and the folder is a release."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from support.drawn_release import write_drawn_release

from dcikit.data.release import Release
from dcikit.data.verify import _verify_image
from dcikit.studio.store.store import Store

WRITER = """
import sys, threading
from dcikit.data.release import Release
from dcikit.studio.store.store import Change, Store

def annotate(store, image_id, round):
    version = store.read(image_id)[1]
    for number in range(10_000):
        text = f"{round} {number} " + "word " * 200
        payload = {"mask": str(number % 3), "field": "caption", "text": text}
        event_id = f"{round}/{image_id}/{number}"
        version = store.change(Change(event_id, image_id, "tab " + image_id, "Ada", version, "write", payload))
        sys.stdout.write(f"{image_id} {version} {event_id}\\n")
        sys.stdout.flush()

with Store(Release(sys.argv[1])) as store:
    threads = [threading.Thread(target=annotate, args=(store, each, sys.argv[2])) for each in store.image_ids]
    [each.start() for each in threads]
    [each.join() for each in threads]
"""


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    folder = write_drawn_release(tmp_path / "release", images=4)
    names = sorted(path.name for path in (folder / "annotations").iterdir())
    acknowledged: list[str] = []
    for kill_after in (40,):
        command = [sys.executable, "-c", WRITER, str(folder), str(kill_after)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            acknowledged += [next(process.stdout) for _ in range(kill_after)]
            process.send_signal(signal.SIGKILL)
            acknowledged += [line for line in process.stdout if line.endswith("\n")]
        for name in names:  # before anything is repaired
            assert _verify_image(Release(folder), True, name).defects == []
    with Store(Release(folder)) as store:
        for line in acknowledged:
            image_id, version, event_id = line.split()
            assert store.history(image_id)[int(version) - 1].event_id == event_id
        for image_id in store.image_ids:
            events = store.history(image_id)
            assert [event.version for event in events] == list(range(1, len(events) + 1))
            on_disk = json.loads((folder / "annotations" / f"{image_id}-data.json").read_text())
            for mask_id, mask in on_disk["mask_data"].items():
                texts = [event.payload["text"] for event in events if event.payload["mask"] == mask_id]
                assert mask["caption"] == (texts[-1] if texts else "")
    assert sorted(path.name for path in (folder / "annotations").iterdir()) == names
