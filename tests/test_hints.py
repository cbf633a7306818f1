"""No advice, in code or documents, says to delete data that no upstream serves again."""

from __future__ import annotations

import ast
import re

from tests.conftest import CHECKOUT

CODE = sorted(path for room in ("pipelines", "app") for path in (CHECKOUT / room).rglob("*.py"))
DESTRUCTIVE = re.compile(r"\b(delete|remove|rm)\b(?! the lock)[^.;]*", re.IGNORECASE)
SAMPLE_ALONE = re.compile(r"(run|Run) `landscape build --sample`")


def advice_of(tree: ast.AST) -> list[str]:
    """Every text that is given as `hint`, or returned by a function that writes hints."""
    found = []
    for node in ast.walk(tree):
        values = (
            [one.value for one in node.keywords if one.arg == "hint"] if isinstance(node, ast.Call) else []
        )
        if isinstance(node, ast.FunctionDef) and ("hint" in node.name or "advice" in node.name):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            values = list(body)
        if isinstance(node, ast.Assign) and any("hint" in ast.unparse(target) for target in node.targets):
            values = [node.value]
        found += [
            one.value
            for value in values
            for one in ast.walk(value)
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
    return found


ADVICE = [(path, text) for path in CODE for text in advice_of(ast.parse(path.read_text(encoding="utf-8")))]


def test_hints_are_found():
    assert len(ADVICE) > 60
    assert any("move it aside" in text for _, text in ADVICE)


def test_no_hint_says_to_delete():
    said = {text for _, text in ADVICE if DESTRUCTIVE.search(text.replace("never delete the lock", ""))}
    assert said == set()


def test_the_sample_is_named_by_the_one_function_that_knows_the_folder():
    naming = {
        path.name
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SAMPLE_ALONE.search(node.value)
    }
    assert naming == set()


def test_the_readme_never_says_to_delete_a_folder_of_live_data():
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"\b(delete|remove|rm -\w+) `?(data|bronze)", readme)


def test_clean_removes_the_built_sample_only():
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^clean:.*\n((?:\t.*\n?)+)", makefile, re.MULTILINE)
    assert recipe == "\t@rm -rf data/built_sample\n"
