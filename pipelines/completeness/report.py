"""The fitted model as a seeds file, and the back-test as tables of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from pipelines.completeness.backtest import ALL, CLEAR_CHANGE, SITUATIONS, SIZES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pipelines.completeness.backtest import Backtest, Score
    from pipelines.seeds.completeness import NowcastModel, NowcastParameters

_HEAD = """\
# yaml-language-server: $schema=schemas/nowcast.schema.json
#
# Coefficients and quantiles of the nowcast, written by `landscape completeness evaluate --write` (`make
# evaluate`) from the sample; not by hand. What decides about the fit stands in completeness.yml, how well it works
# in docs/completeness.md.

"""


class _Flow(dict):  # type: ignore[type-arg]
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Flow,
    lambda dumper, flow: dumper.represent_mapping("tag:yaml.org,2002:map", flow.items(), flow_style=True),
)
_Dumper.add_representer(
    tuple,
    lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True),
)


def nowcast_seeds(model: NowcastModel) -> str:
    """The text of ``seeds/nowcast.yml``."""
    content = {"nowcast": _plain(model.model_dump())}
    body = yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=200)
    return _HEAD + body


def _plain(value: object) -> object:
    """Mappings without a mapping in them on one line, lists of mappings as they are."""
    if isinstance(value, dict):
        whole = {key: _plain(one) for key, one in value.items()}
        is_flat = all(isinstance(one, int | float) for one in whole.values())
        return _Flow(whole) if is_flat else whole
    if isinstance(value, tuple) and any(isinstance(one, dict) for one in value):
        return [_plain(one) for one in value]
    return value


def backtest_tables(backtest: Backtest, parameters: NowcastParameters) -> str:
    """The back-test as Markdown: by horizon and kind of value, by size of project, and of the level model."""
    inner, outer = (f"{100 * level:g} %" for level in (parameters.inner_level, parameters.outer_level))
    shown = [one for one in backtest.scores if one.horizon_months is not None]
    main = max(one.value_months for one in shown)
    quarters = [one for one in shown if one.value_months == main]
    months = [one for one in shown if one.value_months != main]
    levels = [one for one in backtest.scores if one.horizon_months is None]
    return "\n".join(
        [
            f"Fitted on values before {parameters.backtest_fit_before}, judged on values through"
            f" {parameters.backtest_through} whose level ends in {parameters.backtest_from} or later. Errors are median"
            f" factors; the sign is that of changes above {100 * (CLEAR_CHANGE - 1):g} %; the last columns are the"
            f" shares inside the intervals of {inner} and {outer}, and the median factor from the nowcast to the end of"
            " the first.",
            "",
            f"Mean of {main} months, all projects:",
            "",
            *_rows("months ahead", _labelled(quarters, [ALL]), inner, outer),
            "",
            f"Mean of {main} months, by size of the project (its level of OpenRank):",
            "",
            *_rows("months ahead, size", _labelled(quarters, SIZES), inner, outer),
            "",
            f"Mean of {main} months, in situations to be careful with:",
            "",
            *_rows("months ahead, situation", _labelled(quarters, SITUATIONS), inner, outer),
            "",
            "One month, all projects, by how many months of counts it rests on:",
            "",
            *_rows("months ahead, months of counts", _labelled(months, [ALL]), inner, outer),
            "",
            f"Projects without healthy months, from the population's level model (mean of {main} months, by size):",
            "",
            *_rows("size", [(one.group, one) for one in levels], inner, outer),
        ]
    )


def _labelled(scores: Sequence[Score], groups: Collection[str]) -> list[tuple[str, Score]]:
    """Scores of `groups`, with a label for what tells them apart."""
    has_kinds = len({one.counts_months for one in scores}) > 1
    return [
        (
            f"{one.horizon_months}"
            + (f", {one.counts_months}" if has_kinds else "")
            + (f", {one.group}" if len(groups) > 1 else ""),
            one,
        )
        for one in scores
        if one.group in groups
    ]


def _rows(heading: str, labelled: Iterable[tuple[str, Score]], inner: str, outer: str) -> list[str]:
    return [
        f"| {heading} | values | projects | error | error of no change | right sign | in {inner} | in {outer}"
        f" | width of {inner} |",
        f"|---|{'---|' * 8}",
        *(
            f"| {label} | {one.values_count:,} | {one.projects_count} | {one.median_factor:.2f}"
            f" | {_number(one.persistence_factor)} | {_share(one.right_sign_ratio)} | {_share(one.inner_ratio)}"
            f" | {_share(one.outer_ratio)} | {one.inner_factor:.2f} |"
            for label, one in labelled
        ),
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"
