"""What differs: between two as-of months of one publication, and between two publications of one month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from app.charts import project_links
from app.components.figure import About, escaped, first_rows, frame
from app.components.left_out import show_left_out
from app.i18n import _, day_name, language, marked, month_name, n_, whole
from app.i18n.published import with_details, with_reasons
from app.labels import STATUSES, profile_name, status_name
from app.session import (
    choice_of,
    close_view,
    earlier_snapshots,
    open_earlier,
    open_view,
    published,
    read_metadata,
    set_view,
    widget_key,
    widget_view,
)
from app.view_state import LANGUAGE_KEY, ChangesView
from pipelines.floor.errors import LandscapeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipelines.published import Answer

_KINDS = {
    "new": marked("＋ new"),
    "became_known": marked("◉ became known"),
    "dropped": marked("－ dropped"),
    "became_unknown": marked("◌ became unknown"),
    "moved": marked("→ moved"),
    "kept": marked("＝ kept"),
}
_CAUSES = {
    "metric": marked("OpenRank"),
    "rule": marked("another rule"),
    "coverage": marked("coverage: unknown on one side"),
    "label": marked("another label"),
    "taxonomy": marked("another taxonomy"),
    "rename": marked("renamed"),
}
_ROWS_IN_SIGHT, _TABLE_PX = 12, 560
_COMPARED = ("is_member", "openrank_mean", "status")


def show() -> None:
    """Draw the page."""
    months = published().members.months().frame["as_of_month"].to_list()
    if not months:
        st.info(_("No month has a member yet: no OpenRank was fetched. Run `landscape refresh`."))
        return
    metadata = read_metadata()
    profiles = published().catalogue.profiles().frame
    snapshots = earlier_snapshots()
    newest = metadata.as_of_month if metadata.as_of_month in months else months[-1]
    earliest = next((one for one in months if one.year == newest.year), months[0])
    ids = profiles["profile"].to_list()
    defaults: dict[str, Any] = {
        "before": earliest,
        "after": newest,
        "profile": metadata.membership_profile,
        "profile_before": metadata.membership_profile,
        "earlier": next(iter(snapshots), None),
    }
    choices = {
        "before": months,
        "after": months,
        "profile": ids,
        "profile_before": ids,
        "kind": list(_KINDS),
        "earlier": list(snapshots),
    }
    show_left_out(open_view(ChangesView, choices, defaults))
    _show_landscapes(months, profiles)
    _show_publications(snapshots)
    close_view(ChangesView, defaults)


def _show_landscapes(months: Sequence[date], profiles: pl.DataFrame) -> None:
    lines = {row["profile"]: profile_name(row) for row in profiles.iter_rows(named=True)}
    st.subheader(_("Between two months"), anchor=False)
    for label, month, rule in (
        (_("Before"), "before", "profile_before"),
        (_("After"), "after", "profile"),
    ):
        when, how = st.columns([2.5, 1], vertical_alignment="bottom")
        when.select_slider(label, **choice_of(ChangesView, month, months, month_name))
        how.selectbox(_("Rule of membership"), **choice_of(ChangesView, rule, lines, lines.__getitem__))
    before, after, profile_before, profile_after = (
        st.session_state[widget_key(ChangesView, name)]
        for name in ("before", "after", "profile_before", "profile")
    )
    if before > after:
        _say_that_months_are_reversed(before, after)
        return
    if (before, profile_before) == (after, profile_after):
        st.info(
            _(
                "Both sides are {month} under the same rule: choose another month or rule.",
                month=month_name(after),
            )
        )
        return
    answer = _changes(before, after, profile_before, profile_after)
    about = About(
        "membership",
        _("{first} to {last}", first=month_name(before), last=month_name(after)),
        _("projects are compared by identity, so a renamed repository is kept"),
    )
    title = _("From {first} to {last}", first=month_name(before), last=month_name(after))
    kinds = st.session_state[widget_key(ChangesView, "kind")] or [kind for kind in _KINDS if kind != "kept"]
    order = list(_KINDS)
    rows = answer.frame.filter(pl.col("kind").is_in(kinds)).sort(
        pl.col("kind").replace_strict(order, range(len(order))), pl.col("name").str.to_lowercase()
    )
    of_kinds = _("what changed: {kinds}", kinds=", ".join(_(_KINDS[kind]) for kind in order if kind in kinds))
    with frame("changes", title, answer.narrowed(rows, of_kinds), about):
        counts = {kind: answer.frame.filter(pl.col("kind") == kind).height for kind in _KINDS}
        with st.container(horizontal=True):
            before_count = counts["kept"] + counts["dropped"] + counts["became_unknown"]
            st.metric(_("before"), whole(before_count), width="content")
            for kind, name in _KINDS.items():
                st.metric(_(name), whole(counts[kind]), width="content")
            after_count = counts["kept"] + counts["new"] + counts["became_known"]
            st.metric(_("after"), whole(after_count), width="content")
        st.pills(
            _("Show"),
            selection_mode="multi",
            label_visibility="collapsed",
            **choice_of(ChangesView, "kind", _KINDS, lambda kind: _(_KINDS[kind])),
        )
        if rows.is_empty():
            st.caption(_("Nobody came, left or moved; “＝ kept” lists those who stayed."))
            return
        verdicts = published().members.verdicts((before, after), (profile_before, profile_after))
        _show_change_table(with_details(first_rows(rows), verdicts.frame))


def _say_that_months_are_reversed(before: date, after: date) -> None:
    st.info(
        _(
            "{before} was chosen as the month before and {after} as the month after, which is the earlier one:"
            " nothing is compared backwards.",
            before=month_name(before),
            after=month_name(after),
        )
    )
    st.button(
        _("Exchange the months"),
        icon=":material/swap_horiz:",
        on_click=set_view,
        args=(replace(widget_view(ChangesView), before=after, after=before),),
    )


def _changes(before: date, after: date, profile_before: str, profile_after: str) -> Answer:
    found = published().changes.between(before, after, profile=profile_after, profile_before=profile_before)
    if not found.is_computed:
        return found
    return found.narrowed(
        found.frame, _("verdicts of one side compared with those of the other, as landscape_changes is made")
    )


def _show_change_table(rows: pl.DataFrame) -> None:
    """A table of Markdown, whose details wrap: each says what was and what is."""
    st.table(
        pl.DataFrame(
            [
                (
                    f"[{escaped(row['name'])}](project?project={row['project_id']}&{LANGUAGE_KEY}={language()})",
                    escaped(f"{_(_KINDS[row['kind']])} · {_(_CAUSES[row['cause']])}"),
                    f":small[{escaped(row['detail'])}]",
                )
                for row in rows.iter_rows(named=True)
            ],
            schema=[_("Project"), _("What and why"), _("Detail")],
            orient="row",
        ),
        hide_index=True,
        height=_TABLE_PX if rows.height > _ROWS_IN_SIGHT else "content",
    )


def _show_publications(snapshots: Mapping[str, int]) -> None:
    st.subheader(_("Between two publications"), anchor=False)
    if not snapshots:
        st.info(
            _(
                "This is the only publication that is kept, so there is no earlier one to compare with. The last three"
                " are kept: build again after a refresh or a change of the seeds."
            )
        )
        return
    st.selectbox(
        _("Earlier publication"),
        width=420,
        **choice_of(ChangesView, "earlier", snapshots, lambda one: f"{_written(snapshots[one])} · {one}"),
    )
    chosen: str = st.session_state[widget_key(ChangesView, "earlier")]
    try:
        earlier = open_earlier(chosen)
    except LandscapeError as error:
        st.info(_("This publication cannot be read any more; choose another."))
        st.text(str(error))
        return
    if earlier.lacking:
        st.info(
            _(
                "That publication is of an earlier version and lacks {tables}.",
                tables=escaped(", ".join(earlier.lacking)),
            )
        )
    needed = {"projects", "landscape_members", "project_status", "metadata", "refresh_runs"}
    if needed & {lacking.partition(".")[0] for lacking in earlier.lacking}:
        return
    _show_making(earlier.provenance.making(), published().provenance.making(), chosen)
    metadata = read_metadata()
    as_of, profile = metadata.as_of_month, metadata.membership_profile
    _show_differences(
        earlier.changes.publication(as_of, profile),
        published().changes.publication(as_of, profile),
        chosen,
        as_of,
    )


def _written(written_at_ns: int) -> str:
    written = datetime.fromtimestamp(written_at_ns / 1e9, UTC)
    return f"{day_name(written)} {written:%H:%M} UTC"


def _show_making(then: Answer, now: Answer, earlier: str) -> None:
    """What the two publications were made from: where they differ, there the cause lies."""
    labels = {
        "as_of": _("As of"),
        "schema_version": _("Version of the tables"),
        "code_version": _("Version of the software"),
        "seeds_hash": _("Fingerprint of the seeds"),
        "retrieved_at": _("Last retrieval from any source"),
    }
    before, after = then.frame.row(0, named=True), now.frame.row(0, named=True)
    rows = [
        (
            label,
            _shortened(before[name]),
            _shortened(after[name]),
            _("the same") if before[name] == after[name] else _("≠ differs"),
        )
        for name, label in labels.items()
    ]
    about = About("membership", _("the whole publication"), _("everything in the file"))
    both = now.narrowed(
        pl.concat([then.frame, now.frame]),
        _("next to the same row of the publication {snapshot}", snapshot=earlier),
    )
    with frame("making", _("Inputs of the two publications"), both, about):
        st.dataframe(
            pl.DataFrame(rows, schema=["what", "then", "now", "verdict"], orient="row"),
            hide_index=True,
            key="making.rows",
            column_config={
                "what": st.column_config.TextColumn(_("Of")),
                "then": st.column_config.TextColumn(_("Earlier")),
                "now": st.column_config.TextColumn(_("Now")),
                "verdict": st.column_config.TextColumn(" "),
            },
        )
        st.caption(
            _(
                "Where all of these agree and numbers still differ, a source gave other values for the same months, or"
                " the code was changed without a new version."
            )
        )


def _shortened(value: object) -> str:
    return "–" if value is None else str(value)[:16]


def _show_differences(then: Answer, now: Answer, earlier: str, month: date) -> None:
    both = then.frame.join(now.frame, on="project_id", how="full", coalesce=True, suffix="_now").sort(
        "project_id"
    )
    different = {name: pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in _COMPARED}
    rows = both.filter(pl.any_horizontal(different.values())).with_columns(
        name=pl.coalesce("name_now", "name")
    )
    about = About(
        "membership",
        _("as of {month}", month=month_name(month)),
        n_("{count} project in either publication", "{count} projects in either publication", both.height),
    )
    title = _("What differs as of {month}", month=month_name(month))
    how = _("with the rows of the publication {snapshot}, where they differ", snapshot=earlier)
    with frame("publications", title, now.narrowed(rows, how), about):
        with st.container(horizontal=True):
            for name, label in (
                ("is_member", _("other verdicts")),
                ("openrank_mean", _("other means")),
                ("status", _("other statuses")),
            ):
                st.metric(label, whole(both.filter(different[name]).height), width="content")
        if rows.is_empty():
            st.caption(_("Every verdict, mean and status of this month is the same in both."))
            return
        rows = first_rows(rows)
        verdict = {True: _("member"), False: _("no member"), None: _("unknown")}
        st.dataframe(
            with_reasons(rows, "", "_now").with_columns(
                link=project_links(rows, f"{LANGUAGE_KEY}={language()}"),
                **{
                    f"verdict{side}": pl.Series(
                        [verdict[one] for one in rows[f"is_member{side}"]], dtype=pl.String
                    )
                    for side in ("", "_now")
                },
                **{
                    f"state{side}": pl.Series(
                        [status_name(one) if one in STATUSES else None for one in rows[f"status{side}"]],
                        dtype=pl.String,
                    )
                    for side in ("", "_now")
                },
            ),
            hide_index=True,
            key="publications.rows",
            placeholder="–",
            column_order=[
                "link",
                "openrank_mean",
                "openrank_mean_now",
                "verdict",
                "verdict_now",
                "state",
                "state_now",
                "reason",
                "reason_now",
            ],
            column_config={
                "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$", pinned=True),
                "openrank_mean": st.column_config.NumberColumn(_("OpenRank then"), format="%.2f"),
                "openrank_mean_now": st.column_config.NumberColumn(_("OpenRank now"), format="%.2f"),
                "verdict": st.column_config.TextColumn(_("Verdict then")),
                "verdict_now": st.column_config.TextColumn(_("Verdict now")),
                "state": st.column_config.TextColumn(_("Status then")),
                "state_now": st.column_config.TextColumn(_("Status now")),
                "reason": st.column_config.TextColumn(_("Reason then")),
                "reason_now": st.column_config.TextColumn(_("Reason now")),
            },
        )


show()
