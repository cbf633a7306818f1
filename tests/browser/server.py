"""The app as a process of its own, as `make app` starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running_app(data_dir: Path) -> Iterator[str]:
    """Start the app on a data folder and a free port; its address while the context is open."""
    address = f"http://127.0.0.1:{_free_port()}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANDSCAPE_")}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [
                sys.executable,
                *("-m", "streamlit", "run", "app/streamlit_app.py"),
                *("--server.port", address.rpartition(":")[2]),
            ],
            cwd=CHECKOUT,
            env=environment | {"LANDSCAPE_DATA_DIR": str(data_dir)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _answers(server, f"{address}/_stcore/health"):
                log.seek(0)
                raise AssertionError(f"the app did not start:\n{log.read().decode(errors='replace')}")
            yield address
        finally:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(server: subprocess.Popen[bytes], url: str) -> bool:
    """Wait for the first answer, as long as the server lives."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own server
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.1)
    return False
