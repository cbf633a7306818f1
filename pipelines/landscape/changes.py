"""The difference of two landscapes: who stayed, came, left or moved, each row with its one cause.

Projects are compared by their id, so a renamed repository is kept and not dropped and new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.floor.messages import Message, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.floor.periods import Month

_BOX = ("layer", "domain", "subdomain")


@dataclass(frozen=True, order=True, slots=True)
class Vantage:
    """Where a landscape is looked at from."""

    as_of: Month
    profile_id: str
    taxonomy_version: str


def compute_changes(
    members: pl.DataFrame,
    domains: pl.DataFrame,
    names: pl.DataFrame,
    pairs: Sequence[tuple[Vantage, Vantage]],
) -> pl.DataFrame:
    """Compare landscapes, pair by pair.

    Parameters
    ----------
    members
        Rows of ``landscape_members``: those of every vantage, and of the profile before at the as-of month
        after.
    domains
        ``project_id, taxonomy_version, layer, domain, subdomain``.
    names
        ``project_id, repo_full_name, first_seen_on``: names of main repositories with the first day each was
        seen under; null where that is not known.
    pairs
        The landscape before and the one after, of each comparison.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``landscape_changes``. `kept`, `new` and `became_known` projects are the landscape after,
        `kept`, `dropped` and `became_unknown` ones the landscape before; a `moved` project is kept as well and has a
        row more.

    Notes
    -----
    Who came in without being known before is no newcomer, and who is no longer known did not drop out. The cause of
    any other new or dropped project is ``rule`` if the earlier profile, applied to the later month, gives
    the verdict of before: then the data changed nothing. Otherwise it is ``coverage`` if either verdict is
    unknown, and ``metric`` if not. A kept project has the cause ``rename`` if its repository was first seen
    under another name between the two months, and ``metric`` if the mean alone decided. A move has the cause
    ``taxonomy`` between two versions and ``label`` within one.
    """
    asked = _frame_of(pairs)
    verdicts = _verdicts(members, asked)
    was, is_now = pl.col("was_member").fill_null(value=False), pl.col("is_member").fill_null(value=False)
    is_other_rule = pl.col("profile_before") != pl.col("profile_after")
    is_unchanged_by_old_rule = pl.col("is_member_by_old_rule").eq_missing(pl.col("was_member"))
    in_either = (
        verdicts.join(_renamed(names, asked), on=[*_PAIR, "project_id"], how="left")
        .with_columns(
            kind=pl.when(was & is_now)
            .then(pl.lit("kept"))
            .when(is_now & pl.col("was_member").is_null())
            .then(pl.lit("became_known"))
            .when(is_now)
            .then(pl.lit("new"))
            .when(pl.col("is_member").is_null())
            .then(pl.lit("became_unknown"))
            .otherwise(pl.lit("dropped"))
        )
        .with_columns(
            cause=pl.when((pl.col("kind") == "kept") & pl.col("new_name").is_not_null())
            .then(pl.lit("rename"))
            .when(pl.col("kind") == "kept")
            .then(pl.lit("metric"))
            .when(is_other_rule & is_unchanged_by_old_rule)
            .then(pl.lit("rule"))
            .when(pl.col("was_member").is_null() | pl.col("is_member").is_null())
            .then(pl.lit("coverage"))
            .otherwise(pl.lit("metric"))
        )
        .with_columns(
            detail=pl.when(pl.col("cause") == "rename")
            .then(pl.format("now {}; before: {}; after: {}", "new_name", "reason_before", "reason_after"))
            .otherwise(pl.format("before: {}; after: {}", "reason_before", "reason_after"))
        )
        .select(
            *_PAIR,
            "project_id",
            "kind",
            "cause",
            "detail",
            new_repo_full_name=pl.when(pl.col("cause") == "rename").then("new_name"),
            box_before=pl.lit(None, pl.String),
            box_after=pl.lit(None, pl.String),
        )
    )
    kept = in_either.filter(pl.col("kind") == "kept").select(*_PAIR, "project_id")
    return pl.concat([in_either, _moved(domains, kept)]).sort(*_PAIR, "kind", "project_id")


_PAIR = (
    "as_of_month_before",
    "as_of_month_after",
    "profile_before",
    "profile_after",
    "taxonomy_version_before",
    "taxonomy_version_after",
)


def _frame_of(pairs: Sequence[tuple[Vantage, Vantage]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (
                before.as_of.first_day,
                after.as_of.first_day,
                before.profile_id,
                after.profile_id,
                before.taxonomy_version,
                after.taxonomy_version,
            )
            for before, after in pairs
        ],
        schema={name: pl.Date if name.startswith("as_of") else pl.String for name in _PAIR},
        orient="row",
    )


def detail_message(row: Mapping[str, Any], before: Message | None, after: Message | None) -> Message:
    """The facts of a row of ``landscape_changes``, for readers of any language.

    Parameters
    ----------
    row
        The columns of ``landscape_changes``.
    before, after
        Why the project was in or out on either side; None if it was no candidate. In English the message is
        the column ``detail``.
    """
    if row["kind"] == "moved":
        return Message("change.moved", {"before": row["box_before"], "after": row["box_after"]})
    absent = Message("change.no_candidate")
    sides: dict[str, Value] = {"before": before or absent, "after": after or absent}
    if row["new_repo_full_name"] is not None:
        return Message("change.renamed", {"name": row["new_repo_full_name"], **sides})
    return Message("change.verdicts", sides)


def _verdicts(members: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Verdict and reason on both sides, for each project that is a member on either."""
    known = members.select("project_id", "as_of_month", "profile", "is_member", "reason")
    inside = known.filter("is_member").select("project_id", "as_of_month", "profile")

    def on(month: str, profile: str) -> dict[str, list[str]]:
        return {"left_on": [month, profile], "right_on": ["as_of_month", "profile"]}

    before, after = on("as_of_month_before", "profile_before"), on("as_of_month_after", "profile_after")
    in_either = pl.concat(
        [asked.join(inside, **before), asked.join(inside, **after)]  # type: ignore[arg-type]
    ).unique()

    def verdict(side: dict[str, list[str]], verdict: str, reason: str) -> pl.DataFrame:
        renamed = dict(zip(side["right_on"], side["left_on"], strict=True))
        return known.rename({**renamed, "is_member": verdict, "reason": reason})

    old_rule = on("as_of_month_after", "profile_before")
    absent = pl.lit("no candidate")
    return (
        in_either.join(
            verdict(before, "was_member", "reason_before"), on=[*before["left_on"], "project_id"], how="left"
        )
        .join(verdict(after, "is_member", "reason_after"), on=[*after["left_on"], "project_id"], how="left")
        .join(
            verdict(old_rule, "is_member_by_old_rule", "reason_by_old_rule"),
            on=[*old_rule["left_on"], "project_id"],
            how="left",
        )
        .with_columns(pl.col("reason_before", "reason_after").fill_null(absent))
    )


def _renamed(names: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Names first seen after the month before and by the month after, for projects that had another one."""
    first_seen = pl.col("first_seen_on")
    dated = names.filter(first_seen.is_not_null()).sort("project_id", "first_seen_on", "repo_full_name")
    later = dated.filter(first_seen > first_seen.min().over("project_id"))
    end_before = pl.col("as_of_month_before").dt.month_end()
    end_after = pl.col("as_of_month_after").dt.month_end()
    return (
        asked.join(later, how="cross", maintain_order="left_right")
        .filter(first_seen > end_before, first_seen <= end_after)
        .group_by(*_PAIR, "project_id", maintain_order=True)
        .agg(new_name=pl.col("repo_full_name").last())
    )


def _moved(domains: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Kept projects that are in another box."""

    def box(side: str) -> pl.DataFrame:
        return domains.select(
            "project_id",
            pl.col("taxonomy_version").alias(f"taxonomy_version_{side}"),
            pl.concat_str(_BOX, separator=" / ", ignore_nulls=True).alias(f"box_{side}"),
        )

    is_same_taxonomy = pl.col("taxonomy_version_before") == pl.col("taxonomy_version_after")
    return (
        kept.join(box("before"), on=["project_id", "taxonomy_version_before"])
        .join(box("after"), on=["project_id", "taxonomy_version_after"])
        .filter(pl.col("box_before") != pl.col("box_after"))
        .select(
            *_PAIR,
            "project_id",
            kind=pl.lit("moved"),
            cause=pl.when(is_same_taxonomy).then(pl.lit("label")).otherwise(pl.lit("taxonomy")),
            detail=pl.format('from "{}" to "{}"', "box_before", "box_after"),
            new_repo_full_name=pl.lit(None, pl.String),
            box_before="box_before",
            box_after="box_after",
        )
    )
