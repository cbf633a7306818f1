"""Rules of projects that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule, must_be_real

RULES: tuple[Rule, ...] = (
    Rule(
        "projects",
        "there are projects",
        "SELECT 'none' AS projects WHERE NOT EXISTS (FROM mart.projects)",
    ),
    Rule(
        "project_repos",
        "each project has a current name",
        "SELECT p.project_id FROM mart.projects AS p"
        " ANTI JOIN (FROM mart.project_repos WHERE is_current) AS r USING (project_id)",
    ),
    Rule(
        "project_repos",
        "each project has exactly one current name per repository number",
        "SELECT project_id, repo_id, count(*) AS current_names FROM mart.project_repos"
        " WHERE is_current AND repo_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1",
    ),
    must_be_real("projects"),
)
