"""Run a command and write the megabytes it held at most: ``python peak_memory.py FILE COMMAND ...``."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

finished = subprocess.run(sys.argv[2:], check=False)
peak_kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
Path(sys.argv[1]).write_text(str(peak_kilobytes // 1024), encoding="utf-8")
sys.exit(finished.returncode)
