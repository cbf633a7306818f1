"""What a person asked for, checked against the published landscape; a refusal names the option."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from pipelines.floor.errors import UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def option(name: str) -> Iterator[None]:
    """Blame the option `name` for what the published landscape does not have.

    Raises
    ------
    typer.BadParameter
        If the block asks for such a thing.
    """
    try:
        yield
    except UnknownChoiceError as error:
        raise typer.BadParameter(error.what, param_hint=name) from None
