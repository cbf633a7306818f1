"""Check that the stored values of a month follow from their present inputs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sources.gharchive.compaction import bearing_files
from pipelines.sources.gharchive.manifest import read_manifest
from pipelines.sources.github_facts.bronze import facts_digest
from pipelines.warehouse.activity import activity_method
from pipelines.warehouse.openrank_store import (
    OPENRANK_SOURCES,
    OpenrankMonth,
    month_before,
    read_month,
    store_dir,
)
from pipelines.warehouse.staging import account_macros

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.build import Build
    from pipelines.floor.periods import Month


def is_held(build: Build, month: Month) -> bool:
    """Whether every file of the month follows from its present inputs.

    Events of a source that had none before change the fingerprint of the other, so one file is enough to tell.
    """
    folder = store_dir(build.settings.warehouse_dir)
    stored = [read_month(folder, month, source) for source in OPENRANK_SOURCES.values()]
    return any(stored) and all(
        one is None or one.fingerprint == fingerprint_of(build, month, one.source) for one in stored
    )


def read_before(folder: Path, month: Month, source: str) -> OpenrankMonth | None:
    """The manifest of the month that `month` is carried on from."""
    before = month_before(folder, month, source)
    return None if before is None else read_month(folder, before, source)


def fingerprint_of(build: Build, month: Month, source: str) -> str:
    """Of everything the month's values follow from: events, facts, rules, classes of accounts, the month before."""
    seeds = build.seeds
    read = bearing_files(month, seeds.archives)
    hours = read_manifest(build.settings.bronze_dir).filter(pl.col("source_file").is_in(read))
    before = read_before(store_dir(build.settings.warehouse_dir), month, source)
    content = {
        "hours": hours.select("source_file", "status", "sha256", "kept").sort("source_file").rows(),
        "facts": facts_digest(build.settings.bronze_dir, month),
        "rules": seeds.openrank.model_dump(mode="json", exclude={"published_floor", "reason"}),
        "accounts": [
            (rule.actor_id, rule.login_key, rule.is_suffix, rule.account_class)
            for rule in seeds.account_rules
        ],
        "account_classes": account_macros(seeds),
        "method": activity_method(),
        "before": before and before.fingerprint,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
