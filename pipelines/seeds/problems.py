"""A place in a seeds file, its content, and the message that says what is wrong with it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Place = tuple[str | int, ...]
"""Keys and list positions that lead from the top of a file to a value."""


@dataclass(frozen=True, order=True)
class SeedsProblem:
    """One thing wrong in a seeds folder, and where a person finds it."""

    file: str
    """Name of the seeds folder and the file in it, as in ``seeds/projects.yml``."""
    line: int
    """Line in the file, from 1; 1 where the file as a whole is meant."""
    entry: str
    """Entry, as in ``projects[3] (vllm) repositories[0].full_name``; empty for the file as a whole."""
    message: str
    """What is wrong there."""

    def __str__(self) -> str:
        return ": ".join(filter(None, (f"{self.file}:{self.line}", self.entry, self.message)))


@dataclass(frozen=True)
class PlainFile:
    """A seeds file as plain dicts, tuples and scalars, with the line of everything in it."""

    shown: str
    """Name of the seeds folder and the file in it, as in ``seeds/projects.yml``."""
    content: object
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """Line of a place, or of the closest one around it that has a line."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def entry(self, place: Place) -> str:
        """Describe a place; a list entry that has an id is shown with it."""
        text, value = "", self.content
        for step in place:
            if isinstance(step, int):
                value = value[step] if isinstance(value, tuple) else None
                name = _name(value)
                text += f"[{step}] ({name}) " if name else f"[{step}]."
            else:
                value = value.get(step) if isinstance(value, dict) else None
                text += step if text.endswith((" ", ".")) or not text else f".{step}"
        return text.rstrip(" .")

    def problem(self, place: Place, message: str, key: str | None = None) -> SeedsProblem:
        """Report something about the entry at `place`, on the line of its `key` if one is given."""
        line = self.line(place if key is None else (*place, key))
        return SeedsProblem(self.shown, line, self.entry(place), message)


def _name(entry: object) -> str | None:
    """What a person calls a list entry by."""
    if not isinstance(entry, dict):
        return None
    name = entry.get("id", entry.get("project"))
    return name if isinstance(name, str) else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """End of a message that offers the closest of `known`; empty if none is close."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


@dataclass(frozen=True)
class Mention:
    """A text somewhere in the files, with the entry that holds it."""

    file: PlainFile
    place: Place
    key: str | None
    value: str

    def problem(self, message: str) -> SeedsProblem:
        """Report something about this text."""
        return self.file.problem(self.place, message, self.key)

    @property
    def where(self) -> str:
        """File and line, for a message about another place."""
        line = self.file.line(self.place if self.key is None else (*self.place, self.key))
        return f"{self.file.shown}:{line}"


def _entries(file: PlainFile, lists: tuple[str, ...]) -> Iterator[tuple[Place, dict[str, object]]]:
    """Every entry of the lists nested under the keys `lists`; the file itself for none."""
    level: list[tuple[Place, object]] = [((), file.content)]
    for key in lists:
        level = [
            ((*place, key, index), item)
            for place, holder in level
            if isinstance(holder, dict) and isinstance(items := holder.get(key), tuple)
            for index, item in enumerate(items)
        ]
    for place, entry in level:
        if isinstance(entry, dict):
            yield place, entry


def mentions(file: PlainFile | None, lists: tuple[str, ...], key: str) -> Iterator[Mention]:
    """The text, number, or list of either, under `key` in every entry of `lists`."""
    if file is None:
        return
    for place, entry in _entries(file, lists):
        value = entry.get(key)
        if isinstance(value, str | int):
            yield Mention(file, place, key, str(value))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, str | int):
                    yield Mention(file, (*place, key, index), None, str(item))
