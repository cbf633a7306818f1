"""The benches there are, and how one is run by its name."""

from __future__ import annotations

from importlib import import_module

NAMES = ("ingest", "landscape", "exploration", "edges", "openrank", "app", "archives")


def run(name: str) -> None:
    """Run the bench of that name, which prints its table."""
    import_module(f"tests.bench.{name}").main()
