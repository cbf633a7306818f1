"""From a seeds folder to models, or to everything that is wrong in it.

YAML is read with the line of everything in it, each file is checked against its model, and what a folder does
not have is taken from the one it inherits.
"""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, field
from itertools import chain
from re import compile as regex
from typing import TYPE_CHECKING, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from pipelines.floor.errors import SeedsError
from pipelines.seeds.contradictions import contradictions
from pipelines.seeds.models import FIELD_FILE, FILES, VERSIONED, Seeds, versions_in
from pipelines.seeds.problems import Place, PlainFile, SeedsProblem, did_you_mean, mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from pipelines.seeds.entries import Entry


# --- One file ----------------------------------------------------------------------------------------------


class _Loader(yaml.CSafeLoader):
    """Resolves plain scalars nearly as YAML 1.2 does: ``2025-03-11``, ``no`` and ``1:30`` stay text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - declared so by the parent; filled below


_Loader.add_implicit_resolver("null", regex(r"(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("bool", regex(r"(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("int", regex(r"[-+]?[0-9]{1,18}$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "float", regex(r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789")
)

_SCALARS: dict[str, Callable[[str], object]] = {
    "null": lambda _: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}


@dataclass
class _Unfolding:
    """Plain values of YAML nodes; collects the line of each place and what YAML itself would let pass."""

    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[Place, int, str]] = field(default_factory=list)
    """Place of the entry, line, message."""
    _seen: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, place: Place) -> object:
        line = self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return _SCALARS.get(node.tag, str)(node.value)
        if id(node) in self._seen:
            self.faults.append((place, line, "an alias repeats another part; write the part out"))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        return tuple(self.value(item, (*place, index)) for index, item in enumerate(node.value))

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        content: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append((place, line, "a key is a list or a mapping; if it is text, quote it"))
            elif (key := key_node.value) in content:
                first = self.lines[*place, key]
                self.faults.append((place, line, f'key "{key}" is written twice; first on line {first}'))
            else:
                self.lines[*place, key] = line
                content[key] = self.value(value_node, (*place, key))
        return content


def _parse(shown: str, data: bytes) -> tuple[PlainFile | None, list[SeedsProblem]]:
    """Read YAML, or say what keeps it from being read."""

    def unreadable(message: str, *, line: int) -> tuple[None, list[SeedsProblem]]:
        return None, [SeedsProblem(shown, line, "", message)]

    try:
        node = yaml.compose(data.decode(), Loader=_Loader)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return unreadable(f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8", line=line)
    except yaml.reader.ReaderError as error:
        line = data.count(b"\n", 0, error.position) + 1
        return unreadable(f"character {error.character!r} is not allowed in YAML", line=line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = ", ".join(filter(None, (error.context, error.problem)))
        return unreadable(f"not YAML: {message}", line=mark.line + 1 if mark else 1)
    unfolding = _Unfolding()
    content = None if node is None else unfolding.value(node, ())
    if content is None:
        return unreadable("the file is empty", line=1)
    file = PlainFile(shown, content, unfolding.lines)
    return file, [
        SeedsProblem(shown, line, file.entry(place), message) for place, line, message in unfolding.faults
    ]


def _validate(file: PlainFile, model: type[Entry]) -> tuple[Entry | None, list[SeedsProblem]]:
    """Check a file against its model, all of it."""
    try:
        return model.model_validate(file.content), []
    except ValidationError as error:
        errors = error.errors()
        faulty = {details["loc"][:length] for details in errors for length in range(len(details["loc"]))}
        return None, [
            _model_problem(file, model, details)
            for details in errors
            # A list is too short as well once its entries are refused.
            if details["type"] != "too_short" or details["loc"] not in faulty
        ]


def _model_problem(file: PlainFile, model: type[Entry], error: ErrorDetails) -> SeedsProblem:
    """Say what a validation error means for the person who wrote the entry."""
    place, key = error["loc"], None
    match error["type"]:
        case "missing":
            place, message = place[:-1], f'key "{place[-1]}" is missing'
        case "extra_forbidden":
            place, key = place[:-1], str(place[-1])
            declared = _declared_keys(model, place)
            advice = did_you_mean(key, declared) or f"; the keys here are {', '.join(declared)}"
            message = f'unknown key "{key}"{advice}'
        case "model_type":
            message = "keys with values are expected here"
        case "tuple_type":
            message = "a list is expected here"
        case "value_error":
            message = str(error["ctx"]["error"])
        case "string_pattern_mismatch":
            message = f'"{error["input"]}" does not fit the pattern {error["ctx"]["pattern"]}'
        case "too_short":
            message = "at least one entry is expected here"
        case _:
            message = f"{error['msg'][0].lower()}{error['msg'][1:]}, not {reprlib.repr(error['input'])}"
    return file.problem(place, message, key)


def _declared_keys(annotation: object, place: Place) -> list[str]:
    """Keys allowed at `place` under a value of type `annotation`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not place:
            return list(annotation.model_fields)
        return _declared_keys(annotation.model_fields[str(place[0])].annotation, place[1:])
    rest = place[1:] if get_origin(annotation) is tuple else place
    return [key for argument in get_args(annotation) for key in _declared_keys(argument, rest)]


# --- A folder ----------------------------------------------------------------------------------------------


@dataclass
class _Folder:
    """What could be read of a seeds folder, by name within it."""

    files: dict[str, PlainFile] = field(default_factory=dict)
    models: dict[str, Entry] = field(default_factory=dict)
    problems: list[SeedsProblem] = field(default_factory=list)

    def read(self, root: Path, name: str, model: type[Entry]) -> None:
        shown = _shown(root, name)
        try:
            data = (root / name).read_bytes()
        except OSError as error:
            self.problems.append(SeedsProblem(shown, 1, "", f"the file cannot be read: {error.strerror}"))
            return
        file, problems = _parse(shown, data)
        self.problems += problems
        if file is None:
            return
        self.files[name] = file
        valid, problems = _validate(file, model)
        self.problems += problems
        if valid is not None:
            self.models[name] = valid


def _shown(root: Path, name: str) -> str:
    return f"{root.resolve().name}/{name}"


def _read_folder(root: Path) -> _Folder:
    """Read and check every file, then what the files say about each other."""
    folder = _Folder()
    if not root.is_dir():
        folder.problems.append(SeedsProblem(root.resolve().name, 1, "", "there is no such folder"))
        return folder
    roots = [root]
    for name, model in FILES.items():
        holder = next((path for path in roots if (path / name).is_file()), None)
        if holder is None:
            folder.problems.append(SeedsProblem(_shown(root, name), 1, "", "the file is missing"))
        else:
            folder.read(holder, name, model)
        if name == FIELD_FILE:
            roots += _inherited(root, folder)
    for versioned, model in VERSIONED.items():
        holder = next((path for path in roots if (path / versioned).is_dir()), root)
        names = sorted(f"{versioned}/{path.name}" for path in (holder / versioned).glob("*.yml"))
        if not names:
            folder.problems.append(
                SeedsProblem(_shown(root, versioned), 1, "", "the folder has no <version>.yml")
            )
        for name in names:
            folder.read(holder, name, model)
    folder.problems += chain(_stray_files(root), contradictions(folder.files))
    return folder


def _inherited(root: Path, folder: _Folder) -> list[Path]:
    """The folder that ``field.yml`` inherits from, if it names one that exists."""
    file = folder.files.get(FIELD_FILE)
    for mention in mentions(file, (), "inherits"):
        lender = root / mention.value
        if lender.is_dir():
            return [lender]
        folder.problems.append(mention.problem(f'there is no folder "{mention.value}" next to this file'))
    return []


def _stray_files(root: Path) -> Iterator[SeedsProblem]:
    """Report files that nothing reads: a misspelt name would otherwise be inherited over in silence."""
    for path in chain(root.glob("*.y*ml"), root.glob("upstreams/*.y*ml")):
        name = path.relative_to(root).as_posix()
        if name not in FILES:
            yield SeedsProblem(_shown(root, name), 1, "", f"no such seeds file{did_you_mean(name, FILES)}")


def check_seeds(folder: Path) -> list[SeedsProblem]:
    """Find everything that is wrong in a seeds folder.

    Parameters
    ----------
    folder
        The folder that holds ``field.yml``.

    Returns
    -------
    list of SeedsProblem
        By file and line; empty if `load_seeds` will succeed. A file that could not be read as YAML is
        reported once and left out of the checks between files.
    """
    return sorted(set(_read_folder(folder).problems))


def load_seeds(folder: Path) -> Seeds:
    """Read a seeds folder.

    Parameters
    ----------
    folder
        The folder that holds ``field.yml``.

    Raises
    ------
    SeedsError
        If anything in the folder is wrong; the message lists all of it, one problem a line.
    """
    read = _read_folder(folder)
    if read.problems:
        problems = sorted(set(read.problems))
        raise SeedsError(
            "\n".join(["the seeds are not in order", *map(str, problems)]),
            where=str(folder),
            hint="correct the lines named above; `landscape validate` checks the folder again",
        )
    versioned = {
        kind: tuple(read.models.pop(name) for name in versions_in(kind, read.files)) for kind in VERSIONED
    }
    field_of_study = read.models.pop(FIELD_FILE)
    lists = {key: value for model in read.models.values() for key, value in model}
    return Seeds.model_validate({"field": field_of_study, **versioned, **lists})
