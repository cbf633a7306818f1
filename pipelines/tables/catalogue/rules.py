"""Rules of catalogue that no single row can show."""

from __future__ import annotations

from pipelines.tables.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "account_classes",
        "each account is listed once",
        "SELECT actor_id, lower(login) AS login_key, is_suffix FROM mart.account_classes"
        " GROUP BY ALL HAVING count(*) > 1",
    ),
    Rule(
        "account_classes",
        "evidence of edges names persons alone",
        "SELECT e.actor_id, e.actor_login FROM mart.edge_evidence AS e JOIN mart.account_classes AS c"
        " ON NOT c.is_suffix AND c.account_class <> 'person'"
        "  AND (c.actor_id = e.actor_id OR lower(c.login) = lower(e.actor_login))",
    ),
    Rule(
        "metadata",
        "one row",
        "SELECT count(*) AS rows FROM mart.metadata HAVING count(*) <> 1",
    ),
)
