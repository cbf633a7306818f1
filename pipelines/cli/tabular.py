"""How every command that answers with rows takes its month, window and format, and writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.console import tell
from pipelines.query import OutputFormat, write_result

if TYPE_CHECKING:
    import polars as pl

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="As-of month, YYYY-MM; the file's own by default.", show_default=False),
]
WindowMonths = Annotated[
    int | None,
    typer.Option(
        "--window",
        help="Months of the window, up to the as-of month; January to the as-of month by default.",
        min=1,
        show_default=False,
    ),
]
Top = Annotated[int | None, typer.Option("--top", help="Rows at most.", min=1, show_default=False)]
Format = Annotated[OutputFormat, typer.Option("--format", help="How to write the result.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write; standard output by default.")
]


def write_rows(
    frame: pl.DataFrame, top: int | None, output_format: OutputFormat, output: Path | None, *, empty: str
) -> None:
    """Write the first `top` rows of an answer, or all; `empty` tells the person why there are none.

    Raises
    ------
    StorageError, QueryError
        As `pipelines.query.write_result`.
    """
    found = frame if top is None else frame.head(top)
    if found.is_empty():
        tell(empty)
    write_result(found, output_format, output)
