"""`dci review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import Console
from .progress import progress
from .review_tables import agreement_table, rates_table, suggestions_table
from .serving import Browser, Host, Port, Token, require_studio, run_app
from .table import Format, FormatOption, print_tables


def review_command(
    folder: Annotated[Path, typer.Argument(help="The release folder.")],
    sample: Annotated[int | None, typer.Option(min=1, help="Regions to draw; all by default.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 0,
    against: Annotated[
        Path | None,
        typer.Option(help="The same images by somebody else, or with answers known to be right: shows the agreement."),
    ] = None,
    rates_only: Annotated[bool, typer.Option("--rates", help="Print rates and agreement instead of a page.")] = False,
    form: FormatOption = Format.table,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token: Token = None,
    browser: Browser = True,
) -> None:
    """Accept, fix or reject what was annotated, region by region, in the browser."""
    require_studio()
    from dcikit.data.release import Release
    from dcikit.studio.app import make_app
    from dcikit.studio.review.against import compare
    from dcikit.studio.review.agreement import Agreement
    from dcikit.studio.review.desk import Desk
    from dcikit.studio.review.queue import drawn
    from dcikit.studio.review.rates import rates, suggestions
    from dcikit.studio.review.routes import review_routes
    from dcikit.studio.review.source import opened_source

    with opened_source(Release(folder)) as source:
        images = progress(source.regions(), "Reading", len(source.image_ids))
        regions = [region for image in images for region in image]
        agreements: dict[str, Agreement] = {}
        if against is not None:
            compared = compare(source, Release(against), regions)
            *_, agreements = progress(compared, "Comparing", len(source.image_ids))
        desk = Desk(source, drawn(regions, sample, seed))
        if rates_only:
            tables = [rates_table(rates(desk.decisions().values()))]
            if suggested := suggestions(desk.regions):
                tables.append(suggestions_table(suggested))
            if agreements:
                tables.append(agreement_table(agreements))
            print_tables(tables, [], form)
            return
        if source.no_fix:
            Console().print(f"Nothing can be fixed here: {source.no_fix}", style="yellow", markup=False, soft_wrap=True)
        run_app(lambda: make_app([review_routes(desk, agreements)], token=token), host, port, token, browser)
