"""`dci explore` on as many images as DCI has: first picture, search, filters, as ratios to reading every file once.

    python benchmarks/studio.py [--dataset RELEASE] [--images 7805]

Without a release it draws one, see export.py; its photos are one file of full size under many names. Times are of the
processor, which a busy machine does not change. The drawn texts have a small vocabulary, so that a search finds nearly
every region: the worst case.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from export import write_annotations
from fastapi.testclient import TestClient
from full_size import photo

from dcikit.data.release import Release
from dcikit.studio.app import make_app
from dcikit.studio.explore.collection import ReleaseCollection
from dcikit.studio.explore.index import Index
from dcikit.studio.explore.routes import explore_routes
from dcikit.studio.explore.search import Search

SEARCHES = {
    "search, a phrase": {"words": '"green door"'},
    "search, in every region": {"words": "the"},
    "search and filter": {"words": "old tr", "depth": "2-", "area": "-0.01"},
    "filter": {"area": "0.1-", "split": "train"},
}
BROWSED = 100


def write_release(folder: Path, images: int) -> None:
    write_annotations(folder, images)
    (folder / "photos").mkdir()
    photo(random.Random(0)).save(folder / "photos" / "sa_0.jpg", quality=92)
    for number in range(1, images):
        os.link(folder / "photos" / "sa_0.jpg", folder / "photos" / f"sa_{number}.jpg")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def plain_read(release: Release) -> None:
    """Reads every record, as `dci verify` and the builder do."""
    for names in release.splits.values():
        for name in names:
            release.read(name, summaries=True, photo=False)


def first_picture(client: TestClient) -> None:
    """What a browser asks for before the first photo is there with its words."""
    client.get("/")
    image_id = client.get("/api/images", params={"limit": 50}).json()["rows"][0]["image_id"]
    client.get(f"/api/images/{image_id}")
    client.get(f"/photos/{image_id}").raise_for_status()


def browse(client: TestClient, images: list[str]) -> None:
    for image_id in images:
        for path in ("photos", "thumbnails", "api/images", "api/masks"):
            client.get(f"/{path}/{image_id}").raise_for_status()


def measure(release: Release, folder: Path) -> None:
    collection = ReleaseCollection(release, "drawn")
    index = Index(collection, folder)
    client = TestClient(make_app([explore_routes(Search(index))]), base_url="http://localhost")
    times = {"first picture, nothing indexed": seconds(lambda: first_picture(client))}
    reading = seconds(lambda: plain_read(release))
    times["index"] = seconds(index.update)
    times["first picture, indexed"] = seconds(lambda: first_picture(client))
    for name, query in SEARCHES.items():
        times[name] = seconds(lambda query=query: client.get("/api/images", params=query))
    chosen = random.Random(0).sample(list(collection.splits), min(2 * BROWSED, len(collection.splits)))
    browse(client, chosen[:BROWSED])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    browse(client, chosen[BROWSED:])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{len(collection.splits)} images, every record read: {reading:.1f} s")
    for name, taken in times.items():
        print(f"{name}: {taken:.3f} s, ratio {taken / reading:.5f}")
    print(f"index: {index.path.stat().st_size / 1e6:.0f} MB")
    print(f"{BROWSED} more images looked at: memory {before / 1024:.0f} MB, and {grown / 1024:.0f} MB more")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", type=Path, help="release folder; default: a drawn one")
    parser.add_argument("--images", type=int, default=7805, help="of the drawn one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.dataset is None:
            write_release(Path(folder) / "release", options.images)
        measure(Release(options.dataset or Path(folder) / "release"), Path(folder) / "index")


if __name__ == "__main__":
    main()
