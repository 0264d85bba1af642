"""`dci publish dataset` and `dci publish metric`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import Console

if TYPE_CHECKING:
    from dcikit.hub.publish import Upload

publish_app = typer.Typer(help="Put the data or a metric on the Hugging Face Hub.", no_args_is_help=True)

RepoId = Annotated[str, typer.Option(help="ORG/NAME on the Hub.")]
Private = Annotated[bool, typer.Option("--private", help="Only you and your organisation may see it.")]
CreatePr = Annotated[bool, typer.Option("--create-pr", help="Open a pull request in a repository that exists.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be uploaded, and upload nothing.")]


@publish_app.command("dataset")
def dataset_command(
    repo_id: RepoId,
    folder: Annotated[Path, typer.Argument(help="What `dci export` wrote.")] = Path("dci"),
    private: Private = False,
    create_pr: CreatePr = False,
    dry_run: DryRun = False,
) -> None:
    """Publish an export as a dataset. A second run completes an interrupted one."""
    from dcikit.hub.publish import dataset_upload

    _publish(dataset_upload(folder, repo_id, private=private), create_pr, dry_run)


@publish_app.command("metric")
def metric_command(
    repo_id: RepoId,
    private: Private = False,
    create_pr: CreatePr = False,
    dry_run: DryRun = False,
    preview: Annotated[bool, typer.Option("--preview", help="Run the Space here first, and upload nothing.")] = False,
) -> None:
    """Publish a metric as a Space for `evaluate.load`, called dci_scm, dci_retrieval or dci_grounding."""
    from dcikit.hub.publish import metric_upload

    upload = metric_upload(repo_id, private=private)
    if preview:
        from dcikit.hub.preview import preview as run_space

        raise typer.Exit(run_space(upload))
    _publish(upload, create_pr, dry_run)


def _publish(upload: Upload, create_pr: bool, dry_run: bool) -> None:
    from huggingface_hub.utils import disable_progress_bars

    from dcikit.hub.publish import publish

    if not Console(stderr=True).is_terminal:
        disable_progress_bars()
    console = Console()
    sizes = upload.sizes()
    seen = "private" if upload.private else "public"
    how = "pull request" if create_pr else "commit"
    total = f"{len(sizes)} files, {sum(sizes.values()) / 1e6:,.1f} MB"
    console.print(f"{upload.repo_type}s/{upload.repo_id} ({seen}), one {how}: {total}", highlight=False)
    if dry_run:
        for path, size in sizes.items():
            console.print(f"{size:>13,}  {path}", markup=False, highlight=False, soft_wrap=True)
        for start in upload.replaces:
            console.print(f"Other files {start}* would be removed.", highlight=False, markup=False)
        return
    console.print(publish(upload, create_pr=create_pr), markup=False, highlight=False, soft_wrap=True)
