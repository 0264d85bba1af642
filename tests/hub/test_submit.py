"""`dci submit` and `dci leaderboard`, against a Hub on the loopback."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import yaml
from huggingface_hub import ModelCard
from support.hub_command import dci, fails
from support.hub_server import TOKEN, Fault, Hub, Repo, serve, use
from support.results_documents import document, score, written

from dcikit.hub import retry
from dcikit.hub.leaderboard import rankings
from dcikit.hub.submission import check_results, measured
from dcikit.hub.tasks import TASKS
from dcikit.schema.results import Results
from dcikit.schema.score import Score

pytestmark = pytest.mark.skipif(
    not hasattr(huggingface_hub, "EvalResultEntry"), reason="this huggingface_hub has no evaluation results yet"
)

MODEL, BENCHMARK = "org/clip", "org/dci"
SHA = "5503434ddd753f426f4b38109466949a1217c2bb"


FIT = {
    "model__revision": "c" * 40,
    "model__weights_sha256": "a" * 64,
    "dataset__id": BENCHMARK,
    "dataset__revision": SHA,
    "dataset__fingerprint": "f" * 64,
    "protocol__parameters": {"group_size": 8, "suites": ["all", "pick5", "base", "hard"]},
    "date": "2026-11-20T10:00:00Z",
}


def results(name: str = MODEL, scores: dict[str, Score] | None = None, **changes: Any) -> Results:
    """Results that may be submitted; `section__field=value` changes a field."""
    six = {task.score: score({"1": (40 + i, 100)}) for i, task in enumerate(TASKS) if task.protocol == "sdci"}
    return document({**six, **(scores or {})}, name, **{**FIT, **changes})


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)
    with serve() as hub:
        use(hub, monkeypatch)
        repo = hub.repos[f"models/{MODEL}"] = Repo()
        repo.commit({"README.md": b"---\nlicense: mit\n---\n\n# CLIP\n\nText.\n", "config.json": b"{}"})
        yield hub


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    return lambda results, name="results.json": written(results, tmp_path / name)


Write = Callable[..., Path]


def test_submit_writes_one_entry_a_task(hub: Hub, write: Write) -> None:
    done = dci("submit", write(results()), "--model", MODEL)
    assert done.returncode == 0, done.stderr
    assert f"{hub.url}/{MODEL}/commit/" in done.stdout
    repo = hub.repos[f"models/{MODEL}"]
    assert len(repo.commits) == 2
    assert repo.files["README.md"] == repo.trees[repo.commits[0]]["README.md"]
    entries = yaml.safe_load(repo.files[".eval_results/dci.yaml"])
    assert {entry["dataset"]["task_id"]: entry["value"] for entry in entries} == {
        "sdci_all_scm": 40.0,
        "sdci_all_neg": 41.0,
        "sdci_pick5_scm": 42.0,
        "sdci_pick5_neg": 43.0,
        "sdci_base_neg": 44.0,
        "sdci_hard_neg": 45.0,
    }
    for entry in entries:
        assert entry["dataset"]["id"] == BENCHMARK
        assert entry["dataset"]["revision"] == SHA
        assert entry["date"] == "2026-11-20T10:00:00+00:00"
        assert entry["source"] == {"url": f"https://huggingface.co/datasets/{BENCHMARK}", "name": "dcikit 0.1.0"}
        for part in ("protocol sdci, groups of 8", "fingerprint " + "f" * 64, "weights " + "a" * 64):
            assert part in entry["notes"]
    assert huggingface_hub.parse_eval_result_entries(entries)[0].task_id == "sdci_all_scm"


def test_a_release_has_no_commit_to_name(hub: Hub, write: Write) -> None:
    local = results(dataset__id="/data/dci", dataset__revision="e" * 64)
    fails("--dataset ORG/dci", "submit", write(local), "--model", MODEL)
    done = dci("submit", write(local), "--model", MODEL, "--dataset", BENCHMARK)
    assert done.returncode == 0, done.stderr
    entry = yaml.safe_load(hub.repos[f"models/{MODEL}"].files[".eval_results/dci.yaml"])[0]
    assert "revision" not in entry["dataset"]
    assert "data " + "e" * 64 in entry["notes"]


def test_a_second_submission_replaces_its_own_tasks_and_no_others(hub: Hub, write: Write) -> None:
    repo = hub.repos[f"models/{MODEL}"]
    other = [
        {"dataset": {"id": BENCHMARK, "task_id": "dci_i2t_r1"}, "value": 60.0, "verifyToken": "x"},
        {"dataset": {"id": BENCHMARK, "task_id": "sdci_all_scm"}, "value": 1.0},
    ]
    repo.commit({**repo.files, ".eval_results/dci.yaml": yaml.safe_dump(other).encode()})
    assert dci("submit", write(results()), "--model", MODEL).returncode == 0
    entries = yaml.safe_load(repo.files[".eval_results/dci.yaml"])
    assert len(entries) == 7
    assert entries[0] == other[0]
    commits = len(repo.commits)
    assert dci("submit", write(results()), "--model", MODEL).returncode == 0
    assert len(repo.commits) == commits, "nothing new, no empty commit"


def test_pull_request_and_dry_run(hub: Hub, write: Write) -> None:
    shown = dci("submit", write(results()), "--model", MODEL, "--dry-run")
    assert shown.returncode == 0
    assert yaml.safe_load(shown.stdout.partition("\n")[2])[0]["dataset"]["task_id"] == "sdci_all_scm"
    assert not hub.log
    done = dci("submit", write(results()), "--model", MODEL, "--create-pr")
    assert f"{hub.url}/{MODEL}/discussions/1" in done.stdout
    repo = hub.repos[f"models/{MODEL}"]
    assert (len(repo.commits), len(repo.pull_requests)) == (1, 1)


def test_model_index_in_the_same_commit(hub: Hub, write: Write) -> None:
    for _ in range(2):
        assert dci("submit", write(results()), "--model", MODEL, "--card").returncode == 0
    repo = hub.repos[f"models/{MODEL}"]
    assert len(repo.commits) == 2
    card = ModelCard(repo.files["README.md"].decode())
    assert (card.data.license, card.text.strip()) == ("mit", "# CLIP\n\nText.")
    found = {each.metric_name: each.metric_value for each in card.data.eval_results}
    assert found["All SCM"] == 40.0 and len(found) == len(card.data.eval_results) == 6
    hub.repos["models/org/bare"] = bare = Repo()
    bare.commit({})
    bare_results = results(name="org/bare")
    assert dci("submit", write(bare_results), "--model", "org/bare", "--card").returncode == 0
    assert ModelCard(bare.files["README.md"].decode()).data.model_name == "bare"


def test_what_others_commit_in_between_is_kept(hub: Hub, write: Write) -> None:
    repo = hub.repos[f"models/{MODEL}"]
    original, other = repo.at, yaml.safe_dump([{"dataset": {"id": "org/x", "task_id": "t"}, "value": 1}]).encode()

    def at(revision: str) -> str | None:
        found = original(revision)
        if len(repo.commits) == 1:  # right after the first look at it
            repo.commit({**repo.files, ".eval_results/dci.yaml": other})
        return found

    repo.at = at  # type: ignore[method-assign]
    fails("somebody else changed it", "submit", write(results()), "--model", MODEL)
    assert repo.files[".eval_results/dci.yaml"] == other
    assert dci("submit", write(results()), "--model", MODEL).returncode == 0
    assert len(yaml.safe_load(repo.files[".eval_results/dci.yaml"])) == 7


@pytest.mark.parametrize(
    ("fault", "commits"),
    [
        (Fault("/commit/", status=429, headers={"Retry-After": "0"}), 1),
        (Fault("/commit/", status=503), 1),
        (Fault("/commit/", after=50), 1),
        (Fault("/commit/", handled=True), 1),
        (Fault("GET /api/models", status=500), 1),
    ],
)
def test_failures_that_pass(hub: Hub, write: Write, fault: Fault, commits: int) -> None:
    hub.faults = [fault]
    done = dci("submit", write(results()), "--model", MODEL)
    assert done.returncode == 0, done.stderr
    repo = hub.repos[f"models/{MODEL}"]
    assert len(repo.commits) == 1 + commits
    assert len(yaml.safe_load(repo.files[".eval_results/dci.yaml"])) == 6


def test_no_second_pull_request_after_a_lost_answer(hub: Hub, write: Write) -> None:
    hub.faults = [Fault("/commit/", handled=True)]
    fails("the connection failed", "submit", write(results()), "--model", MODEL, "--create-pr")
    assert len(hub.repos[f"models/{MODEL}"].pull_requests) == 1


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "hf auth login"), (403, "write access"), (404, "check the name"), (409, "somebody else")],
)
def test_refusals_of_the_hub(hub: Hub, write: Write, status: int, remedy: str) -> None:
    hub.faults = [Fault("/commit/", status=status)]
    message = fails(remedy, "submit", write(results()), "--model", MODEL)
    assert f"the Hub answered {status}" in message
    assert TOKEN not in message and "Traceback" not in message
    assert len(hub.repos[f"models/{MODEL}"].commits) == 1


def test_without_a_token(hub: Hub, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    use(hub, monkeypatch, token=None)
    fails("hf auth login", "submit", write(results()), "--model", MODEL)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset__limit": 5}, "first 5 images"),
        ({"dataset__skipped": {"1": "no photo", "2": "no photo"}}, "2 images were skipped (1, 2)"),
        ({"dataset__fingerprint": None}, "no `dataset.fingerprint`"),
        ({"dataset__revision": None}, "no `dataset.revision`"),
        ({"protocol__parameters": {"group_size": 4}}, "groups have 4"),
        ({"name": "org/other"}, "not of org/clip"),
        ({"model__adapter": "org/lora"}, "with the adapter org/lora"),
        ({"dataset__split": "train"}, "no task of the benchmark"),
        ({"scores": {"all_neg": score({})}}, "all_neg has no value"),
    ],
)
def test_unfit_results_are_refused(hub: Hub, write: Write, changes: dict[str, Any], message: str) -> None:
    fails(message, "submit", write(results(**changes)), "--model", MODEL, "--dataset", BENCHMARK)
    assert not hub.log, "refused before anything is asked"


def test_the_sample_is_known_by_its_images_wherever_it_is(sample: Path, tmp_path: Path) -> None:
    from dcikit.data.release import Release
    from dcikit.data.sample import NUMBERS

    names = [name for split in Release(sample).splits.values() for name in split]
    assert sorted(names) == [f"{number}-data.json" for number in NUMBERS]
    moved = tmp_path / "densely_captioned_images"
    moved.symlink_to(sample, target_is_directory=True)
    output = tmp_path / "results.json"
    assert dci("eval", "--dataset", moved, "--limit", "1", "--output", output).returncode == 0
    fails("drawn sample", "submit", output, "--model", MODEL, "--dataset", BENCHMARK)


def test_a_release_may_have_some_of_the_samples_numbers_and_any_name() -> None:
    scores = {"all_neg": score({"100001": (1, 2), "1544045": (0, 1)})}
    check_results(results(scores=scores, dataset__id="sample"), MODEL)


def test_results_of_the_samples_images_alone_are_refused() -> None:
    sampled = document({"all_neg": score({"100001": (1, 2), "100576": (0, 1)})}, MODEL)
    with pytest.raises(ValueError, match="drawn sample"):
        check_results(sampled, MODEL)


def test_local_models_and_adapters_may_be_submitted() -> None:
    check_results(results(name="./my-model", model__revision=None), MODEL)
    check_results(results(name="openai/clip", model__adapter=MODEL), MODEL)


def test_retrieval_results_are_tasks_too() -> None:
    retrieval = document({"i2t_r@1": score({"1": (43, 100)})}, dataset__split="all", protocol__name="lotlip")
    assert [(task.id, value) for task, value in measured(retrieval)] == [("dci_i2t_r1", 43.0)]


def test_leaderboard_of_files(write: Write) -> None:
    better = results(name="org/better", scores={"all_scm": score({"1": (9, 10)}), "hard_neg": score({"1": (1, 10)})})
    files = [write(results(), "a.json"), write(better, "b.json")]

    def ranked(*options: str) -> list[str]:
        printed = dci("leaderboard", *files, *options, "--format", "csv").stdout
        return [row["model"] for row in csv.DictReader(io.StringIO(printed))]

    assert ranked() == ["org/better", MODEL]
    assert ranked("--sort", "sdci_hard_neg") == ranked("--sort", "hard_neg") == [MODEL, "org/better"]
    fails("must be one of all_scm", "leaderboard", *files, "--sort", "accuracy")
    fails("give results files", "leaderboard")


def test_only_comparable_results_share_a_table(write: Write) -> None:
    other = results(dataset__fingerprint="0" * 64)
    grouped = results(protocol__parameters={"group_size": 4})
    same = results(protocol__parameters={"group_size": 8, "suites": ["all"]})
    assert [len(each.rows) for each in rankings([results(), other, grouped, same])] == [2, 1, 1]
    done = dci("leaderboard", write(results(), "a.json"), write(other, "b.json"))
    assert "cannot be compared" in done.stdout


def test_missing_scores_come_last() -> None:
    without = document({"all_neg": {"1": (1, 2)}}, "org/without", **FIT)
    [ranking] = rankings([without, results()])
    assert [(name, values[0]) for name, values in ranking.rows] == [(MODEL, 0.4), ("org/without", None)]


def test_retrieval_of_every_protocol_is_ranked() -> None:
    for protocol in ("lotlip", "extra", "long-dci", "region"):
        [ranking] = rankings([document({"i2t_r@1": {"1": (1, 2)}, "i2t_r@5": {"1": (2, 2)}}, protocol__name=protocol)])
        assert ranking.scores == ("i2t_r@1",) and ranking.rows == (("model", (0.5,)),)


def test_names_and_numbers_are_whole_at_80_columns(write: Write) -> None:
    names = ["openai/clip-vit-base-patch32", "openai/clip-vit-large-patch14-336"]
    files = [write(results(name=name), f"{name.replace('/', '-')}.json") for name in names]
    printed = dci("leaderboard", *files, columns=80).stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed
    for value in ("40.00", "41.00", "42.00", "43.00", "44.00", "45.00"):
        assert printed.count(value) == 2
    models = "".join(line.split("  ")[1 if line[:1].isdigit() else 0].strip() for line in _body(printed))
    assert models == "".join(names), "folded, not cut"


def _body(printed: str) -> list[str]:
    """The lines of a table below its rule."""
    lines = printed.rstrip().splitlines()
    return lines[next(index for index, line in enumerate(lines) if "──" in line) + 1 :]


def test_leaderboard_of_the_hub(hub: Hub) -> None:
    author = {"type": "org", "name": "org", "fullname": "Org", "avatarUrl": ""}
    entry = {"rank": 1, "modelId": MODEL, "value": 40.5, "filename": ".eval_results/dci.yaml", "verified": False}
    hub.leaderboard[f"datasets/{BENCHMARK}"] = [entry | {"author": author, "source": None, "pullRequest": 3}]
    hub.faults = [Fault("leaderboard", status=429)]
    done = dci("leaderboard", "--dataset", BENCHMARK)
    assert done.returncode == 0, done.stderr
    assert MODEL in done.stdout and "40.50" in done.stdout
    fails("has no leaderboard", "leaderboard", "--dataset", "org/other")
