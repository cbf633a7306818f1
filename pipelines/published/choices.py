"""What may be asked of a published landscape: names, months and projects, checked against the file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from pipelines.floor.errors import UnknownChoiceError
from pipelines.floor.periods import Month, Window
from pipelines.landscape.rankings import SCOPES, WHOLE_LANDSCAPE, scopes_of
from pipelines.published.answer import Family
from pipelines.seeds.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MonthLike: TypeAlias = Month | date | str
"""A month: ``Month``, any day in it, or ``YYYY-MM``."""


_ALL = 2**31 - 1
"""More than any landscape has; a larger number asks for as many."""


def as_month(month: MonthLike) -> Month:
    """The month that is meant.

    Raises
    ------
    UnknownChoiceError
        If a text is no month.

    Examples
    --------
    >>> str(as_month("2025-04")), str(as_month(date(2025, 4, 30)))
    ('2025-04', '2025-04')
    """
    match month:
        case Month():
            return month
        case date():
            return Month.of(month)
    try:
        return Month.parse(month)
    except ValueError as error:
        raise UnknownChoiceError(str(error)) from None


def choose(known: Sequence[str], name: str) -> str:
    """`name`, if it is one of `known`.

    Raises
    ------
    UnknownChoiceError
        If it is not; the message lists what there is.
    """
    if name not in known:
        raise UnknownChoiceError(
            f'there is no "{name}"{did_you_mean(name, known)}; there are {", ".join(known)}'
        )
    return name


class Choices(Family):
    """Months, profiles, scopes and projects that may be asked for.

    Every method raises `UnknownChoiceError` where the file has nothing of the kind; the message says what it has.
    """

    def month(self, as_of: MonthLike | None = None) -> Month:
        """An as-of month of the file; without `as_of`, its default one."""
        month = self._landscape.defaults.as_of if as_of is None else as_month(as_of)
        first, last = self._ask("SELECT min(as_of_month), max(as_of_month) FROM landscape_members").frame.row(
            0
        )
        if first is None:
            raise UnknownChoiceError("no month is published: no OpenRank was retrieved")
        if month < Month.of(first):
            problem = "is before the first month with OpenRank"
        elif month > Month.of(last):
            problem = "is after the last month with OpenRank"
        else:
            return month
        raise UnknownChoiceError(f"{month} {problem}; published are {Month.of(first)} to {Month.of(last)}")

    def window(self, as_of: Month, months: int | None = None) -> Window:
        """So many months up to `as_of`; without `months`, January to `as_of`."""
        if months is None:
            return Window.year_to_date(as_of)
        (first,) = self._ask("SELECT min(as_of_month) FROM landscape_members").frame.row(0)
        most = as_of.months_since(Month.of(first)) + 1 if first else 1
        if not 1 <= months <= most:
            raise UnknownChoiceError(
                f"a window of {months} months up to {as_of} is not in the file; it may have 1 to {most}"
            )
        return Window.trailing(as_of, months)

    def top(self, top: int) -> int:
        """How many are wanted at most."""
        if top < 1:
            raise UnknownChoiceError(f"top is {top}; ask for 1 or more")
        return min(top, _ALL)

    def metric(self, metric_id: str) -> str:
        """A metric of the catalogue."""
        return choose(self._landscape.catalogue.metrics().frame["metric_id"].to_list(), metric_id)

    def projects(self, project_ids: str | Collection[str]) -> tuple[str, ...]:
        """Ids of some projects, each by id, name or any repository name; a text is one of them."""
        known = self._names()
        found = []
        for text in [project_ids] if isinstance(project_ids, str) else project_ids:
            key = text.strip().lower()
            if key not in known:
                raise UnknownChoiceError(f'there is no project "{text}"{did_you_mean(key, sorted(known))}')
            found.append(known[key])
        return tuple(found)

    def profile(self, profile: str | None = None) -> str:
        """A membership profile of the file; without `profile`, its default one."""
        known = self._ask("SELECT DISTINCT profile FROM landscape_members ORDER BY profile").frame["profile"]
        return choose(known.to_list(), profile or self._landscape.defaults.profile)

    def taxonomy(self, version: str | None = None) -> str:
        """A version of the taxonomy; without `version`, the default one."""
        known = self._ask(
            "SELECT DISTINCT taxonomy_version FROM project_domains ORDER BY taxonomy_version"
        ).frame["taxonomy_version"]
        return choose(known.to_list(), version or self._landscape.defaults.taxonomy_version)

    def project(self, text: str) -> str:
        """Id of a project by id, name or any repository name, in any case.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> open_landscape().choices.project("vLLM-project/vLLM")
        'vllm'
        """
        (project_id,) = self.projects(text)
        return project_id

    def _names(self) -> dict[str, str]:
        """Every id, name and repository name, in lower case → id of the project."""
        return dict(
            self._ask(
                """
                SELECT lower(repo_full_name), project_id FROM project_repos
                UNION ALL SELECT lower(name), project_id FROM projects
                UNION ALL SELECT project_id, project_id FROM projects
                """
            ).frame.iter_rows()
        )

    def scope(self, text: str = WHOLE_LANDSCAPE, taxonomy: str | None = None) -> tuple[str, str]:
        """Kind and value of a scope, written as ``landscape`` or as ``domain=Serving``."""
        scope, _, value = text.partition("=")
        choose(SCOPES, scope)
        if scope == WHOLE_LANDSCAPE:
            return scope, WHOLE_LANDSCAPE
        labelled = scopes_of(self._landscape.projects.curated_domains(taxonomy)).filter(
            pl.col("scope") == scope
        )
        return scope, choose(labelled["scope_value"].unique().sort().to_list(), value)

    def projects_in(
        self, scope: str = WHOLE_LANDSCAPE, only: Collection[str] = (), taxonomy: str | None = None
    ) -> pl.Series:
        """Ids of the projects of a scope; of these `only` some, given by id or name."""
        kind, value = self.scope(scope, taxonomy)
        wanted = self.projects(only)
        everyone = self._landscape.projects.created()["project_id"]
        if kind != WHOLE_LANDSCAPE:
            labelled = scopes_of(self._landscape.projects.curated_domains(taxonomy))
            everyone = labelled.filter(pl.col("scope") == kind, pl.col("scope_value") == value)["project_id"]
        return everyone.filter(everyone.is_in(wanted)) if wanted else everyone
