"""Puts files into a repository of the Hub in one commit: all of them or none, and again where it was interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import croissant
from .errors import HubError, hub_errors
from .manifest import NAME, check_export
from .metric_repo import metric_files
from .plan import CONFIGS
from .retry import with_retries

_OF_A_METRIC = ("dcikit_", "tiny_clip/", "examples/")
"""How paths begin that only `metric_files` writes."""


@dataclass(frozen=True)
class Upload:
    """What is to be published.

    Attributes:
        repo_id, repo_type: where; `dataset` or `space`.
        files: path in the repository -> a file, or its contents.
        replaces: files of the repository whose paths begin so and that are not among `files` are removed.
        private: only its owner may see it.
    """

    repo_id: str
    repo_type: str
    files: Mapping[str, Path | bytes]
    replaces: tuple[str, ...] = ()
    private: bool = False

    def sizes(self) -> dict[str, int]:
        """Path in the repository -> bytes."""
        return {
            path: len(content) if isinstance(content, bytes) else content.stat().st_size
            for path, content in self.files.items()
        }


def dataset_upload(folder: Path, repo_id: str, *, private: bool = False) -> Upload:
    """An export, every file checked against its hash.

    Raises:
        DataError: if it is no whole export.
        ValueError: if `repo_id` is no ORG/NAME, or the photos are in it and everybody could see them.
    """
    check_repo_id(repo_id)
    manifest = check_export(folder, contents=True)
    if manifest.photos and not private:
        raise ValueError(
            f"{folder} holds the photos, which may not be passed on; export it without, or make `private` true"
        )
    described = [croissant.NAME] if (folder / croissant.NAME).is_file() else []  # older exports have none
    paths = ["README.md", "eval.yaml", *described, NAME, *(written.path for written in manifest.files)]
    return Upload(
        repo_id, "dataset", {path: folder / path for path in paths}, tuple(f"{config}/" for config in CONFIGS), private
    )


def metric_upload(repo_id: str, *, private: bool = False) -> Upload:
    """A metric as a Space; see `metric_files`.

    Raises:
        ValueError: if `repo_id` is no ORG/NAME, or not called like a metric.
    """
    check_repo_id(repo_id)
    return Upload(repo_id, "space", metric_files(repo_id), _OF_A_METRIC, private)


def check_repo_id(repo_id: str) -> None:
    """Refuses a name that the Hub would take for another one, or would refuse when a repository is there already.

    Raises:
        ValueError: if it is no ORG/NAME.
    """
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise ValueError(f"`repo_id` must be ORG/NAME, got {repo_id}: {error}") from None
    if repo_id.count("/") != 1:
        raise ValueError(f"`repo_id` must be ORG/NAME, got {repo_id}; ORG is your organisation or your user name")


def publish(upload: Upload, *, create_pr: bool = False) -> str:
    """Creates the repository if it is not there, and commits.

    What is there already is not sent again, so that a second run completes an interrupted one.

    Args:
        upload: what and where.
        create_pr: open a pull request in the repository, which must exist, instead.

    Returns:
        The address of the commit or pull request.

    Raises:
        ValueError: if the Hub refuses, or the repository is public and was to be private.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    with hub_errors(f"{upload.repo_type}s/{upload.repo_id}"):
        _prepare(api, upload, create_pr)
        return with_retries(lambda: _commit(api, upload, create_pr), repeatable=not create_pr)


def _prepare(api: Any, upload: Upload, create_pr: bool) -> None:
    """Makes sure that there is a repository, as private as was asked for."""
    if not create_pr:
        sdk = {"space_sdk": "gradio"} if upload.repo_type == "space" else {}
        options = {"repo_type": upload.repo_type, "private": upload.private or None, "exist_ok": True, **sdk}
        with_retries(lambda: api.create_repo(upload.repo_id, **options))
    info = with_retries(lambda: api.repo_info(upload.repo_id, repo_type=upload.repo_type))
    if upload.private and not info.private:
        raise HubError(f"{upload.repo_id} exists and is public; make it private in its settings, or take another name")


def _commit(api: Any, upload: Upload, create_pr: bool) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    info = api.repo_info(upload.repo_id, repo_type=upload.repo_type)
    there = [sibling.rfilename for sibling in info.siblings or []]
    stale = [path for path in there if path not in upload.files and path.startswith(upload.replaces)]
    operations: list[Any] = [CommitOperationAdd(path, content) for path, content in upload.files.items()]
    operations += [CommitOperationDelete(path) for path in stale]
    commit = api.create_commit(
        upload.repo_id,
        operations,
        commit_message="Publish with dci",
        repo_type=upload.repo_type,
        create_pr=create_pr,
        parent_commit=None if create_pr else info.sha,
    )
    return str(commit.pr_url or commit.commit_url)
