"""Who leads, over which months and among whom, and who rises or falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app import charts
from app.components.figure import About, frame, show_chart
from app.components.left_out import show_left_out
from app.components.trend_words import stretch
from app.i18n import _, amount, change, day_format, in_language, language, month_name, n_, percent, whole
from app.labels import box_names, scope_names
from app.session import choice_of, close_view, open_view, published, read_metadata, widget_key
from app.view_state import LANGUAGE_KEY, YEAR_TO_DATE, RankingsView
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from app.view_state import Choices
    from pipelines.published import Answer

_TOPS = (10, 20, 50, 100)
_MOVERS = 8
_BUMP_PROJECTS = 10
_BUMP_MONTHS = 12
_SPARK_MONTHS = 24
_WHOLE = "landscape"


def show() -> None:
    """Draw the page."""
    metadata = read_metadata()
    months = published().rankings.months().frame["as_of_month"].to_list()
    if not months:
        st.info(_("No month is ranked yet: no OpenRank was fetched. Run `landscape refresh`."))
        return
    scopes = _scopes(metadata.taxonomy_version)
    newest = metadata.as_of_month if metadata.as_of_month in months else months[-1]
    defaults = {"as_of": newest}
    choices: Choices = {
        "as_of": months,
        "scope": scopes,
        "top": _TOPS,
        "window": lambda view: [
            YEAR_TO_DATE,
            *published().rankings.windows(view.as_of or newest).frame["window_months"],
        ],
    }
    show_left_out(open_view(RankingsView, choices, defaults))
    when, window, who, top = st.columns([2.4, 2, 1.6, 1.4], vertical_alignment="bottom")
    when.select_slider(_("As-of month"), **choice_of(RankingsView, "as_of", months, month_name))
    as_of: date = st.session_state[widget_key(RankingsView, "as_of")]
    window_key = widget_key(RankingsView, "window")
    lengths = [
        YEAR_TO_DATE,
        *published().rankings.windows(as_of).frame.filter("is_of_every_month")["window_months"],
    ]
    # A length that other months do not have is that from January to this month.
    if st.session_state[window_key] not in lengths:
        st.session_state[window_key] = YEAR_TO_DATE
    window.segmented_control(
        _("Months of the window"),
        required=True,
        **choice_of(
            RankingsView,
            "window",
            lengths,
            lambda length: (
                _("year to date ({length})", length=as_of.month) if length == YEAR_TO_DATE else str(length)
            ),
        ),
    )
    who.selectbox(_("Among"), **choice_of(RankingsView, "scope", scopes, scopes.__getitem__))
    top.segmented_control(_("Ranks"), required=True, **choice_of(RankingsView, "top", _TOPS))
    view = close_view(RankingsView, defaults)
    scope = view.scope.replace(":", "=", 1)
    length = view.window or as_of.month
    answer = published().rankings.ranking(as_of, window_months=length, scope=scope, top=view.top)
    if answer.frame.is_empty():
        st.info(_("No project of this scope is a member as of this month. Choose another month or scope."))
        return
    window_text = stretch(answer.frame["window_start"][0], answer.frame["window_end"][0])
    _show_table(answer, as_of, window_text)
    _show_movers(published().rankings.movers(as_of, length, scope, _MOVERS), window_text)
    _show_bump(answer.frame, as_of, scope)
    _show_domain_growth(as_of)


def _scopes(taxonomy_version: str) -> dict[str, str]:
    """Scope as a URL writes it → its name."""
    boxes = published().catalogue.boxes(taxonomy_version).frame
    return {_WHOLE: _("the whole landscape"), **scope_names(boxes)}


def _show_table(answer: Answer, as_of: date, window: str) -> None:
    rows = answer.frame
    first = (Month.of(as_of) - (_SPARK_MONTHS - 1)).first_day
    monthly = (
        published()
        .series.of_metric(rows["project_id"].to_list(), "openrank")
        .frame.rename({"series": "project_id"})
    )
    known = rows["openrank_yoy_delta"].count()
    about = About(
        "rank",
        window,
        _("{known} of {all} have a value a year before", known=known, all=rows.height),
    )
    trends = _unbroken(monthly, first, as_of)
    table = rows.join(trends, on="project_id", how="left", maintain_order="left").with_columns(
        link=pl.format(
            "project?project={}&{}={}#{}", "project_id", pl.lit(LANGUAGE_KEY), pl.lit(language()), "name"
        ),
        box=_box_name(rows),
        yoy_percent=pl.col("openrank_yoy_ratio") * 100,
        interval=pl.when(pl.col("basis") == "nowcast").then(
            pl.format(
                "{} – {}", *(pl.col(end).round().cast(pl.Int64) for end in ("openrank_low", "openrank_high"))
            )
        ),
    )
    has_nowcast = rows["basis"].is_in(["nowcast"]).any()
    window_months = Month.of(rows["window_end"][0]).months_since(Month.of(rows["window_start"][0])) + 1
    has_holes = (rows["months_count"] < window_months).any()
    with frame("rankings", _("Ranking, {window}", window=window), answer, about):
        _say_what_is_known(rows)
        st.dataframe(
            table,
            hide_index=True,
            key="rankings.rows",
            placeholder="–",
            height=min(38 + 35 * table.height, 740),
            column_order=[
                "rank",
                "link",
                "openrank_mean",
                *(["interval"] if has_nowcast else []),
                *(["months_count"] if has_holes else []),
                "trend",
                "openrank_yoy_delta",
                "yoy_percent",
                "stars_count",
                "box",
                "language",
                "organization",
                "created_at",
            ],
            column_config={
                "rank": st.column_config.NumberColumn(_("Rank"), width=60, pinned=True),
                "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$", pinned=True),
                "openrank_mean": st.column_config.NumberColumn(_("OpenRank, mean"), format="%.0f"),
                "months_count": st.column_config.NumberColumn(
                    _("Months, of {count}", count=window_months),
                    help=_("Months of the window that have a value: the mean is over these."),
                ),
                "interval": st.column_config.TextColumn(
                    _("Nowcast, 80 %"), help=_("The interval of a mean that rests on a nowcast.")
                ),
                "trend": st.column_config.LineChartColumn(
                    _("up to {months} months", months=_SPARK_MONTHS), y_min=0
                ),
                "openrank_yoy_delta": st.column_config.NumberColumn(_("Year-on-year change"), format="%+.0f"),
                "yoy_percent": st.column_config.NumberColumn(_("in percent"), format="%+.0f%%"),
                "stars_count": st.column_config.NumberColumn(_("Stars"), format="localized"),
                "box": st.column_config.TextColumn(_("Domain")),
                "language": st.column_config.TextColumn(_("Language")),
                "organization": st.column_config.TextColumn(_("Organisation")),
                "created_at": st.column_config.DateColumn(_("Created"), format=day_format()),
            },
        )


def _say_what_is_known(rows: pl.DataFrame) -> None:
    """How many are known of how many, and why nobody has a rank where too few are."""
    known, existing = rows.row(0, named=True)["known_projects_count"], rows["existing_projects_count"][0]
    text = n_(
        "{known} of {count} project is known.",
        "{known} of {count} projects are known.",
        existing,
        known=whole(known),
    )
    if rows["rank"].null_count():
        text += " " + _("That is too few for ranks: those known are listed by their value.")
    st.caption(text)


def _unbroken(monthly: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """``project_id, trend``: the values since the last hole, since a small chart in a cell cannot draw one."""
    months = pl.date_range(first, last, "1mo", eager=True).alias("month").to_frame()
    every = (
        monthly.select("project_id")
        .unique()
        .join(months, how="cross")
        .join(monthly, on=["project_id", "month"], how="left")
        .sort("project_id", "month")
    )
    holes_after = pl.col("value").is_null().cum_sum(reverse=True).over("project_id", order_by="month")
    return (
        every.filter(holes_after == 0)
        .group_by("project_id", maintain_order=True)
        .agg(pl.col("value").alias("trend"))
    )


def _box_name(rows: pl.DataFrame) -> pl.Series:
    names = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    return pl.Series([names.get(domain, domain) for domain in rows["domain"]], dtype=pl.String)


def _show_movers(answer: Answer, window: str) -> None:
    rows = answer.frame
    if rows.is_empty():
        return
    texts = charts.signed_amounts(rows["openrank_yoy_delta"].to_list(), rows["openrank_yoy_ratio"].to_list())
    left_out = rows["ranked_count"][0] - rows["compared_count"][0]
    show_chart(
        "movers",
        _("Risers and fallers against the same months a year before"),
        charts.changes(rows, "openrank_yoy_delta", texts, texts),
        answer,
        About(
            "openrank_yoy_delta",
            window,
            n_(
                "{count} without a year before is left out",
                "{count} without a year before are left out",
                left_out,
            ),
        ),
        summary=_(
            "{first} rose most ({up}), {last} fell most or rose least ({down})",
            first=rows["name"][0],
            up=change(rows["openrank_yoy_delta"][0]),
            last=rows["name"][-1],
            down=change(rows["openrank_yoy_delta"][-1]),
        ),
    )


def _show_bump(ranked: pl.DataFrame, as_of: date, scope: str) -> None:
    projects = ranked.head(_BUMP_PROJECTS)["project_id"].to_list()
    first = (Month.of(as_of) - (_BUMP_MONTHS - 1)).first_day
    answer = published().rankings.monthly(projects, scope, first, as_of)
    ranks = answer.frame.filter(pl.col("rank").is_not_null())
    if ranks.is_empty():
        return
    show_chart(
        "bump",
        _("Rank month by month"),
        charts.bump(ranks, int(ranks["rank"].max())),  # type: ignore[arg-type]
        answer.narrowed(ranks, _("months in which enough projects are known to rank them")),
        About(
            "rank",
            _("{first} to {last}, each month alone", first=month_name(first), last=month_name(as_of)),
            _("a month without a value, or with too few known to rank, breaks the line"),
        ),
        summary=_("Ranks of {names}", names=", ".join(ranked.head(_BUMP_PROJECTS)["name"])),
    )


def _show_domain_growth(as_of: date) -> None:
    answer = published().growth.domains(as_of)
    domains = answer.frame.filter(pl.col("subdomain").is_null())
    rows = domains.filter(pl.col("growth_ratio").is_not_null()).sort("growth_ratio", descending=True)
    names = box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain")
    _say_what_cannot_be_compared(
        domains.filter(pl.col("growth_ratio").is_null()), names, is_alone=rows.is_empty()
    )
    if rows.is_empty():
        return
    named = rows.with_columns(name=pl.Series([names.get(domain, domain) for domain in rows["domain"]]))
    details = [
        n_(
            "{ratio}; {sum} from {prior}, {compared} of {count} project",
            "{ratio}; {sum} from {prior}, {compared} of {count} projects",
            row["projects_count"],
            ratio=percent(row["growth_ratio"]),
            sum=amount(row["openrank_sum"]),
            prior=amount(row["openrank_prior_sum"]),
            compared=row["compared_projects_count"],
        )
        for row in named.iter_rows(named=True)
    ]
    show_chart(
        "domain-growth",
        _("Growth of the domains against the same months a year before, in percent"),
        charts.growth(named, details),
        answer.narrowed(rows, _("domains with known growth, the highest first")),
        About(
            "domain_growth",
            stretch(as_of.replace(month=1), as_of),
            _("only projects whose mean is known in both years are compared"),
        ),
        summary=_(
            "{name} grew most: {ratio}", name=named["name"][0], ratio=percent(named["growth_ratio"][0])
        ),
    )


def _say_what_cannot_be_compared(rows: pl.DataFrame, names: Mapping[str, str], *, is_alone: bool) -> None:
    """The domains whose growth is unknown, each with how many of its projects could be compared."""
    if rows.is_empty():
        return
    if is_alone:
        st.subheader(_("Growth of the domains against the same months a year before"), anchor=False)
    domains = [
        _(
            "{domain} ({compared} of {all})",
            domain=names.get(row["domain"], row["domain"]),
            compared=row["compared_projects_count"],
            all=row["projects_count"],
        )
        for row in rows.sort("domain").iter_rows(named=True)
    ]
    st.info(
        _(
            "Not comparable, since a year before or now too few of their projects are known: {domains}. The table of"
            " domain_growth names the others.",
            domains=in_language(", ", "、").join(domains),
        ),
        icon=":material/block:",
    )


show()
