"""The list of commands, and how their errors are shown. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer

from dcikit.schema.errors import first_line

from . import interrupt
from .annotate import annotate_command
from .build import build_command
from .caption_quality import caption_quality_command
from .compare import compare_command
from .console import Console
from .describe import describe_command
from .download import download_command
from .eval import eval_command
from .explore import explore_command
from .export import export_command
from .generate import generate_command
from .import_ import import_command
from .info import info_command
from .leaderboard import leaderboard_command
from .learning_curve import learning_curve_command
from .masks import masks_command
from .mine import mine_command
from .option_names import message_with_options
from .photos import photos_command
from .prompts import prompts_command
from .publish import publish_app
from .report import report_command
from .review import review_command
from .sample import sample_command
from .score_negatives import score_negatives_command
from .slices import slices_command
from .submit import submit_command
from .train import train_command
from .verify import verify_command

PANELS: dict[str, dict[str, Callable[..., Any]]] = {
    "Evaluate": {
        "eval": eval_command,
        "compare": compare_command,
        "slices": slices_command,
        "report": report_command,
        "leaderboard": leaderboard_command,
    },
    "Data": {
        "explore": explore_command,
        "info": info_command,
        "verify": verify_command,
        "sample": sample_command,
        "download": download_command,
        "photos": photos_command,
        "import": import_command,
        "export": export_command,
        "prompts": prompts_command,
    },
    "Captions": {
        "build": build_command,
        "masks": masks_command,
        "describe": describe_command,
        "generate": generate_command,
        "score-negatives": score_negatives_command,
        "caption-quality": caption_quality_command,
        "mine": mine_command,
    },
    "Studio": {"annotate": annotate_command, "review": review_command},
    "Train": {"train": train_command, "learning-curve": learning_curve_command},
    "Hub": {"submit": submit_command},
}
"""Panel of the help -> its commands."""

app = typer.Typer(
    name="dci",
    help="Densely Captioned Images: score vision-language models, check and read the data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for panel, commands in PANELS.items():
    for name, command in commands.items():
        app.command(name, rich_help_panel=panel)(command)
app.add_typer(publish_app, name="publish", rich_help_panel="Hub")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dci {version('dcikit')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Densely Captioned Images: score vision-language models, check and read the data."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status.

    It is 0, 1 for an error, 2 for a wrong call, 130 for Ctrl-C and 143 for SIGTERM.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    with interrupt.taking_sigterm() as came:
        try:
            status = app(args=arguments, prog_name="dci", standalone_mode=False)
            if status == 130:  # newer versions of typer make an exit status of it
                raise KeyboardInterrupt
            return status if isinstance(status, int) else 0
        except (typer.Abort, KeyboardInterrupt):
            return _fail(interrupt.message(arguments), interrupt.exit_status(came))
        except Exception as error:
            if came:  # such as of a worker that was stopped, too
                return _fail(interrupt.message(arguments), interrupt.exit_status(came))
            return _failed(error, arguments)


def _failed(error: Exception, arguments: Sequence[str]) -> int:
    if hasattr(error, "format_message"):  # click's own errors: a wrong option
        message = error.format_message()  # empty where no command was given: the help was printed
        return _fail(f"{message}\nTry `dci --help`.", 2) if message else 2
    if "--debug" in arguments:
        raise error
    if isinstance(error, (ValueError, OSError)):
        return _fail(message_with_options(_in_words(error), typer.main.get_command(app), arguments), 1)
    kind = type(error).__name__
    return _fail(f"unexpected {kind}: {first_line(error)}; `dci --debug {arguments[0]} ...` shows where", 1)


def _in_words(error: Exception) -> Exception:
    """The system's own error as file, problem and remedy."""
    if not isinstance(error, OSError) or not error.errno:
        return error
    is_full = error.errno == errno.ENOSPC
    where = error.filename or ("the disk of the output, of HF_HOME or of temporary files" if is_full else None)
    remedy = "make room, then run it again" if is_full else "check the path and its permissions"
    return OSError(f"{where}: {error.strerror}; {remedy}") if where else error


def _fail(message: str, status: int) -> int:
    Console(stderr=True).print(f"error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
