"""Save whole events from damaged lines, and name the cause of the rest: rare, so exact rather than fast."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from pipelines.sources.gharchive.decoding import UNDERSTOOD_TYPES, DatedEvent, decode_event

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXCERPT_CHARACTERS = 200
_decode_json_from = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Refusal:
    """Part of a line that gave no event."""

    cause: str
    text: str


_BLANKS = re.compile(r"[\s\0]*")
_EVENT_START = re.compile(r'\{\s*"id"\s*:\s*"')


def recover_events(line: bytes, latest: float) -> tuple[list[DatedEvent], Refusal | None]:
    """The whole events in a damaged line, and the first part of it that is none."""
    parts = list(_parts(line.decode("utf-8", "replace"), latest))
    if not parts:
        return [], Refusal("nothing but NUL bytes", line.decode("utf-8", "replace"))
    refusals = [part for part in parts if isinstance(part, Refusal)]
    return [part for part in parts if not isinstance(part, Refusal)], refusals[0] if refusals else None


def _parts(text: str, latest: float) -> Iterator[DatedEvent | Refusal]:
    """Cut `text` into whole JSON values and what lies between them, without blanks and NUL runs.

    Where no value can be read, the next one is looked for where an event begins, since a cut line is cut
    at any place, even inside a string: https://github.com/igrigorik/gharchive.org/issues/271.
    """
    position = _skip_blanks(text, 0)
    while position < len(text):
        try:
            value, end = _decode_json_from(text, position)
            yield _event_from(value, latest)
        except (ValueError, RecursionError) as error:
            if not isinstance(error, msgspec.DecodeError):  # no whole value begins here
                following = _EVENT_START.search(text, position + 1)
                end = following.start() if following else len(text)
            yield Refusal(_cause(error), text[position:end])
        position = _skip_blanks(text, end)


def _skip_blanks(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    return blanks.end() if blanks else position


def _event_from(value: Any, latest: float) -> DatedEvent:
    """Read an event from a JSON value that the fast decoder refused.

    It refuses lone surrogates, which JSON allows, even in a field that is skipped; and the payload of a type
    that we do not know may be of any shape.
    """
    try:
        return decode_event(_without_lone_surrogates(value), latest)
    except msgspec.ValidationError:
        event_type = value.get("type") if isinstance(value, dict) else None
        if not isinstance(event_type, str) or event_type in UNDERSTOOD_TYPES:
            raise
        return decode_event(_without_lone_surrogates(value | {"payload": None}), latest)


def _without_lone_surrogates(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `\$\.?(?P<field>.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def _cause(error: ValueError | RecursionError) -> str:
    """Why something is no event, naming the field; equal causes have equal words, so they can be counted.

    Examples
    --------
    >>> _cause(msgspec.ValidationError("Expected `int`, got `null` - at `$.repo.id`"))
    'repo.id is null'
    >>> _cause(msgspec.ValidationError("Object missing required field `id` - at `$.repo`"))
    'repo.id is missing'
    """
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}"
    place = _PLACE.fullmatch(str(error))
    if not isinstance(error, msgspec.ValidationError) or place is None:
        return f"not JSON: {error}"
    problem, field = place["problem"], place["field"] or ""
    if missing := _MISSING.fullmatch(problem):
        return f"{field}.{missing[1]} is missing".removeprefix(".")
    if problem.endswith("got `null`") and field:
        return f"{field} is null"
    return f"{field or 'not an event'}: {problem}"


# A bot's address holds brackets; inside JSON the at sign may be escaped. Masking too much does no harm. The
# bound is the longest local part there is, and keeps a long run without an at sign from taking forever.
_EMAIL = re.compile(r'[^\s"<>@]{1,64}(?:@|\\u0040)[^\s"\\<>@]+')


def _excerpt(text: str) -> str:
    return _EMAIL.sub("[e-mail]", text).replace("\0", "␀")[:_EXCERPT_CHARACTERS]


def quarantine_row(
    source_file: str, line_number: int, line: bytes, refusal: Refusal
) -> tuple[str, int, str, str, str]:
    """A row of the quarantine: file, line, cause, the text without e-mail addresses, and the line's digest."""
    digest = hashlib.sha256(line).hexdigest()
    return source_file, line_number, refusal.cause, _excerpt(refusal.text), digest
