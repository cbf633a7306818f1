"""Everything that is known of one project, and what each verdict on it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from app import charts
from app.components.controls import OFFERED, linked_projects, offered_projects
from app.components.figure import About, escaped, frame, show_chart
from app.components.left_out import show_left_out
from app.components.table import in_words
from app.components.trend import show_trend
from app.components.trend_words import stretch
from app.i18n import _, amount, day_name, in_language, language, month_name, n_, whole
from app.i18n.published import all_said
from app.labels import STATUS_ICONS, box_names, profile_name, reason_name, status_name
from app.session import choice_of, close_view, open_view, published, read_metadata, widget_key
from app.view_state import LANGUAGE_KEY, ProjectView, TrendsView

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from app.view_state import Choices
from app.views.project_counts import show_github_counts
from app.views.project_openrank import show_openrank_parts

_NEIGHBOURS = 12
_SIMILAR = 8


def show() -> None:
    """Draw the page."""
    projects = published().projects.found("", OFFERED).frame
    if projects.is_empty():
        st.info(_("There is no project yet. Add some to `seeds/projects.yml` and run `landscape build`."))
        return
    leading = published().rankings.leaders(1).frame["project_id"].to_list()
    defaults = {"project": [*leading, projects["project_id"][0]][0]}
    choices: Choices = {
        "project": linked_projects("project"),
        "metric": lambda view: _metrics_of(view.project or defaults["project"])["metric_id"].to_list(),
    }
    show_left_out(open_view(ProjectView, choices, defaults))
    names = offered_projects("project.search", [st.session_state[widget_key(ProjectView, "project")]])
    st.selectbox(_("Project"), **choice_of(ProjectView, "project", names, names.__getitem__))
    project_id: str = st.session_state[widget_key(ProjectView, "project")]
    row = published().projects.one(project_id).frame.row(0, named=True)
    _show_identity(row)
    left, right = st.columns(2)
    with left:
        _show_domain(project_id)
        _show_membership(project_id)
    with right:
        _show_status(project_id)
        _show_names(project_id)
    _show_metric(project_id)
    show_github_counts(project_id)
    show_openrank_parts(project_id, row["name"])
    _show_ranks(project_id)
    left, right = st.columns(2)
    with left:
        _show_neighbours(project_id)
    with right:
        _show_similar(project_id)
    close_view(ProjectView, {})


def _show_identity(row: Mapping[str, Any]) -> None:
    st.header(escaped(row["name"]), anchor=False)
    if row["description"]:
        st.text(row["description"])
    facts = [
        (_("Stars"), whole(row["stars_count"])),
        (_("Forks"), whole(row["forks_count"])),
        (_("Language"), row["language"] or _("unknown")),
        (_("Licence"), row["license_spdx"] or _("unknown")),
        (_("Organisation"), row["organization"]),
        (_("Created"), day_name(row["created_at"]) if row["created_at"] else _("unknown")),
        (_("Last push"), day_name(row["pushed_at"]) if row["pushed_at"] else _("unknown")),
    ]
    with st.container(horizontal=True, key="identity"):
        for label, value in facts:
            st.metric(label, value, width="content")
    if row["observed_on"] is None:
        st.caption(_("GitHub's figures were never observed: unknown, not zero."))
    elif row["is_observed_later"]:
        st.caption(
            _(
                "As observed on {day}, after the as-of day: no earlier observation exists.",
                day=day_name(row["observed_on"]),
            )
        )
    else:
        st.caption(
            _(
                "As observed on {day}; source: {source}.",
                day=day_name(row["observed_on"]),
                source=escaped(row["source"]),
            )
        )
    repository = row["repo_full_name"]
    with st.container(horizontal=True, key="links"):
        st.link_button("GitHub", f"https://github.com/{repository}", icon=":material/open_in_new:")
        st.link_button(
            "OSS Insight", f"https://ossinsight.io/analyze/{repository}", icon=":material/open_in_new:"
        )
        st.link_button(
            "ecosyste.ms",
            f"https://repos.ecosyste.ms/hosts/GitHub/repositories/{repository}",
            icon=":material/open_in_new:",
        )


def _show_domain(project_id: str) -> None:
    answer = published().projects.domains(project_id)
    with frame(
        "domain",
        _("Domain"),
        answer,
        About(
            "domain_confidence",
            _("taxonomy of {versions}", versions=", ".join(answer.frame["taxonomy_version"])),
            _("everything in the file"),
        ),
    ):
        for row in answer.frame.iter_rows(named=True):
            if row["domain"] is None:
                st.write(_("Neither people nor evidence assign it to a domain."))
            else:
                path = [
                    in_language(row[name], row[f"{name}_zh"])
                    for name in ("layer", "domain", "subdomain")
                    if row[name]
                ]
                st.markdown(f"**{escaped(' › '.join(path))}**")
            match row["assignment"]:
                case "curated":
                    st.caption(_("decided by people"))
                case "predicted":
                    st.caption(_("predicted, confidence {ratio}", ratio=f"{row['confidence']:.0%}"))
            _show_reasons(row["reason_messages"])


def _show_status(project_id: str) -> None:
    answer = published().status.newest(project_id)
    if answer.frame.is_empty():
        return
    row = answer.frame.row(0, named=True)
    with frame(
        "status", _("Status"), answer, About("project_status", _("as of {day}", day=day_name(row["as_of"])))
    ):
        st.markdown(f"{STATUS_ICONS[row['status']]} **{escaped(status_name(row['status']))}**")
        if row["confidence"] is not None:
            st.caption(_("confidence {ratio}", ratio=f"{row['confidence']:.0%}"))
        _show_reasons(row["reason_messages"])


def _show_reasons(messages: list[str]) -> None:
    """Reasons, each a line of plain text."""
    st.text("\n".join(f"· {reason}" for reason in all_said(messages)))


def _show_membership(project_id: str) -> None:
    answer = published().members.of_project(project_id)
    if answer.frame.is_empty():
        return
    metadata = read_metadata()
    with frame(
        "membership",
        _("Membership"),
        answer,
        About(
            "membership",
            _("as of {month}", month=month_name(metadata.as_of_month)),
            _("each rule states its months with a value"),
        ),
    ):
        for row in answer.frame.iter_rows(named=True):
            verdict = {True: _("in"), False: _("out"), None: _("unknown")}[row["is_member"]]
            icon = {True: ":material/check:", False: ":material/close:", None: ":material/question_mark:"}[
                row["is_member"]
            ]
            why = escaped(f"{profile_name(row)}: {reason_name(row['reason_code'])}")
            st.markdown(f"{icon} **{escaped(verdict)}** · {why}")
            st.caption(
                escaped(
                    n_(
                        "OpenRank {value} over {months} of {count} month",
                        "OpenRank {value} over {months} of {count} months",
                        row["window_months_count"],
                        value=amount(row["openrank_mean"]),
                        months=row["months_count"],
                    )
                )
            )


def _show_names(project_id: str) -> None:
    answer = published().projects.repositories(project_id)
    about = About("project_repos", _("every name ever seen"), _("everything in the file"))
    with frame("names", _("Repositories of the project, present and former"), answer, about):
        for row in answer.frame.iter_rows(named=True):
            mark = _("current name") if row["is_current"] else _("former name or further repository")
            st.markdown(f"`{row['repo_full_name']}`")
            st.caption(escaped(mark if row["repo_id"] is None else f"{mark} · {row['repo_id']}"))


def _metrics_of(project_id: str) -> pl.DataFrame:
    return published().series.metrics_of(project_id).frame


def _show_metric(project_id: str) -> None:
    offered = _metrics_of(project_id)
    key = widget_key(ProjectView, "metric")
    if st.session_state[key] not in offered["metric_id"].to_list():
        st.session_state[key] = next(iter(offered["metric_id"]), ProjectView().metric)
    if offered.is_empty():
        st.info(_("No source has a monthly figure of this project: unknown, not zero."))
        return
    labels = {
        row["metric_id"]: in_language(row["name"], row["name_zh"]) for row in offered.iter_rows(named=True)
    }
    st.selectbox(_("Metric"), **choice_of(ProjectView, "metric", labels, labels.__getitem__))
    show_trend(
        TrendsView(projects=(project_id,), metric=st.session_state[key], aggregate="mean", events=True),
        "metric",
    )


def _show_ranks(project_id: str) -> None:
    answer = published().rankings.history(project_id)
    if answer.frame.is_empty():
        return
    show_chart(
        "rank-history",
        _("Rank month by month, in the landscape and in its domain"),
        charts.rank_lines(
            answer.frame,
            box_names(published().catalogue.boxes(read_metadata().taxonomy_version).frame, "domain"),
        ),
        answer,
        About("rank", _("each month alone"), _("a month without a value breaks the line")),
        summary=_(
            "Rank {rank} in {month}",
            rank=answer.frame["rank"][-1],
            month=month_name(answer.frame["month"][-1]),
        ),
    )


def _show_neighbours(project_id: str) -> None:
    answer = published().network.neighbours(project_id, _NEIGHBOURS)
    with frame(
        "neighbours",
        _("Projects that share the most people with it"),
        answer,
        About(
            "shared_people_count",
            _("of each source's own window"),
            _("a pair below the cut of its source has no row: it shares fewer people, not none"),
        ),
    ):
        if answer.frame.is_empty():
            st.write(_("No pair with enough shared people is published."))
            return
        _show_links(
            "neighbours",
            in_words(answer.frame),
            {"shared_people_count": _("People"), "source": _("Source"), "kind": _("Kind")},
        )


def _show_similar(project_id: str) -> None:
    answer = published().projects.similar(project_id, _SIMILAR)
    month = read_metadata().as_of_month
    with frame(
        "similar",
        _("Projects of its domain, the nearest in OpenRank first"),
        answer,
        About(
            "openrank_mean",
            stretch(month.replace(month=1), month),
            _(
                "{known} of {all} have a value in the window",
                known=answer.frame["openrank_mean"].count(),
                all=answer.frame.height,
            ),
        ),
    ):
        if answer.frame.is_empty():
            st.write(_("Its domain has no other project."))
            return
        columns = {"subdomain": _("Subdomain"), "openrank_mean": _("OpenRank, mean")}
        _show_links("similar", in_words(answer.frame), columns)


def _show_links(key: str, rows: Any, columns: Mapping[str, str]) -> None:
    linked = rows.with_columns(
        link=charts.project_links(rows, f"{LANGUAGE_KEY}={language()}"),
    )
    st.dataframe(
        linked,
        hide_index=True,
        key=f"{key}.rows",
        placeholder="–",
        column_order=["link", *columns],
        column_config={
            "link": st.column_config.LinkColumn(_("Project"), display_text=r"#(.*)$"),
            "openrank_mean": st.column_config.NumberColumn(_("OpenRank, mean"), format="%.0f"),
            **{name: label for name, label in columns.items() if name != "openrank_mean"},
        },
    )


show()
