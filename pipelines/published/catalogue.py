"""What the file says of itself: definitions, rules, taxonomy, thresholds and the dictionary."""

from __future__ import annotations

from pipelines.published.answer import Answer, Family
from pipelines.published.choices import choose


class Catalogue(Family):
    """What the file says of itself: definitions, rules, taxonomy, thresholds and the dictionary."""

    def metrics(self) -> Answer:
        """Every definition of the catalogue."""
        return self._ask("FROM metric_catalog ORDER BY metric_id")

    def profiles(self) -> Answer:
        """The rules of membership."""
        return self._ask("FROM membership_profiles ORDER BY profile")

    def boxes(self, taxonomy_version: str) -> Answer:
        """Layers, domains and subdomains in the order they are drawn."""
        return self._ask(
            "FROM taxonomy_boxes WHERE taxonomy_version = $taxonomy ORDER BY position",
            {"taxonomy": taxonomy_version},
        )

    def thresholds(self) -> Answer:
        """Every threshold with its reason."""
        return self._ask("FROM thresholds ORDER BY threshold_id")

    def limit(self, threshold_id: str) -> float:
        """One of the thresholds.

        Raises
        ------
        UnknownChoiceError
            If the file has none of that name.
        """
        known = dict(self.thresholds().frame.select("threshold_id", "value").iter_rows())
        choose(list(known), threshold_id)
        value: float = known[threshold_id]
        return value

    def tables(self) -> Answer:
        """Each published table with its own comment."""
        return self._ask("""
            SELECT table_name, comment, estimated_size AS rows_count, column_count FROM duckdb_tables()
            WHERE database_name = 'landscape' ORDER BY table_name
        """)

    def columns(self, table: str) -> Answer:
        """Each column of a table with its type and comment."""
        return self._ask(
            """
            SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()
            WHERE database_name = 'landscape' AND table_name = $table ORDER BY column_index
            """,
            {"table": table},
        )
