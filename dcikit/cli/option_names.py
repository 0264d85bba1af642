"""Errors of the library name arguments; whoever typed a command knows options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dcikit.schema.errors import DataError


def message_with_options(error: Exception, group: Any, arguments: Sequence[str]) -> str:
    """The error's message with `--some-option` for `some_option`, if the command that was called has it.

    Args:
        group: the click group of all commands.
        arguments: of the command line.
    """
    command = group
    for argument in arguments:
        command = getattr(command, "commands", {}).get(argument, command)
    options = {each.name: name for each in command.params for name in each.opts[:1] if name.startswith("--")}
    flag = next(
        (each.secondary_opts[0] for each in command.params if each.name == "photos" and each.secondary_opts), None
    )
    message = str(error).replace(", or load with photos=False", f", or give {flag}" if flag else "")
    # Before the remedy stand keys of a file.
    start = message.rfind(error.remedy.split(", or load with photos=False")[0]) if isinstance(error, DataError) else 0
    return message[:start] + re.sub(r"`(\w+)`", lambda name: f"`{options.get(name[1], name[1])}`", message[start:])
