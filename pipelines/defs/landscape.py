"""From bronze to the published file: OpenRank by month, then every table and the publication in one step.

The tables are one step since they have one order, one connection and one gate: the order of `pipelines.run`, which
the command line follows as well.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipelines import run
from pipelines.defs.bronze import OWNERS
from pipelines.defs.resources import LandscapeRun, RunLog
from pipelines.floor.errors import ChecksFailedError
from pipelines.sources.gharchive.source import SOURCE as EVENTS
from pipelines.tables.checks import CheckResult, rules_of
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.registry import TABLES, TABLES_BY_NAME
from pipelines.tables.table import Table
from pipelines.warehouse.ddl import sql_type

OPENRANK = "openrank_by_month"
PUBLICATION = "published_landscape"
CONTRACT = "contract"
ROWS = "dagster/row_count"
_COLUMNS = "dagster/column_schema"

when_inputs_change = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())
"""As soon as an input changed and none is running; most days of the archive are never fetched, so a missing
partition does not hold the landscape back."""


@dg.asset(
    name=OPENRANK,
    group_name="monthly",
    deps=[EVENTS.asset],
    automation_condition=when_inputs_change,
    kinds={"parquet", "python"},
    owners=OWNERS,
)
def openrank_by_month(landscape: dg.ResourceParam[LandscapeRun]) -> dg.MaterializeResult[None]:
    """OpenRank of everyone in each month that bronze has events of; a month whose inputs are as before stays."""
    return dg.MaterializeResult(metadata=dict(run.compute_openrank(landscape.build, landscape.log)))


class _Progress(RunLog):
    """Keeps what the tables report, for the record of each."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        super().__init__(log)
        self.rows: dict[str, int] = {}
        self.results: list[CheckResult] = []

    def on_table(self, table: str, rows_count: int) -> None:
        """Keep the number of rows."""
        self.rows[table] = rows_count

    def on_checked(self, results: Sequence[CheckResult]) -> None:
        """Keep the results."""
        self.results.extend(results)


def landscape_assets(sources: Sequence[dg.AssetsDefinition]) -> dg.AssetsDefinition:
    """Staging, every table, a check for each rule of the published ones, and the published file.

    Parameters
    ----------
    sources
        The assets that bronze consists of.
    """

    @dg.multi_asset(
        name="landscape_tables", specs=_specs([*sources, openrank_by_month]), check_specs=_check_specs()
    )
    def landscape_tables(
        context: dg.AssetExecutionContext, landscape: dg.ResourceParam[LandscapeRun]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        progress, broken = _Progress(context.log), None
        try:
            publication = run.build_tables(landscape.build, progress)
        except ChecksFailedError as error:
            broken = error
        for table, rows_count in progress.rows.items():
            yield dg.MaterializeResult(asset_key=asset_key(table), metadata={ROWS: rows_count})
        yield from _check_results(progress.results)
        if broken is not None:
            raise broken
        yield dg.MaterializeResult(
            asset_key=PUBLICATION,
            metadata={
                "snapshot_id": publication.snapshot_id,
                "is_new": publication.is_new,
                "path": dg.MetadataValue.path(publication.path),
            },
        )

    return landscape_tables


def asset_key(qualified: str) -> dg.AssetKey:
    """The asset of a table: by its name if it is published, else by schema and name; `staging` for the ground."""
    schema, _, name = qualified.partition(".")
    if schema == "mart":
        return dg.AssetKey(name)
    return dg.AssetKey([schema, name] if qualified in TABLES_BY_NAME else run.STAGING)


def _inputs_of(table: Table) -> list[dg.AssetKey]:
    """What a table is built from, as it declares; a table of seeds alone rests on the ground."""
    found = {asset_key(name) for name in table.inputs}
    if table.reads_openrank_store:
        found.add(dg.AssetKey(OPENRANK))
    return sorted(found) or [dg.AssetKey(run.STAGING)]


def _specs(inputs: Sequence[dg.AssetsDefinition]) -> list[dg.AssetSpec]:
    staging = dg.AssetSpec(
        run.STAGING, deps=inputs, description="Seeds as tables and bronze as views.", group_name="warehouse"
    )
    tables = [
        dg.AssetSpec(
            asset_key(table.qualified),
            deps=_inputs_of(table),
            description=table.description,
            group_name=table.stage,
            metadata={_COLUMNS: _column_schema(table.name)} if table.is_published else {},
        )
        for table in TABLES
    ]
    published = dg.AssetSpec(
        PUBLICATION,
        deps=list(PUBLISHED),
        description="The checked tables in one file, renamed into place, with a Parquet export.",
        group_name="publication",
    )
    return [
        spec.replace_attributes(automation_condition=when_inputs_change, kinds={"duckdb"}, owners=OWNERS)
        for spec in (staging, *tables, published)
    ]


def _column_schema(table: str) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=sql_type(column),
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for name, column in PUBLISHED[table].columns().items()
        ]
    )


def _check_specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(name, asset=table, description=description, blocking=True)
        for table in PUBLISHED
        for name, description in (
            (CONTRACT, "Every row keeps the contract of its table."),
            *((rule.key, rule.name) for rule in rules_of(table)),
        )
    ]


def _check_results(results: Sequence[CheckResult]) -> Iterator[dg.AssetCheckResult]:
    """One result for each check: that of its rule, or all that the contract says."""
    keys = {(table, rule.name): rule.key for table in PUBLISHED for rule in rules_of(table)}
    by_check: dict[tuple[str, str], list[CheckResult]] = {}
    for result in results:
        name = keys.get((result.table, result.rule), CONTRACT)
        by_check.setdefault((result.table, name), []).append(result)
    for (table, name), found in by_check.items():
        failed = [result for result in found if not result.has_passed]
        yield dg.AssetCheckResult(
            passed=not failed,
            asset_key=table,
            check_name=name,
            metadata={
                "rows": found[0].rows_count,
                "broken_rows": sum(result.failed_count for result in failed),
                "samples": dg.MetadataValue.md("\n\n".join(map(str, failed)) or "none"),
            },
        )
