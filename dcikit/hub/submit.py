"""Puts results into a model's repository, where the Hub's leaderboard finds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcikit.schema.results import Results

from .errors import hub_errors
from .model_card import with_results
from .retry import with_retries
from .submission import check_results, merge_entries, result_entries

FILE = ".eval_results/dci.yaml"


def submission(
    results: Results,
    model_id: str,
    dataset_id: str,
    existing: Mapping[str, str],
    *,
    card: bool = False,
    **source: Any,
) -> dict[str, str]:
    """The files that a submission writes: path -> contents.

    Args:
        results: what was measured.
        model_id, dataset_id: the model and the benchmark on the Hub.
        existing: those files as the model's repository has them.
        card: write `model-index` metadata into README.md too.
        source: `source_url` and `source_name`, see `result_entries`.

    Raises:
        ValueError: if the results are not fit to be submitted.
    """
    check_results(results, model_id)
    files = {FILE: merge_entries(existing.get(FILE), result_entries(results, dataset_id, **source))}
    if card:
        files["README.md"] = with_results(existing.get("README.md"), results, model_id, dataset_id)
    return files


def submit(
    results: Results,
    model_id: str,
    dataset_id: str,
    *,
    card: bool = False,
    create_pr: bool = False,
    **source: Any,
) -> str:
    """Commits a submission in one piece, or opens a pull request with it.

    What somebody else commits in between is not lost: then it is read and merged again.

    Returns:
        The address of the commit or pull request.

    Raises:
        ValueError: if the results are not fit to be submitted, or the Hub refuses.
    """
    submission(results, model_id, dataset_id, {}, card=card, **source)  # refuses before anything is asked of the Hub

    def attempt() -> str:
        from huggingface_hub import CommitOperationAdd, HfApi

        api = HfApi()
        head = api.model_info(model_id)
        existing = {}
        for path in [FILE, "README.md"] if card else [FILE]:
            if any(sibling.rfilename == path for sibling in head.siblings or []):
                local = api.hf_hub_download(model_id, path, revision=head.sha)
                existing[path] = Path(local).read_text(encoding="utf-8")
        files = submission(results, model_id, dataset_id, existing, card=card, **source)
        info = api.create_commit(
            model_id,
            [CommitOperationAdd(path, contents.encode()) for path, contents in files.items()],
            commit_message="Add results on Densely Captioned Images",
            create_pr=create_pr,
            parent_commit=None if create_pr else head.sha,
        )
        return str(info.pr_url or info.commit_url)

    with hub_errors(model_id):
        return with_retries(attempt, repeatable=not create_pr)
