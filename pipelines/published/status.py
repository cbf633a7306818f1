"""Who lives, who declines and who ended, and how long groups live."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.floor.errors import UnknownChoiceError
from pipelines.floor.periods import Month
from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence


class Statuses(Family):
    """Who lives, who declines and who ended, and how long groups live."""

    def days(self) -> Answer:
        """Days on which every project was assessed, the newest first."""
        return self._ask("SELECT DISTINCT as_of FROM project_status ORDER BY as_of DESC")

    def default_day(self) -> date:
        """The day since the file's as-of day on which most is known, the earliest of equals.

        Raises
        ------
        UnknownChoiceError
            If no project was assessed.
        """
        found = self._ask("""
            SELECT as_of FROM project_status CROSS JOIN (SELECT as_of AS file_as_of FROM metadata)
            GROUP BY as_of
            ORDER BY as_of >= any_value(file_as_of) DESC, count(*) FILTER (status = 'unknown'), as_of LIMIT 1
        """).frame["as_of"]
        if found.is_empty():
            raise UnknownChoiceError("no status is published: there is no project")
        day: date = found.item()
        return day

    def policies(self) -> Answer:
        """The policies of the graveyard."""
        return self._ask("FROM graveyard_policies ORDER BY position")

    def newest(self, project_id: str) -> Answer:
        """The last assessment of a project by the file's as-of day, or the first one after it."""
        return self._ask(
            """
            SELECT s.* FROM project_status AS s CROSS JOIN metadata AS m
            WHERE s.project_id = $project
            ORDER BY s.as_of <= m.as_of DESC, abs(s.as_of - m.as_of) LIMIT 1
            """,
            {"project": project_id},
        )

    def assessments(self, as_of: date) -> Answer:
        """Every project's status on a day with what the rule of sudden attention looks at, as far as known by that day.

        Stars and the last push are NULL where they were only observed later, or too long before to say anything.
        """
        return self._ask(
            """
            WITH limits AS (
                SELECT value AS fresh_days FROM thresholds WHERE threshold_id = 'observation_fresh_days'
            )
            SELECT
                s.*, p.name, p.repo_full_name, p.created_at::DATE AS created_on,
                if(p.observed_on <= s.as_of, p.stars_count, NULL) AS stars_count,
                if(p.observed_on BETWEEN s.as_of - l.fresh_days::INT AND s.as_of, p.pushed_at::DATE, NULL) AS pushed_on,
                p.observed_on
            FROM project_status AS s
            JOIN projects AS p USING (project_id)
            CROSS JOIN limits AS l
            WHERE s.as_of = $as_of
            ORDER BY s.ended_on DESC NULLS LAST, s.openrank_drawdown_ratio DESC NULLS LAST, p.name
            """,
            {"as_of": as_of},
        )

    def day(self, text: str | None = None) -> date:
        """A day on which every project was assessed, written ``YYYY-MM-DD``; of a month ``YYYY-MM`` its last one.

        Raises
        ------
        UnknownChoiceError
            If nothing was assessed on that day; the message names the days around it.
        """
        days: list[date] = sorted(self.days().frame["as_of"])
        if not days:
            raise UnknownChoiceError("no status is published: there is no project")
        wanted = self.default_day() if text is None else _day(text, days)
        if wanted in days:
            return wanted
        if wanted < days[0]:
            problem = f"is before the first day assessed, {days[0]}"
        elif wanted > days[-1]:
            problem = f"is after the last day assessed, {days[-1]}: nothing was observed up to it"
        else:
            before, after = max(day for day in days if day < wanted), min(day for day in days if day > wanted)
            problem = f"was not assessed; the days around it are {before} and {after}"
        raise UnknownChoiceError(f"{wanted} {problem}")

    def statuses(self, day: date, statuses: Sequence[str] = (), policy: str | None = None) -> Answer:
        """Assessments on a day: of some statuses or all, and flagged by a policy or not."""
        return self._ask(
            """
            FROM project_status
            WHERE as_of = $as_of AND (len($statuses) = 0 OR list_contains($statuses, status))
                AND ($policy IS NULL OR list_contains(flagged_by, $policy))
            ORDER BY project_id
            """,
            {"as_of": day, "statuses": tuple(statuses), "policy": policy},
        )

    def flagging_policies(self) -> list[str]:
        """Policies that flag a project on some day."""
        found = self._ask("SELECT DISTINCT unnest(flagged_by) AS policy FROM project_status ORDER BY ALL")
        return found.frame["policy"].to_list()

    def survival_at(self, ages: Sequence[int], domain: str | None = None) -> Answer:
        """The survival curve of each group at some ages; an age that nobody was observed to has no value."""
        shares = ", ".join(
            f"if(max(age_months) >= {age:d}, coalesce(arg_max({column}, age_months)"
            f" FILTER (age_months <= {age:d}), {default}), NULL) AS {name}_{age:d}_months"
            for age in ages
            for column, name, default in (
                ("survival_ratio", "lives", "1.0"),
                ("survival_low_ratio", "low", "NULL"),
                ("survival_high_ratio", "high", "NULL"),
            )
        )
        at_risk = ", ".join(
            f"coalesce(max(at_risk_count) FILTER (age_months >= {age:d}), 0) AS at_risk_{age:d}_months"
            for age in ages
        )
        return self._ask(
            "SELECT grouping, group_value, max(projects_count) AS projects, sum(ended_count)::BIGINT AS ended,"  # noqa: S608 - numbers
            f" max(excluded_count) AS excluded, {shares}, {at_risk}, max(logrank_p_value) AS logrank_p_value"
            " FROM survival_curves WHERE $domain IS NULL OR (grouping = 'domain' AND group_value = $domain)"
            " GROUP BY ALL ORDER BY grouping, group_value",
            {"domain": domain},
        )

    def survival_groups(self) -> Answer:
        """Groups with a survival curve."""
        return self._ask("""
            SELECT grouping, group_value, max(projects_count) AS projects_count
            FROM survival_curves GROUP BY ALL ORDER BY grouping, group_value
        """)

    def survival(self, groups: Sequence[str]) -> Answer:
        """Survival curves of some groups, each named as grouping:value."""
        return self._ask(
            """
            FROM survival_curves
            WHERE list_contains($groups, grouping || ':' || group_value)
            ORDER BY grouping, group_value, age_months
            """,
            {"groups": tuple(groups)},
        )


def _day(text: str, days: Sequence[date]) -> date:
    """A day, or the last day assessed in a month; the month's own last day if there is none."""
    try:
        month = Month.parse(text)
    except ValueError:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UnknownChoiceError(
                f"expected a day as YYYY-MM-DD or a month as YYYY-MM, not {text!r}"
            ) from None
    return max((day for day in days if Month.of(day) == month), default=month.last_day)
