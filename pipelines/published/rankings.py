"""Who leads, who rises and who falls, and how domains grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Rankings(Family):
    """Who leads, who rises and who falls, and how domains grow."""

    def months(self) -> Answer:
        """Months as of which projects are ranked."""
        return self._ask("SELECT DISTINCT as_of_month FROM project_rankings ORDER BY as_of_month")

    def windows(self, as_of: date) -> Answer:
        """Lengths of the windows that are published for a month."""
        return self._ask(
            "SELECT DISTINCT window_months FROM project_rankings_by_scope WHERE as_of_month = $as_of ORDER BY ALL",
            {"as_of": as_of},
        )

    def top(self, as_of: date, window_months: int, scope: str, scope_value: str, top: int) -> Answer:
        """The first ranks of a scope, with the change against a year before."""
        return self._ask(
            """
            SELECT
                k.rank, k.project_id, p.name, p.organization, p.language, p.created_at, p.repo_full_name,
                d.layer, d.domain, d.subdomain, k.openrank_mean, k.months_count, k.openrank_yoy_delta,
                k.openrank_yoy_ratio, k.stars_count, k.stars_basis, k.stars_observed_on, k.window_start, k.window_end
            FROM project_rankings_by_scope AS k
            JOIN projects AS p USING (project_id)
            LEFT JOIN (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
                ON d.project_id = k.project_id
            WHERE k.as_of_month = $as_of AND k.window_months = $window
                AND k.scope = $scope AND k.scope_value = $scope_value AND k.rank <= $top
            ORDER BY k.rank, p.name
            """,
            {"as_of": as_of, "window": window_months, "scope": scope, "scope_value": scope_value, "top": top},
        )

    def movers(self, as_of: date, window_months: int, scope: str, scope_value: str, most: int) -> Answer:
        """Who of a scope rose and fell most against the same months a year before, and how many can be compared."""
        return self._ask(
            """
            WITH ranked AS (
                SELECT
                    k.project_id, p.name, k.openrank_mean, k.openrank_yoy_delta, k.openrank_yoy_ratio, k.window_start,
                    k.window_end, count(k.openrank_yoy_delta) OVER () AS compared_count,
                    count(*) OVER () AS ranked_count
                FROM project_rankings_by_scope AS k
                JOIN projects AS p USING (project_id)
                WHERE k.as_of_month = $as_of AND k.window_months = $window
                    AND k.scope = $scope AND k.scope_value = $scope_value
            )
            FROM ranked
            WHERE openrank_yoy_delta <> 0
            QUALIFY row_number() OVER (
                PARTITION BY openrank_yoy_delta > 0 ORDER BY abs(openrank_yoy_delta) DESC, project_id
            ) <= $most
            ORDER BY openrank_yoy_delta DESC, project_id
            """,
            {
                "as_of": as_of,
                "window": window_months,
                "scope": scope,
                "scope_value": scope_value,
                "most": most,
            },
        )

    def monthly(
        self, project_ids: Sequence[str], scope: str, scope_value: str, first: date, last: date
    ) -> Answer:
        """Rank of some projects within a scope, month by month."""
        return self._ask(
            """
            SELECT r.project_id, p.name, r.month, r.rank, r.openrank
            FROM project_ranks_monthly AS r JOIN projects AS p USING (project_id)
            WHERE r.scope = $scope AND r.scope_value = $scope_value
                AND r.project_id IN (SELECT unnest($projects::VARCHAR[])) AND r.month BETWEEN $first AND $last
            ORDER BY r.project_id, r.month
            """,
            {
                "projects": tuple(project_ids),
                "scope": scope,
                "scope_value": scope_value,
                "first": first,
                "last": last,
            },
        )

    def history(self, project_id: str) -> Answer:
        """Rank in the whole landscape and in the domain, month by month."""
        return self._ask(
            """
            SELECT scope, scope_value, month, rank, openrank FROM project_ranks_monthly
            WHERE project_id = $project AND scope IN ('landscape', 'domain')
            ORDER BY scope DESC, month
            """,
            {"project": project_id},
        )

    def leader(self) -> Answer:
        """The project of the first rank; none where nothing is ranked."""
        return self._ask("""
            SELECT k.project_id FROM project_rankings AS k JOIN metadata AS m ON k.as_of_month = m.as_of_month
            ORDER BY k.rank, k.project_id LIMIT 1
        """)

    def domain_growth(self, as_of: date) -> Answer:
        """Growth of each domain against the year before."""
        return self._ask(
            "FROM domain_growth WHERE as_of_month = $as_of AND subdomain IS NULL"
            " ORDER BY openrank_sum DESC NULLS LAST, domain",
            {"as_of": as_of},
        )
