"""Proposed entries take ids that are free, keep former names, and say what else must change."""

from __future__ import annotations

import yaml

from pipelines.seeds import load_seeds
from pipelines.seeds.proposals import ProposedRepository, propose_projects
from tests.unit.seeds.spoilable_seeds import SEEDS


def test_ids_are_free_and_what_else_must_change_is_said():
    proposed = [
        ProposedRepository(1, "one/tool", ("one/former-tool",)),
        ProposedRepository(2, "two/Tool", ()),
        ProposedRepository(3, "Two/tool_", ()),
        ProposedRepository(4, "django/django", ()),
    ]
    text = propose_projects(load_seeds(SEEDS), proposed, "landscape_2025-05", "unused: the origin is there")
    organizations, projects = (yaml.safe_load(part) for part in text.split("# projects.yml, under projects"))
    assert [(one["id"], one["accounts"]) for one in organizations] == [
        ("one", ["one"]),
        ("two", ["two"]),
        ("django", ["django"]),
    ]
    assert [(one["id"], one["organization"]) for one in projects] == [
        ("tool", "one"),
        ("two-tool", "two"),
        ("two-tool-3", "two"),
        ("django", "django"),
    ]
    assert projects[0]["repositories"] == [
        {"full_name": "one/tool", "repo_id": 1, "former_names": ["one/former-tool"]}
    ]
    assert text.splitlines()[-1] == "# take it off watchlist.yml: django/django"
    assert "under origins" not in text
