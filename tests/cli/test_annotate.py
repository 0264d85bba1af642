"""`dci annotate`: many annotators at once, and kill -9 in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.drawn_release import write_drawn_release

from dcikit.cli.main import main


@contextmanager
def annotating(folder: Path, port: int) -> Iterator[str]:
    """The address of the command, which is killed at the end."""
    command = [sys.executable, "-m", "dcikit", "annotate", str(folder), "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[0].rstrip("/")
        finally:
            process.send_signal(signal.SIGKILL)


class Annotator(threading.Thread):
    """Writes captions of one image as fast as they are saved, and sends again whatever is not answered."""

    def __init__(self, address: str, image_id: str, stop: threading.Event) -> None:
        super().__init__()
        self.address, self.image_id, self.stop = address, image_id, stop
        self.saved: list[str] = []
        self.problems: list[str] = []

    def run(self) -> None:
        version = 0
        journal = httpx.get(f"{self.address}/api/settings").json()["journal"]
        client = httpx.Client(base_url=self.address, headers={"Origin": self.address}, timeout=60)
        while not self.stop.is_set():
            text = f"{len(self.saved)} of {self.image_id}"
            body = {"event_id": text, "session": self.image_id, "author": self.image_id, "version": version}
            body |= {"journal": journal, "action": "write", "payload": {"mask": "0", "field": "caption", "text": text}}
            answer = self.post(client, body)
            if answer.status_code != 200:
                self.problems.append(answer.text)
                return
            version = answer.json()["version"]
            self.saved.append(text)

    def post(self, client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
        while True:
            try:
                return client.post(f"/api/images/{self.image_id}/changes", json=body)
            except httpx.TransportError:  # the server was killed, and comes back
                time.sleep(0.05)


@pytest.mark.slow
def test_twenty_annotators_for_a_minute_and_three_kills(tmp_path: Path) -> None:
    people, rounds, seconds = 20, 4, 15
    folder = write_drawn_release(tmp_path / "release", images=people)
    stop, port = threading.Event(), 0
    everybody: list[Annotator] = []
    for _ in range(rounds):
        with annotating(folder, port) as address:
            port = int(address.rpartition(":")[2])
            if not everybody:
                everybody = [Annotator(address, str(number), stop) for number in range(1, people + 1)]
                for each in everybody:
                    each.start()
            time.sleep(seconds)
    with annotating(folder, port) as address:
        stop.set()
        for each in everybody:
            each.join(timeout=120)
        histories = {n.image_id: httpx.get(f"{address}/api/images/{n.image_id}/history").json() for n in everybody}
    for each in everybody:
        assert each.problems == []
        assert len(each.saved) > rounds
        assert [event["edits"][0]["after"] for event in reversed(histories[each.image_id])] == each.saved
        doc = json.loads((folder / "annotations" / f"{each.image_id}-data.json").read_text())
        assert doc["mask_data"]["0"]["caption"] == each.saved[-1]
    assert main(["verify", str(folder), "--num-proc", "1"]) == 0


def test_summaries_are_not_left_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_drawn_release(tmp_path / "release")
    (folder / "complete").mkdir()
    assert main(["annotate", str(folder)]) == 1
    assert "annotate a copy without it" in " ".join(capsys.readouterr().err.split())


def test_other_addresses_need_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_drawn_release(tmp_path / "release")
    assert main(["annotate", str(folder), "--host", "0.0.0.0"]) == 1
    assert "`--token` must be given" in " ".join(capsys.readouterr().err.split())
