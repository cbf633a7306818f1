"""From rows of the seeds to a frame with the columns of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dataframely as dy


def frame_of(contract: type[dy.Schema], rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Rows in the order of the contract's columns."""
    return pl.DataFrame(rows, schema=contract.create_empty().schema, orient="row")
