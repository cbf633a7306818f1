"""Run the console script as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LANDSCAPE = Path(sys.executable).with_name("landscape")


def run_landscape(
    *arguments: str, data_dir: Path, timeout: float = 120, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `landscape` with a data folder of its own and no other setting from outside."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANDSCAPE_")}
    environment |= {"LANDSCAPE_DATA_DIR": str(data_dir), "COLUMNS": "160", **settings}
    return subprocess.run(
        [str(LANDSCAPE), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
