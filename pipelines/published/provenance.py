"""Where the figures come from: sources, versions, coverage, and what the publication was made from."""

from __future__ import annotations

from pipelines.published.answer import Answer, Family


class Provenance(Family):
    """Where the figures come from: sources, versions, coverage, and what the publication was made from."""

    def metadata(self) -> Answer:
        """What the file is: snapshot, as-of, field, defaults."""
        return self._ask("FROM metadata")

    def newest_month(self) -> Answer:
        """The newest month of the file, and how many of the projects that existed are known in it."""
        return self._ask("FROM month_completeness ORDER BY month DESC LIMIT 1")

    def last_retrieval(self) -> Answer:
        """When any source was last asked."""
        return self._ask("SELECT max(retrieved_at)::DATE AS retrieved_on FROM refresh_runs")

    def vintages(self) -> Answer:
        """Versions of the sources that each monthly metric is published from, and when each source was last asked."""
        return self._ask("""
            SELECT v.metric_id, s.name, v.vintage, r.retrieved_on
            FROM (SELECT DISTINCT metric_id, source, vintage FROM project_metrics_monthly) AS v
            JOIN data_sources AS s USING (source)
            LEFT JOIN (
                SELECT source, max(retrieved_at)::DATE AS retrieved_on FROM refresh_runs GROUP BY source
            ) AS r USING (source)
            ORDER BY ALL
        """)

    def sources(self) -> Answer:
        """Every source with its kind and what its last retrieval brought; NULL where it is not retrieved by a run."""
        return self._ask("""
            SELECT s.source, s.name, s.kind, s.license, s.url, s.description, r.retrieved_at,
                r.requested_count, r.loaded_count, r.missing_count, r.quarantined_count, r.rows_count
            FROM data_sources AS s
            LEFT JOIN (
                FROM refresh_runs QUALIFY row_number() OVER (PARTITION BY source ORDER BY retrieved_at DESC) = 1
            ) AS r USING (source)
            ORDER BY s.kind = 'simulated', s.kind = 'derived', r.retrieved_at IS NULL, s.source
        """)

    def cited(self) -> Answer:
        """Every source of others that a published row rests on, with its versions and when it was last asked."""
        return self._ask("""
            WITH used AS (
                SELECT source, vintage FROM project_metrics_monthly
                UNION SELECT source, vintage FROM repo_openrank_monthly
                UNION SELECT source, NULL FROM projects
                UNION SELECT source, NULL FROM project_annotations
                UNION SELECT source, NULL FROM collaboration_edges
                UNION SELECT source, NULL FROM repository_edges
                UNION SELECT source, NULL FROM exploration_candidates
                UNION SELECT source, NULL FROM data_coverage
                UNION SELECT source, NULL FROM source_capture_monthly
            )
            SELECT s.source, s.name, s.kind, string_agg(DISTINCT u.vintage, ', ' ORDER BY u.vintage) AS vintages,
                r.retrieved_on
            FROM used AS u
            JOIN data_sources AS s USING (source)
            LEFT JOIN (
                SELECT source, max(retrieved_at)::DATE AS retrieved_on FROM refresh_runs GROUP BY source
            ) AS r USING (source)
            WHERE s.kind <> 'derived' AND s.source NOT IN ('curated', 'computed-simulated')
            GROUP BY s.source, s.name, s.kind, r.retrieved_on
            ORDER BY s.kind, r.retrieved_on IS NULL, s.source
        """)

    def coverage(self) -> Answer:
        """Coverage of each source by month: the ratio it states, or the share of the month's hours that are held."""
        return self._ask("""
            SELECT source, event_type, period_start::DATE AS month, coverage_ratio, observed_count, expected_count,
                is_gap
            FROM data_coverage WHERE regexp_full_match(period, '\\d{4}-\\d{2}')
            UNION ALL BY NAME
            SELECT source, 'hours' AS event_type, month, held_count / hours_count AS coverage_ratio,
                held_count AS observed_count, hours_count AS expected_count, has_gap AS is_gap
            FROM (
                SELECT source, date_trunc('month', period_start)::DATE AS month,
                    count(*) FILTER (observed_count > 0) AS held_count,
                    24 * date_part('day', last_day(any_value(period_start))) AS hours_count,
                    bool_or(is_gap) AS has_gap
                FROM data_coverage
                WHERE event_type = 'all' AND regexp_full_match(period, '\\d{4}-\\d{2}-\\d{2}T\\d{2}')
                GROUP BY ALL
            )
            ORDER BY source, event_type, month
        """)

    def gaps(self) -> Answer:
        """Stretches that a source is known not to have, or to have in part; a thin month stands for its thin hours."""
        return self._ask("""
            SELECT c.source, s.name, c.period, c.period_start, c.event_type, c.coverage_ratio, c.detail,
                c.detail_messages
            FROM data_coverage AS c JOIN data_sources AS s USING (source)
            ANTI JOIN (
                SELECT source, event_type, period_start AS month FROM data_coverage
                WHERE is_gap AND regexp_full_match(period, '\\d{4}-\\d{2}')
            ) AS m ON m.source = c.source AND m.event_type = c.event_type
                AND m.month = date_trunc('month', c.period_start)
                AND c.observed_count IS NOT NULL AND regexp_full_match(c.period, '\\d{4}-\\d{2}-\\d{2}T\\d{2}')
            WHERE c.is_gap AND c.detail IS NOT NULL
            ORDER BY c.period_start, c.source, c.event_type
        """)

    def stream_losses(self) -> Answer:
        """Months in which the event archives hold too little, with the types and hours that they lack."""
        return self._ask("""
            WITH hours AS (
                SELECT source, strftime(period_start, '%Y-%m') AS month, count(*) AS hours_count,
                    count(*) FILTER (is_gap) AS gap_hours_count, count(*) FILTER (is_partial) AS partial_hours_count
                FROM data_coverage
                WHERE event_type = 'all' AND regexp_full_match(period, '\\d{4}-\\d{2}-\\d{2}T\\d{2}')
                GROUP BY ALL
            )
            SELECT h.source, h.month, h.hours_count, h.gap_hours_count,
                h.partial_hours_count,
                list({'event_type': c.event_type, 'coverage_ratio': c.coverage_ratio}
                    ORDER BY c.coverage_ratio, c.event_type) FILTER (c.is_gap) AS lost_types
            FROM hours AS h
            LEFT JOIN data_coverage AS c
                ON c.source = h.source AND c.period = h.month
            GROUP BY ALL
            HAVING h.gap_hours_count > 0 OR h.partial_hours_count > 0 OR lost_types IS NOT NULL
            ORDER BY h.source, h.month
        """)

    def size(self) -> Answer:
        """How many projects and domains the file has."""
        return self._ask("""
            SELECT (SELECT count(*) FROM projects) AS projects_count,
                (SELECT count(DISTINCT domain) FROM project_domains
                    WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS domains_count
        """)

    def rows_by_source(self) -> Answer:
        """Published rows of each source, by real, derived and simulated."""
        return self._ask("""
            SELECT kind, source, count(*) AS rows_count
            FROM (
                SELECT source FROM project_metrics_monthly
                UNION ALL SELECT source FROM repo_openrank_monthly
                UNION ALL SELECT source FROM collaboration_edges
                UNION ALL SELECT source FROM projects
            )
            JOIN data_sources USING (source) GROUP BY ALL ORDER BY ALL
        """)

    def making(self) -> Answer:
        """What a publication was made from: code, seeds and the newest retrieval of any source."""
        return self._ask("""
            SELECT f.snapshot_id, f.as_of, f.schema_version, f.code_version, f.seeds_hash,
                (SELECT max(retrieved_at) FROM refresh_runs) AS retrieved_at
            FROM metadata AS f
        """)
