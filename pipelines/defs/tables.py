"""Warehouse assets: the foundations, then one asset and one blocking check for each published table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.resources import WRITER_POOL, LandscapeResource
from pipelines.tables.checks import check_table
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.steps import TABLE_STEPS
from pipelines.tables.warehouse import load_foundations
from pipelines.warehouse.ddl import table_comment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.tables.steps import TableStep

ROWS = "dagster/row_count"

when_inputs_change = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())
"""As soon as an input changed and none is running; most days of the archive are never fetched, so a missing
partition does not hold the landscape back."""


FOUNDATIONS = "foundations"


def foundations_asset(inputs: Sequence[dg.AssetsDefinition]) -> dg.AssetsDefinition:
    """The asset between what the build reads and the published tables."""

    @dg.asset(
        name=FOUNDATIONS,
        group_name="warehouse",
        deps=list(inputs),
        automation_condition=when_inputs_change,
        pool=WRITER_POOL,
    )
    def foundations(landscape: dg.ResourceParam[LandscapeResource]) -> dg.MaterializeResult[None]:
        """Seeds and bronze as staging, and the private tables that the published ones are built from."""
        with landscape.building(FOUNDATIONS) as connection:
            rows_count = load_foundations(landscape.prepare(), connection)
        return dg.MaterializeResult(metadata={ROWS: rows_count})

    return foundations


def table_asset(step: TableStep) -> dg.AssetsDefinition:
    """The asset that loads a published table into the build file."""

    @dg.asset(
        name=step.table,
        group_name=step.stage,
        deps=[FOUNDATIONS, *step.needs],
        description=table_comment(PUBLISHED[step.table]),
        automation_condition=when_inputs_change,
        pool=WRITER_POOL,
    )
    def loaded(landscape: dg.ResourceParam[LandscapeResource]) -> dg.MaterializeResult[None]:
        with landscape.building(step.table) as connection:
            return dg.MaterializeResult(metadata={ROWS: step.load(landscape.prepare(), connection)})

    return loaded


def table_check(step: TableStep) -> dg.AssetChecksDefinition:
    """The check that stops everything after a table that breaks its contract."""

    @dg.asset_check(
        asset=step.table,
        name="contract",
        blocking=True,
        description="Every row keeps the contract and the rules across tables.",
        pool=WRITER_POOL,
    )
    def contract(landscape: dg.ResourceParam[LandscapeResource]) -> dg.AssetCheckResult:
        with landscape.building(step.table) as connection:
            results = check_table(connection, step.table)
        failed = [result for result in results if not result.has_passed]
        return dg.AssetCheckResult(
            passed=not failed,
            metadata={
                "rows": max(result.rows_count for result in results),
                "rules": len(results),
                "broken_rows": sum(result.failed_count for result in failed),
                "samples": dg.MetadataValue.md("\n\n".join(map(str, failed)) or "none"),
            },
        )

    return contract


table_assets = [table_asset(step) for step in TABLE_STEPS]
table_checks = [table_check(step) for step in TABLE_STEPS]
