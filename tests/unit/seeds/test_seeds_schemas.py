"""The JSON Schemas in the seeds folder are those of the models, and the seeds fit them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from jsonschema import Draft202012Validator

from pipelines.seeds import schemas, write_schemas
from tests.unit.seeds.spoilable_seeds import SEEDS

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(path for path in SEEDS.rglob("*.yml"))


def declared_schema(path: Path) -> Path:
    """The schema that the first line of a file points an editor to."""
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first_line.startswith(prefix), f"{path} does not begin with {prefix!r}"
    return path.parent / first_line.removeprefix(prefix)


def test_committed_schemas_are_those_of_the_models():
    committed = {path.name: path.read_text(encoding="utf-8") for path in (SEEDS / "schemas").iterdir()}
    assert committed == schemas(), (
        "seeds/schemas is stale; run: "
        "python -c 'from pathlib import Path; from pipelines.seeds import write_schemas; "
        'write_schemas(Path("seeds/schemas"))\''
    )


def test_written_schemas_leave_nothing_else_behind(tmp_path: Path):
    write_schemas(tmp_path / "schemas")
    write_schemas(tmp_path / "schemas")
    assert {
        path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "schemas").iterdir()
    } == schemas()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SEEDS).as_posix())
def test_each_file_fits_the_schema_it_names(path: Path):
    schema = json.loads(declared_schema(path).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    # Dates are plain text to an editor; PyYAML alone makes dates of them.
    content = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(content)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SEEDS).as_posix())
def test_each_file_names_the_schema_of_its_kind(path: Path):
    kind = path.parent.name if path.parent.name in {"taxonomies", "labels"} else path.stem
    assert declared_schema(path).resolve() == SEEDS / "schemas" / f"{kind}.schema.json"


def test_a_schema_refuses_a_misspelt_key():
    schema = json.loads(schemas()["labels.schema.json"])
    labels = {"taxonomy": "2025-05", "source": "a test", "labels": [{"project": "vllm", "domian": "serving"}]}
    assert not Draft202012Validator(schema).is_valid(labels)
