"""What a run of the script works with: the landscape it reads and the view in its URL.

Belongs here: Streamlit's session and query parameters. Must not: what a page shows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import streamlit as st

from app.i18n import LANGUAGES, language
from app.view_state import LANGUAGE_KEY, decode, encode
from pipelines.floor.settings import load_settings
from pipelines.generations import read_generations
from pipelines.published import Landscape, open_landscape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from app.view_state import Choices, Dropped

View = TypeVar("View")
Option = TypeVar("Option")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The one row that says which landscape is shown."""

    snapshot_id: str
    as_of: date
    as_of_month: date
    data_profile: str
    field_name: str
    field_name_zh: str
    taxonomy_version: str
    membership_profile: str
    has_simulated_rows: bool
    acceptance_note: str | None
    regression_messages: tuple[str, ...]

    @property
    def as_of_text(self) -> str:
        """The as-of day as ISO 8601, the same in every language."""
        return self.as_of.isoformat()


def open_newest() -> Landscape:
    """The newest published landscape, which this session holds until the next run of the script.

    Raises
    ------
    NotPublishedError, StorageError
        If there is none, it cannot be read, or another version of the software wrote it.
    """
    landscape = open_landscape(load_settings().public_dir)
    st.session_state["landscape"] = landscape
    return landscape


def published() -> Landscape:
    """The landscape of this run."""
    landscape: Landscape = st.session_state["landscape"]
    return landscape


def open_earlier(snapshot_id: str) -> Landscape:
    """An earlier publication by its snapshot, which this session holds until it opens another.

    Raises
    ------
    NotPublishedError, StorageError
        If it was removed in the meantime, or cannot be read.
    """
    folder = load_settings().public_dir / "generations" / snapshot_id
    landscape = open_landscape(folder, any_version=True)
    st.session_state["earlier-landscape"] = landscape
    return landscape


def earlier_snapshots() -> dict[str, int]:
    """Snapshots that were published before this one and are kept, the newest first → when, as `read_generations`."""
    kept = read_generations(load_settings().public_dir)
    here = read_metadata().snapshot_id
    newest_first = sorted(kept, key=lambda one: (kept[one], one), reverse=True)
    return {one: kept[one] for one in newest_first if one != here}


def read_metadata() -> Metadata:
    """What the file is."""
    row = published().provenance.metadata().frame.row(0, named=True)
    return Metadata(**{one.name: row[one.name] for one in fields(Metadata)})


def find_language() -> str:
    """The language that the URL names, else the one that was chosen before, else that of the browser."""
    named = named_language()
    if named is not None:
        choose_language(named)
    of_browser = "zh" if (st.context.locale or "").startswith("zh") else next(iter(LANGUAGES))
    return chosen_language() or of_browser


def choose_language(wanted: str) -> None:
    """Let this session speak a language from now on."""
    st.session_state[LANGUAGE_KEY] = wanted


def chosen_language() -> str | None:
    """The language that a URL or the switch chose in this session; None while it is that of the browser."""
    chosen: str | None = st.session_state.get(LANGUAGE_KEY)
    return chosen


def named_language() -> str | None:
    """The language that the URL names, if there is such a one."""
    return next((one for one in st.query_params.get_all(LANGUAGE_KEY) if one in LANGUAGES), None)


def open_view(view_type: type[View], choices: Choices, defaults: Mapping[str, object]) -> tuple[Dropped, ...]:
    """Put the view of the URL behind the widgets of a page, when the URL is not what this page wrote itself.

    Parameters
    ----------
    view_type
        The page's view; each of its fields is a widget with the key `widget_key` gives.
    choices
        Field → values that exist, as `decode` takes them.
    defaults
        Field → what a widget shows where the URL says nothing and the field's own default is None.

    Returns
    -------
    tuple of Dropped
        What of the URL was left out.
    """
    query = {key: st.query_params.get_all(key) for key in st.query_params}
    seen = f"{view_type.__name__}:url"
    opened = decode(view_type, query, choices)
    query.pop(LANGUAGE_KEY, None)
    is_ours = st.session_state.get(seen) == query
    for one in fields(view_type):  # type: ignore[arg-type]
        key = widget_key(view_type, one.name)
        # A widget that was not drawn in the last run has lost its value; the URL still has it.
        if not is_ours or key not in st.session_state:
            value = getattr(opened.view, one.name)
            if value is None:
                value = defaults.get(one.name)
            st.session_state[key] = list(value) if isinstance(value, tuple) else value
    return opened.dropped


def widget_key(view_type: type, name: str) -> str:
    """Key of the widget behind a field of a view."""
    return f"{view_type.__name__}.{name}"


def choice_of(
    view_type: type, name: str, options: Iterable[Option], label: Callable[[Option], str] = str
) -> dict[str, Any]:
    """Arguments of the widget with which a reader chooses a field of a view.

    In the browser, Streamlit's widgets know an option by its label alone. Where a label changes under a widget, in
    another language, with a count or with a newer file, they show the first option, or send the label for the option.
    So another label makes another widget, and the field keeps a key of its own.

    Parameters
    ----------
    view_type, name
        The view and the field, which must hold a value already.
    options
        What there is to choose among.
    label
        How an option is written.

    Returns
    -------
    dict
        ``options``, ``format_func``, ``key`` and ``on_change`` of the widget.
    """
    key, offered = widget_key(view_type, name), list(options)
    labels = "\n".join([language(), *map(label, offered)])
    drawn = f"{key}.{crc32(labels.encode()):08x}"
    if drawn not in st.session_state or st.session_state[drawn] != st.session_state[key]:
        st.session_state[drawn] = st.session_state[key]

    def take() -> None:
        st.session_state[key] = st.session_state[drawn]

    return {"options": offered, "format_func": label, "key": drawn, "on_change": take}


def widget_view(view_type: type[View]) -> View:
    """What the widgets of a page say now."""
    values = {}
    for one in fields(view_type):  # type: ignore[arg-type]
        value = st.session_state.get(widget_key(view_type, one.name))
        value = one.default if value is None else value
        values[one.name] = tuple(value) if isinstance(value, list) else value
    return view_type(**values)


def set_view(view: Any) -> None:
    """Make the widgets of a page say `view`; before they are drawn, as in a callback."""
    for one in fields(view):
        value = getattr(view, one.name)
        st.session_state[widget_key(type(view), one.name)] = (
            list(value) if isinstance(value, tuple) else value
        )


def keep_undrawn(view_type: type, *names: str) -> None:
    """Keep what widgets say that this run does not draw; Streamlit would forget it."""
    for name in names:
        key = widget_key(view_type, name)
        st.session_state[key] = st.session_state[key]


def close_view(view_type: type[View], defaults: Mapping[str, object]) -> View:
    """Write what the widgets say into the URL, and return it with None for what is as by default."""
    shown = widget_view(view_type)
    usual = {name: None for name, value in defaults.items() if getattr(shown, name) == value}
    view = replace(shown, **usual)  # type: ignore[type-var]
    query = encode(view)
    st.session_state[f"{view_type.__name__}:url"] = query
    # A query that the visitor did not ask for would be one more page to go back through, so the language of the
    # browser is not written, and one that was chosen is in the URL before, by `keep_language`.
    chosen = chosen_language()
    st.query_params.from_dict({**query, **({} if chosen is None else {LANGUAGE_KEY: chosen})})
    return view
