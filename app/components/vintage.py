"""What dates a figure: versions of the sources of its metric, or else the snapshot.

Belongs here: how that is said. Must not: which metrics a computed one rests on, which the catalogue says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from app.i18n import _, day_name
from app.i18n.published import in_reader_words
from app.session import published, read_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping


def vintage_text(metric_id: str) -> str:
    """Versions of what a metric rests on, each with the day it was last asked for; otherwise what dates it instead."""
    defined = (
        published().catalogue.metrics().frame.filter(pl.col("metric_id") == metric_id)["rests_on"].explode()
    )
    of_metric = pl.col("metric_id").is_in([metric_id, *defined.drop_nulls()])
    rows = (
        published()
        .provenance.vintages()
        .frame.filter(of_metric)
        .drop("metric_id")
        .unique(maintain_order=True)
    )
    if rows.is_empty():
        return _(
            "its sources state none; the snapshot dates it, as of {as_of}",
            as_of=day_name(read_metadata().as_of),
        )
    return "; ".join(_version(row) for row in rows.iter_rows(named=True))


def _version(row: Mapping[str, object]) -> str:
    name = in_reader_words(str(row["name"]))
    if row["vintage"] is None:
        version = _("{source}, plain counts without versions", source=name)
    else:
        version = _("{source} {vintage}", source=name, vintage=row["vintage"])
    if row["retrieved_on"] is None:
        return version
    return _("{version}, fetched {day}", version=version, day=day_name(row["retrieved_on"]))  # type: ignore[arg-type]
