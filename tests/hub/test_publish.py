"""`dci publish`, against a Hub on the loopback, and what a user then loads without our package."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import DatasetCard, RepoCard
from PIL import Image
from support.elsewhere import elsewhere
from support.hub_command import dci, fails
from support.hub_server import TOKEN, Fault, Hub, Repo, serve, use
from support.space import served, write_space

from dcikit.data.release import Release
from dcikit.encoders.models import TINY_CLIP, load_encoder
from dcikit.hub import retry
from dcikit.hub.export import export_release
from dcikit.hub.metric_repo import PAGES, metric_files
from dcikit.hub.rows import exported_split
from dcikit.hub.space.boxes import add_corner
from dcikit.hub.space.ranking import Ranking, rank
from dcikit.hub.space.ranking_view import ranking_html
from dcikit.hub.space.scoring import check_subcrops, judge
from dcikit.hub.space.view import outcome_html, with_boxes

DATASET, METRIC = "org/dci", "org/dci_scm"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)
    with serve() as hub:
        use(hub, monkeypatch)
        yield hub


@pytest.fixture(scope="module")
def exported(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "dci"
    export_release(Release(odd), out, num_proc=1, shard_bytes=6_000)
    return out


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The metric's Space as a folder."""
    return write_space(METRIC, tmp_path_factory.mktemp("space"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def published(hub: Hub, name: str) -> dict[str, bytes]:
    return {path: data for path, data in hub.repos[name].files.items() if path != ".gitattributes"}


def test_publish_dataset_in_one_commit(hub: Hub, exported: Path) -> None:
    done = dci("publish", "dataset", exported, "--repo-id", DATASET)
    assert done.returncode == 0, done.stderr
    assert f"{hub.url}/datasets/{DATASET}/commit/" in done.stdout
    assert published(hub, f"datasets/{DATASET}") == contents(exported)
    assert len(hub.repos[f"datasets/{DATASET}"].commits) == 2, "the empty one, and ours"
    assert not hub.repos[f"datasets/{DATASET}"].private


def test_what_a_user_loads_is_what_the_builder_gives(
    hub: Hub, exported: Path, odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dci("publish", "dataset", exported, "--repo-id", DATASET).returncode == 0
    code = """
import datasets
ds = datasets.load_dataset(sys.argv[1], "sdci", split="test")
print(len(ds), [region["key"] for region in ds[0]["regions"]], ds[0]["image"])
stream = datasets.load_dataset(sys.argv[1], split="train", streaming=True)
print([row["image_id"] for row in stream], sorted(datasets.get_dataset_config_names(sys.argv[1])))
"""
    first, second = elsewhere(code, tmp_path, DATASET, hub=hub.url).strip().splitlines()
    assert first == "6 ['base', 'm-3-sc', 'm-1-sc', 'm-2-sc', 'm-7-sc', 'm-5-sc'] None"
    assert second == "['500003', '500001', '70002', '500002'] ['dci', 'regions', 'sdci']"


def test_rows_to_score_come_from_the_hub_with_their_commit(hub: Hub, exported: Path, odd: Path, tmp_path: Path) -> None:
    assert dci("publish", "dataset", exported, "--repo-id", DATASET).returncode == 0
    code = """
from dcikit.hub.rows import exported_split
split = exported_split(sys.argv[1], "test", sys.argv[2])
print(split.revision, split.images, sum(len(row["regions"]) for row in split.rows()))
"""
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "import sys" + code, DATASET, odd],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [hub.repos[f"datasets/{DATASET}"].commits[-1], "6", "19"]
    with pytest.raises(ValueError, match="the Hub answered 404"):
        exported_split("org/nothing", "test", odd)


def test_dry_run_prints_exactly_what_is_uploaded(hub: Hub, exported: Path) -> None:
    for arguments, name in (
        (("dataset", exported, "--repo-id", DATASET), f"datasets/{DATASET}"),
        (("metric", "--repo-id", METRIC), f"spaces/{METRIC}"),
    ):
        shown = dci("publish", *arguments, "--dry-run").stdout
        assert not hub.count(name)
        listed = {}
        for line in shown.splitlines()[1:]:
            size, _, path = line.strip().partition("  ")
            if path:
                listed[path] = int(size.replace(",", ""))
        assert dci("publish", *arguments).returncode == 0
        assert listed == {path: len(data) for path, data in published(hub, name).items()}


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("PUT /lfs/", after=3000, times=2)],
        [Fault("PUT /lfs/", status=503, times=2)],
        [Fault("POST .*/commit/", status=429, headers={"Retry-After": "0"})],
        [Fault("POST .*/commit/", after=100)],
        [Fault("POST .*/commit/", handled=True)],
        [Fault("POST .*/preupload", status=502), Fault("GET /api/datasets", status=429)],
        [Fault("POST /api/repos/create", handled=True)],
    ],
)
def test_failures_that_pass(hub: Hub, exported: Path, faults: list[Fault]) -> None:
    hub.faults = faults
    done = dci("publish", "dataset", exported, "--repo-id", DATASET)
    assert done.returncode == 0, done.stderr
    assert published(hub, f"datasets/{DATASET}") == contents(exported)
    assert len(hub.repos[f"datasets/{DATASET}"].commits) == 2, "nothing twice"
    assert len(hub.uploaded) == len(set(hub.uploaded))


def test_a_second_run_completes_an_interrupted_upload(hub: Hub, exported: Path) -> None:
    shards = len(list(exported.rglob("*.parquet")))
    hub.faults = [Fault("PUT /lfs/", status=403, times=10_000, skip=3)]
    message = fails("the Hub answered 403", "publish", "dataset", exported, "--repo-id", DATASET)
    assert TOKEN not in message
    assert published(hub, f"datasets/{DATASET}") == {}, "nothing of it is seen before all is there"
    assert 0 < len(hub.uploaded) < shards
    hub.faults = []
    assert dci("publish", "dataset", exported, "--repo-id", DATASET).returncode == 0
    assert published(hub, f"datasets/{DATASET}") == contents(exported)
    assert len(hub.uploaded) == len(set(hub.uploaded)) == shards, "no shard was sent twice"
    assert dci("publish", "dataset", exported, "--repo-id", DATASET).returncode == 0
    assert len(hub.repos[f"datasets/{DATASET}"].commits) == 2, "no empty commit"


@pytest.mark.parametrize(
    ("request_line", "status", "remedy"),
    [
        ("POST /api/repos/create", 401, "hf auth login"),
        ("POST .*/commit/", 401, "hf auth login"),
        ("POST .*/commit/", 403, "--create-pr"),
        ("POST .*/preupload", 404, "check the name"),
        ("POST .*/commit/", 409, "somebody else changed it"),
        ("POST .*/commit/", 429, "wait some minutes"),
    ],
)
def test_refusals_of_the_hub(hub: Hub, exported: Path, request_line: str, status: int, remedy: str) -> None:
    hub.faults = [Fault(request_line, status=status, times=100, headers={"Retry-After": "0"})]
    message = fails(remedy, "publish", "dataset", exported, "--repo-id", DATASET)
    assert f"the Hub answered {status}" in message
    assert len(message.strip().splitlines()) == 1 and TOKEN not in message


def test_without_a_token(hub: Hub, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(hub, monkeypatch, token=None)
    fails("hf auth login", "publish", "dataset", exported, "--repo-id", DATASET)


def test_no_server_at_all(hub: Hub, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    fails("the connection failed", "publish", "dataset", exported, "--repo-id", DATASET)


def test_pull_request(hub: Hub, exported: Path) -> None:
    fails("the Hub answered 404", "publish", "dataset", exported, "--repo-id", DATASET, "--create-pr")
    repo = hub.repos[f"datasets/{DATASET}"] = Repo()
    repo.commit({"README.md": b"old"})
    done = dci("publish", "dataset", exported, "--repo-id", DATASET, "--create-pr")
    assert done.returncode == 0, done.stderr
    assert f"{hub.url}/datasets/{DATASET}/discussions/1" in done.stdout
    assert published(hub, f"datasets/{DATASET}") == {"README.md": b"old"}
    assert repo.trees[repo.pull_requests[0]] == contents(exported)


def test_shards_of_an_older_export_are_removed(hub: Hub, exported: Path) -> None:
    repo = hub.repos[f"datasets/{DATASET}"] = Repo()
    repo.commit({"sdci/test-00000-of-00099.parquet": b"old", "notes.txt": b"kept"})
    assert dci("publish", "dataset", exported, "--repo-id", DATASET).returncode == 0
    assert published(hub, f"datasets/{DATASET}") == {**contents(exported), "notes.txt": b"kept"}


def test_private(hub: Hub, exported: Path, odd: Path, tmp_path: Path) -> None:
    export_release(Release(odd), tmp_path / "photos", photos=True, num_proc=1)
    fails("may not be passed on", "publish", "dataset", tmp_path / "photos", "--repo-id", DATASET)
    hub.repos[f"datasets/{DATASET}"] = Repo()
    hub.repos[f"datasets/{DATASET}"].commit({})
    fails("is public", "publish", "dataset", tmp_path / "photos", "--repo-id", DATASET, "--private")
    assert not hub.uploaded
    del hub.repos[f"datasets/{DATASET}"]
    assert dci("publish", "dataset", tmp_path / "photos", "--repo-id", DATASET, "--private").returncode == 0
    assert hub.repos[f"datasets/{DATASET}"].private


def test_only_a_whole_export_is_published(hub: Hub, exported: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "dci")
    shard = next((tmp_path / "dci" / "sdci").iterdir())
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    fails("is not the file that was exported", "publish", "dataset", tmp_path / "dci", "--repo-id", DATASET)
    fails("is no complete export", "publish", "dataset", tmp_path, "--repo-id", DATASET)
    assert not hub.log


@pytest.mark.skipif(huggingface_hub.__version__.startswith("0."), reason="it validates at huggingface.co only")
def test_card_passes_the_hubs_validation(hub: Hub, exported: Path, space: Path) -> None:
    DatasetCard.load(exported / "README.md").validate()
    RepoCard((space / "README.md").read_text()).validate(repo_type="space")
    with pytest.raises(ValueError, match="tags"):
        DatasetCard("---\ntags: x\n---\n").validate()


_COMPUTE = """
import evaluate
metric = evaluate.load(sys.argv[1])
for i, key in enumerate(["base", "m-1-sc"]):
    own = [1.0, 0.0] if i == 0 else [0.0, 1.0]
    metric.add(image_id="1", key=key, image_embeds=own, caption_embeds=[own], negative_embeds={"swaps": [own[::-1]]},
               excluded=[])
result = metric.compute(suites=["all"])
print(result["all_scm"], result["all_neg"], result["regions"])
"""


def test_evaluate_loads_the_metric_without_our_package(hub: Hub, space: Path, tmp_path: Path) -> None:
    assert elsewhere(_COMPUTE, tmp_path, space).split() == ["1.0", "1.0", "2"]
    assert dci("publish", "metric", "--repo-id", METRIC).returncode == 0
    assert published(hub, f"spaces/{METRIC}") == contents(space)
    assert elsewhere(_COMPUTE, tmp_path, METRIC, hub=hub.url).split() == ["1.0", "1.0", "2"]


@pytest.mark.slow
def test_the_published_metric_scores_the_published_data(
    hub: Hub, space: Path, exported: Path, odd: Path, tmp_path: Path
) -> None:
    assert dci("publish", "dataset", exported, "--repo-id", DATASET).returncode == 0
    code = """
import os, datasets, evaluate
ds = datasets.load_dataset(sys.argv[1], "sdci", split="test")
photos = sys.argv[3]
ds = ds.map(lambda row: {"image": os.path.join(photos, row["file_name"])}, features=ds.features)
metric, model = evaluate.load(sys.argv[2]), os.path.join(sys.argv[2], "tiny_clip")
result = metric.compute(model=model, dataset=ds, protocol="sdci-entries")
print(result["regions"], 0 <= result["all_scm"] <= 1)
"""
    assert elsewhere(code, tmp_path, DATASET, space, odd / "photos", hub=hub.url).split() == ["19", "True"]


def test_the_space_must_be_called_like_the_metric(hub: Hub) -> None:
    fails("must be ORG/dci_scm", "publish", "metric", "--repo-id", "org/scm")


@pytest.mark.parametrize("repo_id", ["dci", "a/b/c", "org/", "org/d ci"])
def test_a_repository_needs_an_organisation(hub: Hub, exported: Path, repo_id: str) -> None:
    fails("`--repo-id` must be ORG/NAME", "publish", "dataset", exported, "--repo-id", repo_id)
    fails("`--repo-id` must be ORG/NAME", "publish", "metric", "--repo-id", repo_id)
    assert not hub.log, "nothing was created"


def test_files_of_an_older_metric_are_removed(hub: Hub, space: Path) -> None:
    repo = hub.repos[f"spaces/{METRIC}"] = Repo()
    repo.commit({"dcikit_old.py": b"old", "tiny_clip/old.json": b"old", "notes.txt": b"kept"})
    assert dci("publish", "metric", "--repo-id", METRIC).returncode == 0
    assert published(hub, f"spaces/{METRIC}") == {**contents(space), "notes.txt": b"kept"}


def test_space_files(space: Path) -> None:
    data = RepoCard((space / "README.md").read_text()).data.to_dict()
    assert (data["sdk"], data["app_file"]) == ("gradio", "app.py")
    requirements = (space / "requirements.txt").read_text()
    assert "evaluate" in requirements and "transformers" in requirements and "typer" not in requirements
    examples = json.loads((space / "examples" / "examples.json").read_text())
    assert len(examples) == 4
    assert all((space / "examples" / each["file"]).is_file() for each in examples)


def test_a_box_is_drawn_by_two_corners() -> None:
    boxes, corner = add_corner([], None, (30, 5), (40, 30))
    assert (boxes, corner) == ([], (30, 5))
    boxes, corner = add_corner(boxes, corner, (10, 20), (40, 30))
    assert (boxes, corner) == ([(10, 5, 31, 21)], None), "both pixels are inside"
    boxes, corner = add_corner(*add_corner(boxes, None, (-3, 0), (40, 30)), (99, 99), (40, 30))
    assert boxes == [(10, 5, 31, 21), (0, 0, 40, 30)], "no box leaves the image"


def test_every_box_needs_a_caption() -> None:
    boxes = [(0, 0, 10, 10), (1, 2, 5, 6)]
    _, part = check_subcrops(boxes, [["all", ""], [" part ", "other"]])
    assert (part.box, part.caption, part.negative) == ((1, 2, 5, 6), "part", "other")
    with pytest.raises(ValueError, match="Box 2 has no caption"):
        check_subcrops(boxes, [["all", ""], [" ", "other"]])
    with pytest.raises(ValueError, match="at least two"):
        check_subcrops(boxes[:1], [["all", ""]])


def test_the_page_says_what_matched_and_what_did_not() -> None:
    image = Image.new("RGB", (40, 30), "white")
    boxes = [(0, 0, 40, 30), (5, 5, 20, 20)]
    subcrops = check_subcrops(boxes, [["<b>all</b>", "none"], ["part", ""]])
    outcome = judge([[0.5, 0.7], [0.1, 0.6]], [0.5, None])
    assert (outcome.right, outcome.caption_right, outcome.beaten) == ((False, True), (True, False), (False, None))
    assert outcome.chosen(0) == 1
    html = outcome_html(image, subcrops, outcome)
    assert "<b>1 of 2</b> subcrops" in html and "<b>0 of 1</b> captions beat" in html
    assert "✗ 2" in html and "✓ own" in html and "loses to" in html
    assert "&lt;b&gt;all&lt;/b&gt;" in html, "what users type is shown as it is"
    shown = with_boxes(image, boxes)
    assert shown.size == image.size and shown.getpixel((5, 19)) != (255, 255, 255) == shown.getpixel((32, 25))


def test_the_page_of_retrieval_ranks_both_ways() -> None:
    images = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    ranking = Ranking((0.2, 0.9, 0.1), (0.2, 0.1, 0.2), found=(2, 1), tokens=9, context=5, read="a <i>red")
    html = ranking_html(images, ["a <i>red</i> square", "green", "blue"], ranking)
    assert "✗ place 2 of 3" in html and "✓ place 1 of 3" in html, "an equal score is not higher"
    assert "reads 5 of the caption's 9 tokens" in html
    assert "a &lt;i&gt;red<span" in html and "&lt;/i&gt; square</span>" in html and "<i>" not in html
    assert html.index("1. 0.900") < html.index("2. 0.200") < html.index("3. 0.100")


def test_what_the_model_reads_of_a_caption(sample: Path) -> None:
    encoder = load_encoder(str(TINY_CLIP))
    images = [Image.open(sample / "photos" / name) for name in sorted(os.listdir(sample / "photos"))[:4]]
    ranking = rank(images, ["a green castle. " * 40, "a flag", "a mug", "a house"], encoder)
    assert len(ranking.images_of_caption) == len(ranking.captions_of_image) == 4
    assert ranking.images_of_caption[0] == ranking.captions_of_image[0], "the pair itself"
    assert (ranking.context, len(ranking.read) < 40 * 16) == (77, True)
    assert encoder.tokens([ranking.read]) == ([encoder.tokens(["a green castle. " * 40])[0][0]], [False])


@pytest.mark.parametrize("metric", PAGES)
def test_no_placeholder_is_published(metric: str) -> None:
    files = metric_files(f"acme/{metric}")
    texts = [data.decode() for path, data in files.items() if path.endswith((".py", ".md"))]
    shown = [text for text in texts if "ORG/" in text or 'ORG"' in text]
    assert not shown
    assert f'evaluate.load("acme/{metric}")' in files["README.md"].decode()


def test_each_metric_has_its_own_page() -> None:
    pages = {metric: metric_files(f"org/{metric}")["page.py"] for metric in PAGES}
    assert len(set(pages.values())) == len(pages)


needs_browser = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None
    or importlib.util.find_spec("playwright") is None
    or shutil.which("chromium") is None,
    reason="needs gradio, playwright and chromium",
)


FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@contextmanager
def opened(address: str, width: int) -> Iterator[Any]:
    """The page with its first answer, in a browser; no script of it may fail."""
    from playwright.sync_api import sync_playwright

    errors: list[Any] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 1100})
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(address)
        page.wait_for_selector("#summary", timeout=60_000)
        yield page
        browser.close()
    assert not errors


@pytest.mark.slow
@needs_browser
def test_page_in_a_browser(space: Path, tmp_path: Path) -> None:
    with served(space, tmp_path / "log") as address, opened(address, width=1400) as page:
        subcrops = json.loads((space / "examples" / "examples.json").read_text())[0]["subcrops"]
        n = len(subcrops)
        assert page.locator("#matrix td.score").count() == n * n
        assert f"of {n} subcrops choose their own caption" in page.inner_text("#summary")
        assert subcrops[0]["caption"] in page.inner_text("#captions")
        page.locator(".thumbnail-lg").nth(1).click()
        page.wait_for_function(
            "c => !document.querySelector('#captions')?.innerText.includes(c)", arg=subcrops[0]["caption"]
        )
        page.wait_for_selector("#summary", timeout=60_000)
        for x, said in ((20, "Now click the"), (120, "Write the caption of")):
            page.locator("#canvas img").first.click(position={"x": x, "y": x})
            page.wait_for_function("said => document.body.innerText.includes(said)", arg=said)
        page.get_by_role("button", name="Score").click()
        page.wait_for_selector("text=has no caption")


@pytest.mark.slow
@needs_browser
def test_the_page_of_grounding_in_a_browser(tmp_path: Path) -> None:
    space = write_space("org/dci_grounding", tmp_path)
    with served(space, tmp_path / "log") as address, opened(address, width=390) as page:
        example = json.loads((space / "examples" / "examples.json").read_text())[0]
        assert example["caption"] in page.inner_text("#caption")
        assert page.locator("#scores tr").count() == 1 + 3
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        for x, said in ((100, "Now click the"), (200, "Write what is in the box")):
            page.locator("#canvas img").first.click(position={"x": x, "y": x})
            page.wait_for_function("said => document.body.innerText.includes(said)", arg=said)
        page.wait_for_selector("#summary", state="detached")
        page.get_by_label("What is in the box").fill("<b>a window</b>")
        page.get_by_role("button", name="Find").click()
        page.wait_for_selector("#summary", timeout=60_000)
        assert "<b>a window</b>" in page.inner_text("#caption")
