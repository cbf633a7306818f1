"""Messages in published columns: a code with values, and one English template for each code.

Belongs here: codes, templates, and how a message is written down. Must not: a translation; the app holds those
under the same templates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value: TypeAlias = "str | int | float | Message | tuple[str | Message, ...]"

TEXT = "text"
"""Code of a text that people wrote in the seeds; it is translated whole, by the text itself."""

LIST_SEPARATOR = "list.separator"

TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        TEXT: "{text}",
        LIST_SEPARATOR: ", ",
        # Status: conclusions
        "status.by_policy": "{policy}: {conclusion}",
        "status.archived_flag": "its owner archived the repository",
        "status.announced_end": "its owner announced the end",
        "status.sudden_attention": "created from {created_from} on, {stars_count:,} stars or more, last push before"
        " {year} and {silent_days} days ago or more, and no OpenRank known in the last {months_count} complete months",
        "status.origins_agree": "at least {origins_count} origins say that it ended, and none that it lives",
        "status.curated_exception": "no rule flags it, people listed it all the same",
        "status.recent_openrank": "OpenRank in one of the last {months_count} complete months",
        "status.fallen_from_peak": "fallen by {drawdown_ratio:.0%} or more from a peak {months_count} or more months"
        " ago, and below {steady_ratio:.0%} of a year before, where that is known",
        "status.finished": "no push for {silent_days} days or more, but people still come: finished, not dead",
        "status.recent_push": "pushed to in the last {silent_days} days",
        "status.one_origin": "one origin says that it ended and no other says anything: too little for a verdict",
        "status.no_evidence": "nothing that was observed by this day says whether it lives",
        "status.returned": "it lay in the graveyard as of {as_of} and is active again",
        # Status: facts
        "fact.created": "created on {day}",
        "fact.created_unknown": "creation day unknown",
        "fact.stars": "{stars_count:star|stars} on {day}",
        "fact.stars_unknown": "stars not observed by {day}",
        "fact.push": "last push on {pushed_on}, observed on {day}",
        "fact.push_stale": "last push on {pushed_on}, observed on {day}, over {age_days} days before: no vote",
        "fact.push_unknown": "last push not observed by {day}: no vote",
        "fact.archived": "archived on {day}",
        "fact.not_archived": "not archived on {day}",
        "fact.unknown_to_source": "OpenDigger has no series under any of its names: no vote",
        "fact.no_months": "the answer for {name} has no complete month (renamed, or only yearly data, or just begun):"
        " no vote",
        "fact.series_set_aside": "the OpenRank series of {name} was set aside ({cause}): no vote",
        "fact.not_answered": "the source gave no usable answer about {name} ({cause}): no vote",
        "fact.not_asked": "the source was not asked for OpenRank under any of its names: no vote",
        "fact.openrank": "OpenRank {months}",
        "fact.month_value": "{month}: {openrank:g}",
        "fact.month_nowcast": "{month}: {openrank:.0f} by nowcast",
        "fact.month_without_value": "{month}: none",
        "fact.month_unknown": "{month}: unknown",
        "fact.trend": "up to {month}, the last month known by then: mean {mean:.2f}, {drawdown_ratio:.1%} below the"
        " peak of {peak:g} in {peak_month}",
        "fact.trend_with_year": "up to {month}, the last month known by then: mean {mean:.2f}, {drawdown_ratio:.1%}"
        " below the peak of {peak:g} in {peak_month}; a year before: {year_earlier_mean:.2f}",
        "fact.trend_nowcast": "up to {month}, the last month known by then: mean {mean:.2f} by nowcast, {high:.2f} at"
        " most, {drawdown_ratio:.1%} below the peak of {peak:g} in {peak_month}",
        "fact.trend_nowcast_with_year": "up to {month}, the last month known by then: mean {mean:.2f} by nowcast,"
        " {high:.2f} at most, {drawdown_ratio:.1%} below the peak of {peak:g} in {peak_month}; a year before:"
        " {year_earlier_mean:.2f}",
        "fact.trend_silent": "up to {month}, the last month known by then: no value, {drawdown_ratio:.1%} below the"
        " peak of {peak:g} in {peak_month}",
        "fact.trend_silent_with_year": "up to {month}, the last month known by then: no value, {drawdown_ratio:.1%}"
        " below the peak of {peak:g} in {peak_month}; a year before: {year_earlier_mean:.2f}",
        "fact.announced": "announced on {day}: {text} {url}",
        "fact.listed": "listed on {day}: {text}",
        # Domains
        "domain.label": 'label: "{label}"',
        "domain.label_mapped": 'label: "{label}"; {taxonomy} maps here: {reason}',
        "domain.topics": "topics: {terms} ({gain:+.2f})",
        "domain.description": "description: {terms} ({gain:+.2f})",
        "domain.rest": "further description or README: {terms} ({gain:+.2f})",
        "domain.name": "name: {terms} ({gain:+.2f})",
        "domain.hints": "weaker words: {terms} ({gain:+.2f})",
        "domain.neighbours": "{neighbours} ({gain:+.2f})",
        "domain.neighbour": "{people_count:shared person|shared people} with '{project_id}'",
        "domain.wording": "wording shared with the domain: {terms} ({gain:+.2f})",
        "domain.none_reached": "no domain reaches {threshold:g}; the nearest are {nearest}",
        "domain.nearest": "'{name}' {probability:.2f}",
        "domain.silent": "nothing but the name is known: no description, topics, README or shared people",
        # Dated events of a project
        "event.created": "created on GitHub",
        "event.renamed": "first seen as {name}, formerly {former_names}",
        # Membership
        "member.is_above": "mean OpenRank {mean} over {months_count} of {window_months_count:month|months} is above"
        " {threshold:g}",
        "member.is_at_least": "mean OpenRank {mean} over {months_count} of {window_months_count:month|months} is at"
        " least {threshold:g}",
        "member.not_above": "mean OpenRank {mean} over {months_count} of {window_months_count:month|months} is not"
        " above {threshold:g}",
        "member.not_at_least": "mean OpenRank {mean} over {months_count} of {window_months_count:month|months} is"
        " not at least {threshold:g}",
        "member.likely_above": "nowcast of the mean OpenRank {mean} ({low} to {high}): above {threshold:g} with a"
        " probability of {percent} %",
        "member.likely_at_least": "nowcast of the mean OpenRank {mean} ({low} to {high}): at least {threshold:g} with a"
        " probability of {percent} %",
        "member.likely_not_above": "nowcast of the mean OpenRank {mean} ({low} to {high}): above {threshold:g} with a"
        " probability of {percent} % only",
        "member.likely_not_at_least": "nowcast of the mean OpenRank {mean} ({low} to {high}): at least {threshold:g}"
        " with a probability of {percent} % only",
        "member.undecided": "nowcast of the mean OpenRank {mean} ({low} to {high}): in with a probability of"
        " {percent} %, which decides nothing",
        "member.no_activity": "every month of the window was retrieved and none has OpenRank",
        "member.created_later": "created on {created_on}, after {as_of_month}",
        "member.too_new": "{verdict}; created on {created_on}, after the window began",
        "member.too_old": "{verdict}; it last met the rule as of {last_passed_month}",
        "member.outside_retrieved_months": "{retrieved_months_count} of {window_months_count:month|months} were"
        " retrieved and none has a value; the last retrieved month is {last_retrieved_month}: unknown, not zero",
        "member.unknown_to_source": "the source has no OpenRank series of any of its names up to {as_of_month}:"
        " unknown, not zero",
        "member.no_months": "the answer for {name} has no complete month (renamed, or only yearly data, or just"
        " begun): unknown, not zero",
        "member.series_set_aside": "the OpenRank series of {name} was set aside ({cause}): unknown, not zero",
        "member.not_answered": "the source gave no usable answer about {name} ({cause}): unknown, not zero",
        "member.not_asked": "the source was not asked for OpenRank under any of its names: unknown, not zero",
        # Changes between two landscapes
        "change.verdicts": "before: {before}; after: {after}",
        "change.renamed": "now {name}; before: {before}; after: {after}",
        "change.moved": 'from "{before}" to "{after}"',
        "change.no_candidate": "no candidate",
        # Coverage of the archive
        "gap.known": "{kind}; {detail}; {source}",
        "hour.missing": "missing: the archive has no file for this hour (404)",
        "hour.unread": "{status}: {detail}",
        "hour.thin": "{observed_count} of {expected_count:expected event|expected events}",
        "hour.partial": "only {served_by} of {archives_count} archives that have this hour",
        # What a publication would lose against the last one
        "regression.month": "the landscape would open on {after}; the last one opens on {before}",
        "regression.members": "{lost_count} of {members_count} members of {before} would not be members in {after}:"
        " {projects}",
        "regression.factor": "{metric} of {source} would be {factor:.3g} times what was published: the median of"
        " {values_count:value|values} of {projects_count:project|projects}",
        "regression.values": "{lost_count:,} of {values_count:,} published values of {metric} of {source} would be"
        " missing",
        "regression.stale": "what is held of {source} was retrieved on {after} UTC; the last publication had data of"
        " {before} UTC",
        "regression.vanished": "nothing is held of {source}; the last publication had data of {before} UTC",
        # What the SQL console refuses
        "query.one_select": "only one SELECT can be run here",
        "query.read_only": "the published file is read only; copy it if you need tables of your own",
        "query.stopped": "stopped after {seconds:g} s",
        "query.filter_earlier": "filter earlier, join on keys, or add a LIMIT to the largest table",
        "query.no_turn": "other readers' queries took all the time this one had",
        "query.again": "run it again in a moment, or query the file itself with `landscape query`",
        "query.ended": "the query ended its process with status {status}, as one does that is refused more memory",
        "query.ended_saying": "the query ended its process with status {status}, as one does that is refused more"
        " memory: {words}",
        "query.aggregate_earlier": "filter or aggregate earlier, or query the file itself with `landscape query`",
        "query.memory": "the query needs more memory than the console gives to one, so it was ended",
        "query.fewer_columns": "filter or aggregate earlier, select fewer columns, or query the file itself with"
        " `landscape query`",
        "query.too_large": "the result has {megabytes:,.0f} MB, which is too much for a browser",
        "query.select_less": "select fewer columns, or query the file itself with `landscape query`",
        "query.dictionary": "the dictionary lists every table and column; SHOW TABLES does too",
        # Networks
        "network.remark": "{report}, {where}: {remark}",
    }
)
"""Code → English; a place in braces takes the value of that name, written as its format says.

A format ``month|months`` writes a number with the noun in the form that it takes: 1 month, 1,200 months.
"""


class _Counted(Formatter):
    """Formats of Python, and two forms of a noun."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, bar, many = format_spec.partition("|")
        return f"{value:,} {one if value == 1 else many}" if bar else super().format_field(value, format_spec)


_COUNTED = _Counted()


@dataclass(frozen=True, slots=True)
class Message:
    """A code with its values.

    Attributes
    ----------
    code
        A key of `TEMPLATES`.
    values
        Name → number, text that stays as it is, message, or several of the last two.

    Examples
    --------
    >>> in_english(Message("fact.stars", {"stars_count": 10203, "day": "2023-07-02"}))
    '10,203 stars on 2023-07-02'
    """

    code: str
    values: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


def render(
    message: Message, translated: Callable[[str], str], said: Callable[[str], str] = lambda text: text
) -> str:
    """Write a message out.

    Parameters
    ----------
    message
        Of a code in `TEMPLATES`.
    translated
        English template → the template of the reader's language.
    said
        A text among the values → how the reader's language says it, as a day or a month.

    Raises
    ------
    KeyError
        If the code, or the value of a place, is unknown.
    """
    if message.code == TEXT:
        return translated(str(message.values["text"]))
    values = {name: _written(value, translated, said) for name, value in message.values.items()}
    return _COUNTED.vformat(translated(TEMPLATES[message.code]), (), values)


def in_english(message: Message) -> str:
    """The message in the language of the published texts."""
    return render(message, lambda template: template)


def encode(message: Message) -> str:
    """The message as the JSON object of a published column: its code and its values by name."""
    return json.dumps(_plain(message), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Message:
    """Read what `encode` wrote.

    Raises
    ------
    ValueError
        If `text` is no such object.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("code"), str):
        raise ValueError(f"a message was expected, not {text[:100]!r}")
    return _message(found)


def _written(value: Value, translated: Callable[[str], str], said: Callable[[str], str]) -> str | int | float:
    if isinstance(value, Message):
        return render(value, translated, said)
    if isinstance(value, tuple):
        separator = translated(TEMPLATES[LIST_SEPARATOR])
        return separator.join(str(_written(one, translated, said)) for one in value)
    return said(value) if isinstance(value, str) else value


def _plain(value: Value) -> object:
    if isinstance(value, Message):
        return {"code": value.code} | {name: _plain(one) for name, one in value.values.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _message(found: Mapping[str, object]) -> Message:
    return Message(
        str(found["code"]),
        MappingProxyType({name: _value(one) for name, one in found.items() if name != "code"}),
    )


def _value(found: object) -> Value:
    match found:
        case dict():
            return _message(found)
        case list():
            return tuple(_message(one) if isinstance(one, dict) else str(one) for one in found)
        case str() | int() | float():
            return found
        case _:
            raise ValueError(f"a value of a message was expected, not {found!r}")
