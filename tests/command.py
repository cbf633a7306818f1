"""Run `landscape` as a person would: in a process of its own, or in this one, which saves a second of imports."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import traceback
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

LANDSCAPE = Path(sys.executable).with_name("landscape")


def run_landscape(
    *arguments: str,
    data_dir: Path,
    program: Sequence[str] = (str(LANDSCAPE),),
    **settings: str,
) -> subprocess.CompletedProcess[str]:
    """Run `landscape` in a process, with a data folder of its own and no other setting from outside.

    `program` names what runs instead, such as one that measures `landscape`.
    """
    return subprocess.run(
        [*program, *arguments],
        env=_environment(data_dir, settings),
        capture_output=True,
        text=True,
        check=False,
    )


def call_landscape(
    *arguments: str, data_dir: Path, now: datetime | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `landscape` in this process; exit code, output and tracebacks come back as from a process.

    Parameters
    ----------
    *arguments
        What a person types after ``landscape``.
    data_dir
        Value of LANDSCAPE_DATA_DIR.
    now
        Time that the command reads from the clock; the machine's time when None.
    **settings
        Further environment variables. No other LANDSCAPE variable is set.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with ExitStack() as during:
        # Imported before COLUMNS is set: a console that finds it at its making keeps that width for ever.
        during.enter_context(patch.dict(os.environ))
        os.environ.pop("COLUMNS", None)
        from pipelines.cli.app import main as _imported  # noqa: F401, PLC0415
        from pipelines.entry import main  # noqa: PLC0415

        os.environ.clear()
        os.environ.update(_environment(data_dir, settings))
        during.enter_context(patch.object(sys, "argv", [str(LANDSCAPE), *arguments]))
        during.enter_context(patch.object(signal, "signal"))
        during.enter_context(redirect_stdout(out))
        during.enter_context(redirect_stderr(err))
        during.enter_context(_warnings_logged_to(err))
        if now is not None:
            during.enter_context(_clock_stopped_at(now))
        exit_code = _exit_code_of(main)
    for stream in (out, err):
        stream.flush()
    texts = [stream.buffer.getvalue().decode(errors="replace") for stream in (out, err)]
    return subprocess.CompletedProcess([str(LANDSCAPE), *arguments], exit_code, *texts)


def _environment(data_dir: Path, settings: dict[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LANDSCAPE_")}
    return kept | {"LANDSCAPE_DATA_DIR": str(data_dir), "COLUMNS": "160"} | settings


def _exit_code_of(main) -> int:
    try:
        main()
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            sys.stderr.write(f"{leaving.code}\n")
            return 1
        return leaving.code or 0
    except Exception:
        traceback.print_exc()
        return 1
    return 0


@contextmanager
def _warnings_logged_to(stream: io.TextIOWrapper) -> Iterator[None]:
    """Python prints log records where nobody has set logging up; pytest has."""
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


@contextmanager
def _clock_stopped_at(moment: datetime) -> Iterator[None]:
    """Stop the clock of the command line, which is the only one that reads it."""

    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Stopped(metaclass=Kind):
        def __new__(cls, *arguments, **keywords):
            return datetime(*arguments, **keywords)  # noqa: DTZ001

        @staticmethod
        def now(tz: tzinfo | None = None) -> datetime:
            return moment.astimezone(tz) if tz else moment.astimezone().replace(tzinfo=None)

    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("pipelines.cli") and getattr(module, "datetime", None) is datetime
    ]
    assert modules, "no module of the command line reads the clock any more: stop it where it is read now"
    with ExitStack() as stopped:
        for module in modules:
            stopped.enter_context(patch.object(module, "datetime", Stopped))
        yield
