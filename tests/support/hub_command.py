"""Runs `dci` in this process, for the tests of the Hub."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from unittest import mock

from dcikit.cli.main import main


@dataclass
class Done:
    """A command that ended."""

    returncode: int
    stdout: str
    stderr: str


def dci(*arguments: object, columns: int = 200) -> Done:
    """Runs a command, so many columns wide."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ, {"COLUMNS": str(columns)}),
    ):
        status = main([str(argument) for argument in arguments])
    return Done(status, out.getvalue(), err.getvalue())


def fails(message: str, *arguments: object, status: int = 1) -> str:
    """The command ends with an error on stderr that holds the message. Returns it."""
    done = dci(*arguments)
    assert done.returncode == status, done
    assert message in done.stderr
    return done.stderr
