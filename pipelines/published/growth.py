"""What grew: domains year on year, projects by quarter, spike and overtaking, technology areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.errors import UnknownChoiceError
from pipelines.floor.periods import Window, last_quarter_by
from pipelines.landscape.growth import (
    compute_domain_growth,
    compute_quarter_growth,
    find_crossover,
    find_plateaus,
    find_spikes,
    first_complete_months,
)
from pipelines.landscape.rankings import WHOLE_LANDSCAPE, compute_prior_means
from pipelines.metrics.panel import compute_window_means
from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipelines.published.choices import MonthLike

_PAIR = 2


class Growth(Family):
    """What grew.

    Every method takes an as-of month, the file's own by default, and looks at nothing later. Those of projects look at
    a scope, and `only` at some projects of it.
    """

    def domains(
        self,
        as_of: MonthLike | None = None,
        *,
        window_months: int | None = None,
        scope: str = WHOLE_LANDSCAPE,
        only: Collection[str] = (),
    ) -> Answer:
        """Growth of each domain and subdomain against the same months one year before.

        Published for January to the as-of month over all projects; computed by the same function for anything else.
        """
        choices = self._landscape.choices
        month = choices.month(as_of)
        window = choices.window(month, window_months)
        published = self._ask(
            """
            FROM domain_growth WHERE as_of_month = $as_of
            ORDER BY layer, domain, subdomain NULLS FIRST
            """,
            {"as_of": month.first_day},
        )
        if window == Window.year_to_date(month) and scope == WHOLE_LANDSCAPE and not only:
            return published
        landscape, windows = self._landscape, {month: window}
        panel = landscape.series.panel()
        grown = compute_domain_growth(
            _within(landscape.projects.curated_domains(), choices.projects_in(scope, only)),
            compute_window_means(panel, windows),
            compute_prior_means(panel, landscape.projects.created(), windows),
            landscape.catalogue.limit("comparable_coverage_ratio"),
        )
        return Answer(
            grown.select(published.frame.columns), published.sql, published.params, is_computed=True
        )

    def quarter(
        self, as_of: MonthLike | None = None, *, scope: str = WHOLE_LANDSCAPE, only: Collection[str] = ()
    ) -> pl.DataFrame:
        """Growth inside the last quarter that had ended, the highest first."""
        month = self._landscape.choices.month(as_of)
        grown = compute_quarter_growth(self._openrank(as_of, scope, only), last_quarter_by(month))
        return grown.sort("growth_ratio", "project_id", descending=[True, False])

    def spikes(
        self, as_of: MonthLike | None = None, *, scope: str = WHOLE_LANDSCAPE, only: Collection[str] = ()
    ) -> pl.DataFrame:
        """Months that are many times the month before."""
        limit = self._landscape.catalogue.limit
        return find_spikes(
            self._openrank(as_of, scope, only),
            self._landscape.projects.created(),
            limit("spike_ratio"),
            limit("spike_openrank"),
        )

    def plateaus(
        self, as_of: MonthLike | None = None, *, scope: str = WHOLE_LANDSCAPE, only: Collection[str] = ()
    ) -> pl.DataFrame:
        """Runs of months whose values stay close together, the longest first."""
        limit = self._landscape.catalogue.limit
        found = find_plateaus(
            self._openrank(as_of, scope, only), int(limit("plateau_months")), limit("plateau_spread_ratio")
        )
        return found.sort("months_count", "project_id", "first_month", descending=[True, False, False])

    def crossover(self, riser: str, other: str, as_of: MonthLike | None = None) -> pl.DataFrame:
        """When one project first passed another, and when for good."""
        pair = [self._landscape.choices.project(one) for one in (riser, other)]
        if len(set(pair)) != _PAIR:
            raise UnknownChoiceError("two different projects are needed: who passed, and whom")
        months = find_crossover(self._openrank(as_of, WHOLE_LANDSCAPE, pair), *pair)
        schema = {
            "riser": pl.String,
            "other": pl.String,
            "first_month": pl.Date,
            "month_for_good": pl.Date,
        }
        return pl.DataFrame([(*pair, *months)], schema=schema, orient="row")

    def first_months(
        self, as_of: MonthLike | None = None, *, scope: str = WHOLE_LANDSCAPE, only: Collection[str] = ()
    ) -> pl.DataFrame:
        """OpenRank of each project's first whole month."""
        return first_complete_months(self._openrank(as_of, scope, only), self._landscape.projects.created())

    def areas(self, as_of: MonthLike | None = None) -> Answer:
        """Technology areas by year, of the years that had ended: what a later month adds was not known then."""
        month = self._landscape.choices.month(as_of)
        return self._ask(
            """
            SELECT *, covered_repos_count / repos_count AS coverage_ratio FROM technology_area_annual
            WHERE make_date(year::INTEGER, 12, 1) <= $as_of ORDER BY area, year
            """,
            {"as_of": month.first_day},
        )

    def _openrank(self, as_of: MonthLike | None, scope: str, only: Collection[str]) -> pl.DataFrame:
        choices = self._landscape.choices
        values = self._landscape.series.all_openrank()
        known = values.filter(pl.col("month") <= choices.month(as_of).first_day)
        return _within(known, choices.projects_in(scope, only))


def _within(frame: pl.DataFrame, project_ids: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col("project_id").is_in(project_ids.implode()))
