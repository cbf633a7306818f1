"""Texts of the catalogue that no page holds: templates of messages, and texts of the seeds.

Belongs here: what `pybabel extract` and the test of the catalogue ask. Must not: a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n.published import CONTEXT
from pipelines.floor.messages import TEMPLATES, TEXT
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import load_seeds
from pipelines.tables.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.seeds import Seeds

Extracted = tuple[int, str, tuple[str, str], list[str]]
"""Line, function, its arguments and comments, as Babel wants them."""


def extract_published(
    fileobj: object,  # noqa: ARG001 - Babel's interface
    keywords: object,  # noqa: ARG001
    comment_tags: object,  # noqa: ARG001
    options: object = None,  # noqa: ARG001
) -> Iterator[Extracted]:
    """Every text that a published column may hold and a page shows, for Babel."""
    for text in sorted(published_texts(load_seeds(CHECKOUT / "seeds"))):
        yield 0, "pgettext", (CONTEXT, text), []


def published_texts(seeds: Seeds) -> set[str]:
    """Templates of messages, texts of the metric definitions, and texts of the seeds that pages show."""
    templates = {template for code, template in TEMPLATES.items() if code != TEXT}
    return templates | {text for text in (*_of_metrics(), *_of_seeds(seeds)) if text}


def _of_metrics() -> Iterator[str]:
    for metric in METRICS:
        yield from (metric.unit, metric.window, metric.definition, metric.formula, metric.reference)
        yield from metric.caveats


_STATUSES_OF_HOURS = ("damaged", "empty", "not_gzip")
"""Why an hour of the archive was not read, where it is not simply missing."""


def _of_seeds(seeds: Seeds) -> Iterator[str]:
    for profile in seeds.profiles:
        yield profile.reason
    for threshold in seeds.thresholds:
        yield from (threshold.unit, threshold.reason)
    for source in seeds.data_sources:
        yield from (source.name, source.description)
    yield from _STATUSES_OF_HOURS
    for gap in seeds.archive_gaps:
        yield from (gap.kind.replace("_", " "), gap.detail)
    for figure in seeds.published_figures:
        yield from (figure.report, figure.where)
    for network in seeds.published_networks:
        yield from (network.report, network.where, network.remark)
    for end in seeds.announcements:
        yield end.text
    for entry in seeds.graveyard_exceptions:
        yield entry.text
    rules = seeds.graveyard
    yield from (
        rule.id for rule in (rules.official_end, rules.sudden_attention, rules.agreement, rules.curated)
    )
