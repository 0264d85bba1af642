"""The command line names options where the library names arguments."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer

from dcikit.cli.option_names import message_with_options
from dcikit.schema.errors import ArgumentError, DataError

Text = Annotated[str, typer.Option()]

app = typer.Typer()
sub = typer.Typer()
app.add_typer(sub, name="publish")


@app.command("make")
def make(
    folder: str, output_dir: Annotated[str, typer.Option()] = "", split: Annotated[str, typer.Option()] = ""
) -> None:
    pass


@sub.command("metric")
def metric(repo_id: Annotated[str, typer.Option("--repo-id")] = "") -> None:
    pass


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ArgumentError("`output_dir` must be new"), ["make", "x"], "`--output-dir` must be new"),
        (ArgumentError("`folder` and `seed` must be"), ["make", "x"], "`folder` and `seed` must be"),
        (ArgumentError("`output_dir` must be new"), ["publish", "metric"], "`output_dir` must be new"),
        (ArgumentError("`repo_id` must be"), ["publish", "metric", "--repo-id", "make"], "`--repo-id` must be"),
        (DataError("f", "split", "is `split`", "give `split`"), ["make"], "f: `split`: is `split`; give `--split`"),
        (OSError("no `split`"), [], "no `split`"),
    ],
)
def test_arguments_become_options(error: Exception, arguments: list[str], message: str) -> None:
    assert message_with_options(error, typer.main.get_command(app), arguments) == message
