"""What is known of a project, and which projects there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


class Projects(Family):
    """What is known of a project, and which projects there are."""

    def found(self, text: str, top: int) -> Answer:
        """Projects whose name or repository holds a text: those with most OpenRank, by name, and how many there are."""
        return self._ask(
            """
            SELECT project_id, name, found_count
            FROM (
                SELECT p.project_id, p.name, count(*) OVER () AS found_count
                FROM projects AS p CROSS JOIN metadata AS f
                LEFT JOIN landscape_members AS m
                    ON m.project_id = p.project_id AND m.as_of_month = f.as_of_month
                    AND m.profile = f.membership_profile
                WHERE contains(lower(p.name || ' ' || p.repo_full_name), lower($text))
                ORDER BY m.openrank_mean DESC NULLS LAST, p.project_id LIMIT $top
            )
            ORDER BY lower(name), project_id
            """,
            {"text": text, "top": top},
        )

    def named(self, project_ids: Sequence[str]) -> Answer:
        """Which of some ids are projects, with their names."""
        return self._ask(
            """
            SELECT project_id, name FROM projects
            WHERE project_id IN (SELECT unnest($projects::VARCHAR[])) ORDER BY lower(name), project_id
            """,
            {"projects": tuple(project_ids)},
        )

    def facts(self) -> Answer:
        """Name, owner, language and day of creation of every project."""
        return self._ask("""
            SELECT project_id, name, organization, language, created_at, repo_full_name FROM projects
            ORDER BY project_id
        """)

    def created(self) -> pl.DataFrame:
        """``project_id, created_at`` of every project, as the pure stages take them."""
        return self._ask("SELECT project_id, created_at FROM projects ORDER BY project_id").frame

    def curated_domains(self, taxonomy_version: str | None = None) -> pl.DataFrame:
        """``project_id, taxonomy_version, layer, domain, subdomain`` as people labelled them."""
        return self._ask(
            """
            SELECT project_id, taxonomy_version, layer, domain, subdomain FROM project_domains
            WHERE assignment = 'curated' AND taxonomy_version = $taxonomy ORDER BY project_id
            """,
            {"taxonomy": taxonomy_version or self._landscape.defaults.taxonomy_version},
        ).frame

    def one(self, project_id: str) -> Answer:
        """What is known of a project."""
        return self._ask("FROM projects WHERE project_id = $project", {"project": project_id})

    def repositories(self, project_id: str) -> Answer:
        """Every name a project's repositories had."""
        return self._ask(
            """
            SELECT repo_full_name, repo_id, is_current, first_seen_at, last_seen_at
            FROM project_repos WHERE project_id = $project
            ORDER BY is_current DESC, last_seen_at DESC NULLS LAST, repo_full_name
            """,
            {"project": project_id},
        )

    def domains(self, project_id: str) -> Answer:
        """The box of a project under each version of the taxonomy, the default one first."""
        return self._ask(
            """
            SELECT d.*, coalesce(b.layer_zh, d.layer) AS layer_zh, coalesce(b.domain_zh, d.domain) AS domain_zh,
                coalesce(b.subdomain_zh, d.subdomain) AS subdomain_zh
            FROM project_domains AS d
            LEFT JOIN taxonomy_boxes AS b
                ON b.taxonomy_version = d.taxonomy_version AND b.domain = d.domain
                AND b.subdomain IS NOT DISTINCT FROM d.subdomain
            WHERE d.project_id = $project
            ORDER BY d.taxonomy_version = (SELECT taxonomy_version FROM metadata) DESC, d.taxonomy_version
            """,
            {"project": project_id},
        )

    def similar(self, project_id: str, top: int) -> Answer:
        """Members of the same box, the nearest in OpenRank first."""
        return self._ask(
            """
            WITH placed AS (
                SELECT d.project_id, d.domain, d.subdomain, m.openrank_mean
                FROM (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
                LEFT JOIN (
                    FROM landscape_members WHERE as_of_month = (SELECT as_of_month FROM metadata)
                        AND profile = (SELECT membership_profile FROM metadata)
                ) AS m USING (project_id)
            )
            SELECT p.project_id, p.name, other.domain, other.subdomain, other.openrank_mean
            FROM (FROM placed WHERE project_id = $project) AS here
            JOIN placed AS other ON other.domain = here.domain AND other.project_id <> here.project_id
            JOIN projects AS p ON p.project_id = other.project_id
            ORDER BY other.subdomain IS NOT DISTINCT FROM here.subdomain DESC,
                abs(coalesce(other.openrank_mean, 0) - coalesce(here.openrank_mean, 0)), p.project_id
            LIMIT $top
            """,
            {"project": project_id, "top": top},
        )

    def events(self, project_ids: Sequence[str]) -> Answer:
        """Dated events of some projects."""
        return self._ask(
            """
            SELECT a.project_id, p.name, a.happened_on, a.kind, a.text, a.message, a.url, a.source
            FROM project_annotations AS a JOIN projects AS p USING (project_id)
            WHERE list_contains($projects, a.project_id) ORDER BY a.happened_on, a.project_id
            """,
            {"projects": tuple(project_ids)},
        )

    def openrank_parts(self, project_id: str) -> Answer:
        """What the newest computed value of a project is made of, the largest part first.

        Of real events where there are any; of several repositories that with the highest value.
        """
        return self._ask(
            """
            WITH valued AS (
                SELECT p.repo_full_name, p.month, p.source, s.kind, sum(p.openrank) AS value
                FROM openrank_parts AS p
                JOIN data_sources AS s USING (source)
                WHERE p.project_id = $project
                GROUP BY ALL
            ),
            shown AS (
                FROM valued ORDER BY kind = 'simulated', month DESC, value DESC, repo_full_name LIMIT 1
            )
            SELECT p.part, p.people_count, p.actions_count, p.openrank, v.value, p.repo_full_name, p.month, p.source,
                v.kind, p.vintage, m.hours_loaded_count, m.hours_expected_count
            FROM openrank_parts AS p
            JOIN shown AS v USING (repo_full_name, month, source)
            JOIN openrank_months AS m USING (month, source, vintage)
            WHERE p.project_id = $project
            ORDER BY p.openrank DESC, p.part
            """,
            {"project": project_id},
        )
