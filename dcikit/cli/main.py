"""The list of commands, and how their errors are shown. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from .check import check_command
from .compare import compare_command
from .download import download_command
from .eval import eval_command
from .export import export_command
from .generate import generate_command
from .import_ import import_command
from .info import info_command
from .leaderboard import leaderboard_command
from .masks import masks_command
from .option_names import message_with_options
from .photos import photos_command
from .prompts import prompts_command
from .publish import publish_app
from .report import report_command
from .sample import sample_command
from .score_negatives import score_negatives_command
from .slices import slices_command
from .submit import submit_command
from .train import train_command
from .verify import verify_command

app = typer.Typer(
    name="dci",
    help="Densely Captioned Images: score vision-language models, check and read the data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("eval")(eval_command)
app.command("train")(train_command)
app.command("verify")(verify_command)
app.command("sample")(sample_command)
app.command("info")(info_command)
app.command("compare")(compare_command)
app.command("slices")(slices_command)
app.command("report")(report_command)
app.command("masks")(masks_command)
app.command("generate")(generate_command)
app.command("score-negatives")(score_negatives_command)
app.command("check")(check_command)
app.command("export")(export_command)
app.command("import")(import_command)
app.command("prompts")(prompts_command)
app.command("download")(download_command)
app.command("photos")(photos_command)
app.add_typer(publish_app, name="publish")
app.command("submit")(submit_command)
app.command("leaderboard")(leaderboard_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status: 0, 1 for an error, 2 for a wrong call, 130 for Ctrl-C."""
    try:
        status = app(args=list(argv) if argv is not None else None, prog_name="dci", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except typer.Abort:
        return _fail("interrupted", 130)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except Exception as error:
        if hasattr(error, "format_message"):  # click's own errors: a wrong option
            message = error.format_message()  # empty where no command was given: the help was printed
            return _fail(f"{message}\nTry `dci --help`.", 2) if message else 2
        if isinstance(error, (ValueError, OSError)):
            arguments = sys.argv[1:] if argv is None else argv
            return _fail(message_with_options(error, typer.main.get_command(app), arguments), 1)
        raise


def _fail(message: str, status: int) -> int:
    Console(stderr=True).print(f"error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
