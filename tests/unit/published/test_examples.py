"""Every example of the Python API gives on the sample what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import pipelines.published
from tests.conftest import CHECKOUT

MODULES = sorted(
    f"pipelines.published.{module.name}" for module in pkgutil.iter_modules(pipelines.published.__path__)
)


@pytest.fixture(autouse=True)
def sample(monkeypatch, sample_data_dir):
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(sample_data_dir))


def test_the_page_of_the_api(capsys):
    page = CHECKOUT / "docs" / "python_api.md"
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert found.failed == 0, capsys.readouterr().out
    assert found.attempted > 10


def test_the_examples_of_docstrings(capsys):
    found = [doctest.testmod(importlib.import_module(name)) for name in MODULES]
    assert sum(one.failed for one in found) == 0, capsys.readouterr().out
    assert sum(one.attempted for one in found) >= 6


def test_the_page_names_every_family():
    page = (CHECKOUT / "docs" / "python_api.md").read_text(encoding="utf-8")
    families = [
        name for name, member in vars(pipelines.published.Landscape).items() if isinstance(member, property)
    ]
    missing = {name for name in families if f"`landscape.{name}`" not in page}
    assert missing == {"identity", "lacking"}
