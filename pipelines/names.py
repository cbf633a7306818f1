"""Repository names as GitHub allows them: the one rule that every door applies.

Belongs here: what ``owner/name`` may be. Must not: which repository a name belongs to.
"""

from __future__ import annotations

import re

OWNER_LENGTH = 39
NAME_LENGTH = 100

REPO_FULL_NAME_PATTERN = rf"^[A-Za-z0-9_-]{{1,{OWNER_LENGTH}}}/[A-Za-z0-9._-]{{1,{NAME_LENGTH}}}$"
"""The characters and lengths; `repo_full_name_problem` knows the names that are reserved as well."""

RESERVED_NAME_PATTERN = r"(?i)^[^/]*/(?:\.|\.\.|.*\.git|.*\.wiki)$"
"""Names of these characters that no repository can have."""

_ALLOWED = re.compile(REPO_FULL_NAME_PATTERN)
_RESERVED = re.compile(RESERVED_NAME_PATTERN)


def repo_full_name_problem(text: str) -> str | None:
    """Why `text` cannot be the name of a repository on GitHub, or None if it can.

    Examples
    --------
    >>> repo_full_name_problem("vllm-project/vllm") is None
    True
    >>> repo_full_name_problem("/")
    "'/' is not owner/name"
    >>> repo_full_name_problem("acme/..")
    "'acme/..' ends in a reserved name: no repository can be called that"
    """
    if _ALLOWED.fullmatch(text) is None:
        return f"{text[:200]!r} is not owner/name"
    if _RESERVED.fullmatch(text) is not None:
        return f"{text!r} ends in a reserved name: no repository can be called that"
    return None
