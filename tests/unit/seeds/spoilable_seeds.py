"""The committed seeds, and a copy of them that a test may spoil."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pipelines.seeds import check_seeds

SEEDS = Path(__file__).resolve().parents[3] / "seeds"


@dataclass(frozen=True)
class SeedsCopy:
    """A seeds folder in a temporary place; `edit` and `write` spoil it, `problems` lists the problems found."""

    folder: Path

    def edit(self, name: str, old: str, new: str) -> int:
        """Replace the first `old` in a file and return the line it starts on."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        (self.folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def write(self, name: str, content: str | bytes) -> None:
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def problems(self) -> list[str]:
        return [str(problem) for problem in check_seeds(self.folder)]


def copy_seeds(destination: Path) -> SeedsCopy:
    """Copy ``seeds/``, with a short list of technology areas in place of the long one."""
    shutil.copytree(SEEDS, destination)
    (destination / "technology_areas.yml").write_text(
        "technology_areas:\n"
        "  - id: ai\n"
        "    name: {en: Artificial Intelligence, zh: 人工智能}\n"
        "    repositories:\n"
        "      - pytorch/*\n",
        encoding="utf-8",
    )
    return SeedsCopy(destination)
