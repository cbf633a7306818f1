"""A few projects side by side, and what reports printed about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.rankings import compute_prior_means
from pipelines.metrics.panel import compute_window_means
from pipelines.published.answer import Answer, Family
from pipelines.published.card import make_card
from pipelines.published.rankings import STARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.floor.periods import Month, Window
    from pipelines.published.choices import MonthLike

_MEANS = (
    "openrank_mean",
    "openrank_low",
    "openrank_high",
    "basis",
    "months_count",
    "openrank_prior_mean",
    "openrank_yoy_delta",
    "openrank_yoy_ratio",
)


class Comparisons(Family):
    """A few projects side by side, and what reports printed about them."""

    def projects(
        self,
        project_ids: Sequence[str],
        as_of: MonthLike | None = None,
        *,
        window_months: int | None = None,
    ) -> Answer:
        """Identity, standing, stars and status of some projects as of a month, side by side.

        Parameters
        ----------
        project_ids
            Projects, in the order they are wanted.
        as_of
            As-of month; the file's own by default.
        window_months
            Months that means are over, up to `as_of`; January to `as_of` by default.

        Returns
        -------
        Answer
            One row a project; `basis` says whether its mean is ``published``, rests on a ``nowcast`` (with an interval
            from `openrank_low` to `openrank_high`) or is ``unknown``. Means and changes are read where they are ranked;
            those of other projects and windows are computed by the functions that the ranking comes from.
        """
        month = self._landscape.choices.month(as_of)
        window = self._landscape.choices.window(month, window_months)
        answer = self._ask(
            f"""
            SELECT
                p.project_id, p.name, p.organization, p.repo_full_name, p.description, p.language, p.license_spdx,
                p.created_at, d.layer, d.domain, d.subdomain,
                k.openrank_mean, k.openrank_low, k.openrank_high, k.basis, k.months_count,
                $window::BIGINT AS window_months_count, m.is_member, m.reason_code,
                m.reason, $window_start::DATE AS window_start, $as_of::DATE AS window_end, k.openrank_prior_mean,
                k.openrank_yoy_delta, k.openrank_yoy_ratio, k.rank, g.rank AS domain_rank,
                g.ranked_count AS domain_ranked_count, k.ranked_count,
                t.stars_count, t.stars_observed_on, t.stars_basis, s.status, s.reasons AS status_reasons,
                s.reason_messages AS status_messages
            FROM projects AS p
            JOIN ({STARS}) AS t USING (project_id)
            LEFT JOIN project_domains AS d
                ON d.project_id = p.project_id AND d.taxonomy_version = (SELECT taxonomy_version FROM metadata)
            LEFT JOIN landscape_members AS m
                ON m.project_id = p.project_id AND m.as_of_month = $as_of
                AND m.profile = (SELECT membership_profile FROM metadata)
            LEFT JOIN (
                SELECT *, count(*) OVER () AS ranked_count FROM project_rankings_by_scope
                WHERE as_of_month = $as_of AND scope = 'landscape' AND window_months = $window
            ) AS k ON k.project_id = p.project_id
            LEFT JOIN (
                SELECT project_id, scope_value, rank, count(*) OVER (PARTITION BY scope_value) AS ranked_count
                FROM project_rankings_by_scope
                WHERE as_of_month = $as_of AND scope = 'domain' AND window_months = $window
            ) AS g ON g.project_id = p.project_id AND g.scope_value = d.domain
            LEFT JOIN project_status AS s ON s.project_id = p.project_id AND s.as_of = last_day($as_of::DATE)
            WHERE list_contains($projects, p.project_id)
            ORDER BY list_position($projects, p.project_id)
            """,  # noqa: S608 - put together from constants
            {
                "projects": tuple(project_ids),
                "as_of": month.first_day,
                "window_start": window.start.first_day,
                "window": len(window.months),
            },
        )
        is_ranked = pl.col("rank").is_not_null()
        if answer.frame.select(is_ranked.all()).item():
            return answer
        computed = self._means(month, window)
        filled = answer.frame.join(computed, on="project_id", how="left", maintain_order="left").with_columns(
            pl.when(is_ranked).then(pl.col(name)).otherwise(pl.col(f"{name}_computed")).alias(name)
            for name in _MEANS
        )
        return replace(answer, frame=filled.select(answer.frame.columns), is_computed=True)

    def _means(self, as_of: Month, window: Window) -> pl.DataFrame:
        """Mean of every project over a window, and its change, as a ranking has them."""
        panel, created = self._landscape.series.panel(), self._landscape.projects.created()
        windows = {as_of: window}
        mean, prior = pl.col("openrank_mean"), pl.col("openrank_prior_mean")
        return (
            compute_window_means(panel, windows)
            .join(compute_prior_means(panel, created, windows), on=["as_of_month", "project_id"], how="left")
            .with_columns(
                basis=pl.when(mean.is_null())
                .then(pl.lit("unknown"))
                .when(pl.col("nowcast_months_count") > 0)
                .then(pl.lit("nowcast"))
                .otherwise(pl.lit("published")),
                openrank_yoy_delta=mean - prior,
                openrank_yoy_ratio=pl.when(prior > 0).then((mean - prior) / prior),
            )
            .select("project_id", pl.col(_MEANS).name.suffix("_computed"))
        )

    def card(
        self,
        project_ids: Sequence[str],
        as_of: MonthLike | None = None,
        *,
        window_months: int | None = None,
    ) -> pl.DataFrame:
        """Every measure of some projects with its window and definition, or why it is not available.

        Parameters
        ----------
        project_ids, as_of, window_months
            As `projects` takes them.

        Returns
        -------
        pl.DataFrame
            ``measure, project_id, value, not_available, unit, window, definition``: a row a measure and project.
        """
        month = self._landscape.choices.month(as_of)
        return make_card(
            self._landscape, project_ids, month, self._landscape.choices.window(month, window_months)
        )

    def figures(self, project_ids: Sequence[str]) -> Answer:
        """What reports printed about some projects, and what the tables give for the same."""
        return self._ask(
            """
            SELECT f.*, p.name FROM published_figures AS f JOIN projects AS p USING (project_id)
            WHERE list_contains($projects, f.project_id)
            ORDER BY list_position($projects, f.project_id), f.figure_id
            """,
            {"projects": tuple(project_ids)},
        )

    def story_figures(self) -> Answer:
        """Every published figure of the story, with the name of its project, in the order of its section."""
        return self._ask("""
            SELECT f.*, p.name FROM published_figures AS f LEFT JOIN projects AS p USING (project_id)
            WHERE f.section IS NOT NULL ORDER BY f.section, abs(f.number) DESC NULLS LAST, f.figure_id
        """)
