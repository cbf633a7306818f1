"""The order in which a component of ours is drawn.

Belongs here: what tells an older picture from a newer one. Must not: pictures. Streamlit loads a component's script
before each drawing, and two drawings that wait for it at the same time may come in either order.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from zlib import crc32

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping


def dated(key: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a component with ``made_at``, in milliseconds: the browser leaves out what is older than it shows.

    The same data keep their time from run to run, so that the component is not drawn again for it.

    Parameters
    ----------
    key
        Of the component in the session.
    data
        What it draws; must be writable as JSON.
    """
    content, kept = crc32(json.dumps(data).encode()), f"{key}.made"
    if kept not in st.session_state or st.session_state[kept][0] != content:
        st.session_state[kept] = (content, time.time_ns() // 1_000_000)
    return {**data, "made_at": st.session_state[kept][1]}
