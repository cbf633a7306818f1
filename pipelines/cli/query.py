"""``landscape query``: one SELECT over the published file."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.streamed import write_batches
from pipelines.cli.tabular import Format, Output, OutputFormat
from pipelines.published import open_landscape


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the published tables.")],
    *,
    output_format: Format = OutputFormat.TABLE,
    output: Output = None,
) -> None:
    """Ask the published file with SQL, read only.

    A table shows the first 1,000 rows; csv, json and parquet hold all of them, however many they are. What is no
    number, such as 1/0, is NULL in each.

    Example: landscape query "SELECT rank, project_id, openrank_mean FROM project_rankings
    WHERE as_of_month = DATE '2025-04-01' ORDER BY rank LIMIT 10"
    """
    write_batches(open_landscape().query_batches(sql), output_format, output)
