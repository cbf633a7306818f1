"""The pages of docs/metrics: one a metric, written from its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.metrics.metric import Metric
    from pipelines.seeds.rules import Threshold

_GENERATED = "Written from `pipelines/metrics` by `landscape dictionary`; a test fails when it is stale."


def metric_page(metric: Metric, thresholds: Sequence[Threshold]) -> str:
    """The page of `metric`.

    Parameters
    ----------
    metric
        Its definition.
    thresholds
        What is curated; the metric's own are among them.

    Returns
    -------
    str
        Markdown, with a newline at the end.
    """
    parts = [
        f"# {metric.name} · {metric.name_zh}",
        f"{metric.definition}.",
        f"- Identifier: `{metric.metric_id}`\n- Unit: {metric.unit}\n- Window: {metric.window}\n"
        f"- Source: `{metric.source}`\n- Reference: {metric.reference}",
        f"## Formula\n\n{metric.formula}.",
        _parameters([entry for entry in thresholds if entry.id in metric.thresholds]),
        f"## Example\n\n{metric.example.question}, computed from the committed sample: **{metric.example.answer}**"
        f"\n\n```sql\n{metric.example.sql}\n```",
        "## Caveats\n\n" + "\n".join(f"- {caveat}" for caveat in (*metric.caveats, *_additivity(metric))),
        _GENERATED,
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def metric_index(metrics: Sequence[Metric]) -> str:
    """The list of all pages."""
    rows = [
        f"| [{metric.name}]({metric.metric_id}.md) | {metric.name_zh} | {metric.unit} | {metric.definition} |"
        for metric in metrics
    ]
    return "\n".join(
        [
            "# Metrics",
            "",
            _GENERATED,
            "",
            "| metric | 中文 | unit | what it says |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _parameters(thresholds: Sequence[Threshold]) -> str:
    if not thresholds:
        return ""
    rows = [f"| `{entry.id}` | {entry.value:g} {entry.unit} | {entry.reason} |" for entry in thresholds]
    return "\n".join(["## Parameters", "", "| threshold | value | why |", "|---|---|---|", *rows])


def _additivity(metric: Metric) -> tuple[str, ...]:
    if metric.is_additive_over_months or metric.source == "computed":
        return ()
    return ("Do not sum it over months.",)
