"""Seeds of a field of a few projects: publishing it takes a fifth of the time of the whole landscape."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CHECKOUT = Path(__file__).resolve().parents[1]
SMALL_FIELD = Path(__file__).with_name("small_field")
"""All of it but its projects and their labels."""


def write_field(folder: Path, projects: str) -> Path:
    """Write the seeds of a small field, whose ``projects.yml`` has this text."""
    return write_raw_field(folder, projects.encode())


def write_raw_field(folder: Path, projects: bytes) -> Path:
    """Write the seeds of a small field, whose ``projects.yml`` has these bytes."""
    shutil.copytree(SMALL_FIELD, folder)
    settings = folder / "field.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        re.sub(r"^inherits: .*$", f"inherits: {CHECKOUT / 'seeds'}", text, flags=re.MULTILINE),
        encoding="utf-8",
    )
    (folder / "projects.yml").write_bytes(projects)
    ids = re.findall(rb"^  - id: (\S+)\n    name:", projects, re.MULTILINE)
    labels = "".join(f"  - {{project: {name.decode()}, domain: relational}}\n" for name in ids)
    (folder / "labels").mkdir()
    (folder / "labels" / "2025-db.yml").write_text(
        f'taxonomy: "2025-db"\nsource: This project\nlabels:\n{labels}', encoding="utf-8"
    )
    return folder


def project(project_id: str, repo_full_name: str, *, name: str | None = None) -> str:
    """Entry of a project in ``projects.yml``."""
    return (
        f"  - id: {project_id}\n    name: {json.dumps(name or project_id)}\n    organization: acme\n"
        f"    origin: example\n    repositories:\n      - full_name: {repo_full_name}\n"
    )


def projects_file(entries: Iterable[str]) -> str:
    """Text of ``projects.yml`` with these entries."""
    return f"origins:\n  - id: example\n    description: Chosen by hand.\nprojects:\n{''.join(entries)}"
