"""The components of ours that the browser draws, each on a page with nothing else."""

from __future__ import annotations

import pytest

from app.components import network, poster

DRAW = """
async ([script, name, drawings]) => {
  document.body.innerHTML = `<div><div class="${name}" style="width: 600px; height: 400px"></div></div>`;
  const module = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const parentElement = document.body.firstElementChild;
  const setTriggerValue = () => {};
  for (const data of drawings) module.default({ data, parentElement, setTriggerValue });
  return parentElement.outerHTML;
}
"""


def poster_of(title, made_at):
    box = {"name": title, "definition": "", "count": 1, "away": "", "rows": []}
    return {"bands": [{"name": "layer", "boxes": [box]}], "words": {"language": "en"}, "made_at": made_at}


def network_of(title, made_at):
    words = {"summary": title, "no_webgl": title}
    drawing = {
        "nodes": [],
        "edges": [],
        "groups": [],
        "focus": None,
        "path": [],
        "is_part": False,
        "layout": "one",
    }
    return {**drawing, "words": words, "made_at": made_at}


@pytest.mark.parametrize(
    ("name", "script", "drawing"),
    [("poster", poster._JS, poster_of), ("network", network._text(*network._MODULE), network_of)],
    ids=["poster", "network"],
)
def test_a_drawing_that_was_overtaken_is_left_out(visitor, name, script, drawing):
    visitor.page.goto(f"{visitor.address}/_stcore/health")
    drawn = visitor.page.evaluate(DRAW, [script, name, [drawing("newer", 2), drawing("older", 1)]])
    assert "newer" in drawn
    assert "older" not in drawn
    drawn = visitor.page.evaluate(DRAW, [script, name, [drawing("older", 1), drawing("newer", 2)]])
    assert "newer" in drawn
