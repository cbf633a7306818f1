"""The seeds of the checkout, as the pure functions take them."""

from __future__ import annotations

import pytest

from pipelines.seeds import Seeds, load_seeds
from tests.conftest import CHECKOUT


@pytest.fixture(scope="session")
def seeds() -> Seeds:
    return load_seeds(CHECKOUT / "seeds")
