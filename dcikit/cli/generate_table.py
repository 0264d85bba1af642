"""What `dci generate` and `dci describe` made, as a table."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def generation_table(report: dict[str, Any], title: str) -> Table:
    """A report of report.json."""
    table = Table("", title=f"{title}, {report['images']:,} images", title_justify="left")
    for step in report["steps"]:
        table.add_column(step, justify="right")
    steps = list(report["steps"].values())
    for row, key in (("regions", "regions"), ("texts kept", "kept"), ("answers read", "answers")):
        table.add_row(row, *(f"{step[key]:,}" for step in steps), end_section=key == "answers")
    for title, key in (("refused", "refused"), ("not made", "missing")):
        reasons = dict.fromkeys(reason for step in steps for reason in step[key])
        for reason in reasons:
            cells = (f"{step[key][reason]:,}" if reason in step[key] else "" for step in steps)
            table.add_row(f"{title}: {reason}", *cells)
        table.add_section()
    return table
