"""Rules of exploration that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "exploration_candidates",
        "ranks of a hop follow the association",
        "FROM (SELECT *, row_number() OVER (PARTITION BY source, hop"
        "  ORDER BY association DESC, shared_people_count DESC, repo_id) AS expected FROM mart.exploration_candidates)"
        " WHERE rank <> expected",
    ),
    Rule(
        "exploration_candidates",
        "a path leads through what the hop before found and may lead on",
        "FROM mart.exploration_candidates AS c WHERE hop > 1 AND NOT EXISTS (FROM mart.exploration_candidates AS p"
        " WHERE p.source = c.source AND p.hop = c.hop - 1 AND p.path = c.path[:-2]"
        " AND p.kind IN ('software', 'unknown'))",
    ),
    Rule(
        "exploration_candidates",
        "the association follows from the counts",
        "FROM mart.exploration_candidates"
        " WHERE abs(association - shared_people_count / sqrt(people_count * frontier_people_count)) > 1e-9",
    ),
)
