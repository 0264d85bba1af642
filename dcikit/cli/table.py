"""Tables as people and programs read them: one option `--format`, in every command that prints scores."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import JustifyMethod
from rich.table import Table as RichTable
from rich.text import Text

from dcikit.files.markdown import markdown_text
from dcikit.files.redact import plain

from .console import Console


class Format(str, Enum):
    table = "table"
    markdown = "markdown"
    latex = "latex"
    csv = "csv"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print; csv and json hold unrounded values.")]

_UNLIMITED = 10_000
_READABLE = 20
"""Characters of a text column that are not given up to make a table narrower."""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: its heading.
        key: its name in csv and json; None: the heading.
        show: a value as people read it; None is a dash.
        text: whether it holds text, which may be folded; numbers never are.
        parts: names of the values, where each is a sequence; csv has a column for each part.
        rare: a count that is 0 nearly always: in a table for people it stands only where there is any.
    """

    name: str
    key: str | None = None
    show: Callable[[Any], str] = str
    text: bool = False
    parts: tuple[str, ...] = ()
    rare: bool = False

    def shown(self, value: Any) -> str:
        return "-" if value is None else self.show(value)


@dataclass(frozen=True)
class Table:
    """Rows of plain values; `rules`: indices of the rows that end a section."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    rules: Collection[int] = ()

    def shown(self) -> list[list[str]]:
        """The cells as people read them."""
        return [[column.shown(value) for column, value in zip(self.columns, row, strict=True)] for row in self.rows]

    def for_people(self) -> Table:
        """The table without rare counts of which there are none."""
        kept = [
            index
            for index, column in enumerate(self.columns)
            if not column.rare or any(row[index] for row in self.rows)
        ]
        columns = [self.columns[index] for index in kept]
        return replace(self, columns=columns, rows=[[row[index] for index in kept] for row in self.rows])

    def records(self) -> list[dict[str, Any]]:
        keys = [column.key or column.name for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


def print_tables(tables: Sequence[Table], notes: Sequence[str] = (), form: Format = Format.table) -> None:
    """Prints tables, then notes; beside csv the notes go to the error output."""
    if form is Format.table:
        _print_for_people(tables, notes)
    elif form is Format.csv:
        text = "\n".join(map(_csv, tables))
        typer.echo(plain(text) if sys.stdout.isatty() else text, nl=False)  # a file gets the names as they are
        for note in notes:
            typer.echo(plain(note), err=True)
    elif form is Format.json:
        found = [{"title": table.title, "rows": table.records()} for table in tables]
        document = {"tables": found, "notes": list(notes)}
        typer.echo(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=sys.stdout.isatty()))
    else:
        write, show = (_markdown, markdown_text) if form is Format.markdown else (_latex, _comment)
        typer.echo("\n\n".join([*map(write, tables), *map(show, notes)]))


def _print_for_people(tables: Sequence[Table], notes: Sequence[str]) -> None:
    console = Console()
    piped = not console.is_terminal and "COLUMNS" not in os.environ
    for table in (each.for_people() for each in tables):
        if table.title:
            console.print(Text(plain(table.title), "bold"), soft_wrap=piped)
        shown = _rich(table, folded=False)
        width = console.measure(shown, options=console.options.update(width=_UNLIMITED)).maximum
        if width > console.width and not piped:
            shown, width = _rich(table, folded=True), max(console.width, _least_width(table))  # numbers are never cut
        console.print(shown, width=width, crop=False)
        console.print()
    for note in notes:
        console.print(Text(plain(note)), soft_wrap=piped)


def _rich(table: Table, *, folded: bool) -> RichTable:
    """The table; folded: a word of a heading a line, and texts as narrow as they must be."""
    found = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns:
        heading = Text(column.name.replace(" ", "\n") if folded and not column.text else column.name)
        align: JustifyMethod = "left" if column.text else "right"
        found.add_column(heading, justify=align, overflow="fold", no_wrap=not column.text)
    for index, row in enumerate(table.shown()):
        found.add_row(*(Text(plain(cell)) for cell in row), end_section=index in table.rules)
    return found


def _least_width(table: Table) -> int:
    """The columns that a folded table needs."""
    width = 0
    for index, column in enumerate(table.columns):
        longest = max((len(row[index]) for row in table.shown()), default=0)
        heading = max(map(len, column.name.split()), default=0)
        width += 2 + max(heading, min(longest, _READABLE) if column.text else longest)
    return width


def _csv(table: Table) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heading = [[f"{column.key or column.name}_{part}" for part in column.parts] for column in table.columns]
    writer.writerow(
        name
        for names, column in zip(heading, table.columns, strict=True)
        for name in names or [column.key or column.name]
    )
    for row in table.rows:
        cells: list[Any] = []
        for column, value in zip(table.columns, row, strict=True):
            cells += (value or [None] * len(column.parts)) if column.parts else [value]
        writer.writerow(cells)
    return stream.getvalue()


def _markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(map(markdown_text, cells)) + " |"

    rule = [":--" if column.text else "--:" for column in table.columns]
    lines = [line([column.name for column in table.columns]), line(rule), *map(line, table.shown())]
    return "\n".join([*([f"**{markdown_text(table.title)}**", ""] if table.title else []), *lines])


def _comment(note: str) -> str:
    return f"% {_one_line(note)}"


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))


_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}


def _latex(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return " & ".join("".join(_LATEX.get(sign, sign) for sign in _one_line(cell)) for cell in cells) + r" \\"

    body = []
    for index, row in enumerate(table.shown()):
        body.append(line(row))
        if index in table.rules and index + 1 < len(table.rows):
            body.append(r"\midrule")
    aligned = "".join("l" if column.text else "r" for column in table.columns)
    heading = line([column.name for column in table.columns])
    title = [f"% {_one_line(table.title)}"] if table.title else []
    lines = [*title, rf"\begin{{tabular}}{{{aligned}}}", r"\toprule", heading, r"\midrule", *body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
