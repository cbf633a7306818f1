"""The fitted model as a seeds file, and the back-test as tables of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pipelines.seeds.completeness import NowcastModel

_HEAD = """\
# yaml-language-server: $schema=schemas/nowcast.schema.json
#
# Coefficients and quantiles of the nowcast, written by `landscape completeness --write` (`make evaluate`) from the
# sample; not by hand. What decides about the fit stands in completeness.yml, how well it works in
# docs/completeness.md.

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
