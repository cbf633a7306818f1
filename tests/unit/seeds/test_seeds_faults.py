"""Every way a seeds file can be wrong is reported with file, line and entry."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.floor.errors import SeedsError
from pipelines.seeds import check_seeds, load_seeds
from tests.unit.seeds.spoilable_seeds import SEEDS, SeedsCopy, copy_seeds

LABELS = "labels/2025-05.yml"
TAXONOMY = "taxonomies/2025-05.yml"
GAPS = "upstreams/archive_gaps.yml"


@pytest.mark.parametrize(
    ("name", "old", "new", "offset", "told"),
    [
        pytest.param(
            LABELS,
            "{project: vllm, domain: serving,",
            "{project: vllm, domain: servng,",
            0,
            r'labels\[\d+\] \(vllm\): unknown domain "servng"; did you mean "serving"\?',
            id="unknown domain",
        ),
        pytest.param(
            LABELS,
            "subdomain: inference-engine}",
            "subdomain: inference-engin}",
            0,
            r'labels\[\d+\] \([a-z-]+\): unknown subdomain of "serving": "inference-engin"; '
            r'did you mean "inference-engine"\?',
            id="unknown subdomain",
        ),
        pytest.param(
            LABELS,
            "domain: mlops}",
            "domain: mlops, subdomain: workflow}",
            0,
            r'labels\[\d+\] \(deepflow\): unknown subdomain of "mlops": "workflow"',
            id="subdomain of another domain",
        ),
        pytest.param(
            LABELS,
            "{project: vllm,",
            "{project: vlm,",
            0,
            r'labels\[\d+\] \(vlm\): unknown project "vlm"; did you mean "vllm"\?',
            id="unknown project in a label",
        ),
        pytest.param(
            LABELS,
            "{project: sglang, domain",
            "{project: vllm, domain",
            None,
            rf'labels\[\d+\] \(vllm\): duplicate label of project "vllm"; first at seeds/{LABELS}:\d+',
            id="project labelled twice",
        ),
        pytest.param(
            LABELS,
            'taxonomy: "2025-05"',
            'taxonomy: "2025-06"',
            0,
            r'unknown taxonomy "2025-06"; did you mean "2025-05"\?',
            id="labels of an unknown taxonomy",
        ),
        pytest.param(
            TAXONOMY,
            'version: "2025-05"',
            'version: "2025-06"',
            0,
            'version "2025-06" is not the version in the name of the file',
            id="version and file name differ",
        ),
        pytest.param(
            TAXONOMY,
            "- id: tool-use",
            "- id: mlops",
            None,
            rf'layers\[1\] \(infrastructure\) domains\[9\] \(mlops\): duplicate domain "mlops"; '
            rf"first at seeds/{TAXONOMY}:\d+",
            id="duplicate domain",
        ),
        pytest.param(
            "projects.yml",
            "- id: vercel-ai-sdk",
            "- id: vllm",
            None,
            r'projects\[\d+\] \(vllm\): duplicate project "vllm"; first at seeds/projects.yml:\d+',
            id="duplicate project",
        ),
        pytest.param(
            "projects.yml",
            "full_name: ollama/ollama",
            "full_name: OLLAMA/Ollama\n      - full_name: ollama/ollama",
            1,
            r'projects\[\d+\] \(ollama\) repositories\[1\]: duplicate repository name "ollama/ollama"; '
            r"first at seeds/projects.yml:\d+",
            id="repository twice, in another case",
        ),
        pytest.param(
            "projects.yml",
            "former_names: [google/A2A]",
            "former_names: [google/A2A, vLLM-project/vllm]",
            0,
            r"projects\[\d+\] \(a2a\) repositories\[0\].former_names\[1\]: duplicate repository name "
            r'"vLLM-project/vllm"; first at seeds/projects.yml:\d+',
            id="former name of another project",
        ),
        pytest.param(
            "renames.yml",
            "former_names: [sst/opencode]",
            "former_names: [jmorganca/ollama]",
            0,
            r'renames\[0\].former_names\[0\]: duplicate repository name "jmorganca/ollama"; '
            r"first at seeds/projects.yml:\d+",
            id="rename that belongs to a project",
        ),
        pytest.param(
            "watchlist.yml",
            "- block/goose",
            "- Apache/Kvrocks",
            0,
            r'watchlist\[9\]: duplicate repository name "Apache/Kvrocks"; first at seeds/watchlist.yml:14',
            id="watched twice, in another case",
        ),
        pytest.param(
            "watchlist.yml",
            "- block/goose",
            "- vLLM-project/vLLM",
            0,
            r'watchlist\[9\]: duplicate repository name "vLLM-project/vLLM"; first at seeds/projects.yml:\d+',
            id="watched though a project has it",
        ),
        pytest.param(
            "watchlist.yml",
            "- block/goose",
            "- google/a2a",
            0,
            r'watchlist\[9\]: duplicate repository name "google/a2a"; first at seeds/projects.yml:\d+',
            id="watched though a project had it",
        ),
        pytest.param(
            "watchlist.yml",
            "- block/goose",
            "- apache/DataFusion",
            0,
            r'watchlist\[9\]: duplicate repository name "apache/DataFusion"; first at seeds/renames.yml:\d+',
            id="watched though renamed to it",
        ),
        pytest.param(
            "watchlist.yml",
            "- block/goose",
            "- SST/opencode",
            0,
            r'watchlist\[9\]: duplicate repository name "SST/opencode"; first at seeds/renames.yml:\d+',
            id="watched though renamed from it",
        ),
        pytest.param(
            "projects.yml",
            "repo_id: 599547518",
            "repo_id: 65600975",
            0,
            r'projects\[\d+\] \(vllm\) repositories\[0\]: duplicate repo_id "65600975"; '
            r"first at seeds/projects.yml:\d+",
            id="repository number twice",
        ),
        pytest.param(
            "projects.yml",
            "organization: vllm-project",
            "organization: vllm-projct",
            0,
            r'projects\[\d+\] \(aibrix\): unknown organization "vllm-projct"; did you mean "vllm-project"\?',
            id="unknown organization",
        ),
        pytest.param(
            "projects.yml",
            "origin: graveyard_2025-05",
            "origin: graveyard_2025-50",
            0,
            r'projects\[\d+\] \(aimoneyhunter\): unknown origin "graveyard_2025-50"; '
            r'did you mean "graveyard_2025-05"\?',
            id="unknown origin",
        ),
        pytest.param(
            "projects.yml",
            "full_name: vllm-project/vllm",
            "full_name: vllm-projct/vllm",
            0,
            r"projects\[\d+\] \(vllm\) repositories\[0\]: "
            r'"vllm-projct" is no account of organization "vllm-project"',
            id="owner of another organization",
        ),
        pytest.param(
            "organizations.yml",
            "accounts: [Aider-AI]",
            "accounts: [Aider-AI, Apache]",
            None,
            r'organizations\[\d+\] \(apache\).accounts\[0\]: duplicate account "apache"; '
            r"first at seeds/organizations.yml:\d+",
            id="account of two organizations",
        ),
        pytest.param(
            "field.yml",
            "profile: year-mean-10",
            "profile: year-mean-1",
            0,
            'unknown profile "year-mean-1"; did you mean "year-mean-10"',
            id="unknown default profile",
        ),
        pytest.param(
            "field.yml",
            'taxonomy: "2025-05"',
            'taxonomy: "2024-05"',
            0,
            'unknown taxonomy "2024-05"; did you mean "2025-05"',
            id="unknown default taxonomy",
        ),
        pytest.param(
            "field.yml",
            "id: llm",
            "id: llm\ninherits: ../nowhere",
            1,
            'there is no folder "../nowhere" next to this file',
            id="nothing to inherit from",
        ),
        pytest.param(
            "announcements.yml",
            "project: swarm",
            "project: swarms",
            0,
            r'announcements\[0\] \(swarms\): unknown project "swarms"; did you mean "swarm"\?',
            id="unknown project in an announcement",
        ),
        pytest.param(
            "announcements.yml",
            "2025-03-11",
            "2025-13-11",
            0,
            r"announcements\[0\] \(swarm\) announced_on: expected a date as YYYY-MM-DD, not '2025-13-11'",
            id="month 13",
        ),
        pytest.param(
            "announcements.yml",
            "2025-03-11",
            "20250311",
            0,
            r"announcements\[0\] \(swarm\) announced_on: expected a date as YYYY-MM-DD, not 20250311",
            id="date without hyphens",
        ),
        pytest.param(
            GAPS,
            "start_hour: 2015-01-05T22",
            "start_hour: 2015-01-05T25",
            0,
            r"archive_gaps\[1\].start_hour: hour must be in 0\.\.23",
            id="hour 25",
        ),
        pytest.param(
            GAPS,
            "end_hour: 2015-01-06T23",
            "end_hour: 2015-01-06",
            0,
            r"archive_gaps\[1\].end_hour: expected an hour as YYYY-MM-DDTHH, not '2015-01-06'",
            id="a day where an hour belongs",
        ),
        pytest.param(
            GAPS,
            "start_hour: 2015-01-05T22",
            "start_hour: 2015-01-07T22",
            0,
            r"archive_gaps\[1\]: the gap ends \(2015-01-06T23\) before it starts \(2015-01-07T22\)",
            id="gap ends before it starts",
        ),
        pytest.param(
            "profiles.yml",
            "kind: latest_month",
            "kind: trailing_mean",
            -1,
            r'profiles\[1\].*: "months" belongs to the kind trailing_mean, and to no other',
            id="trailing mean without a length",
        ),
        pytest.param(
            GAPS,
            "kind: bad_gzip",
            "kind: bad_zip",
            0,
            r"archive_gaps\[\d+\].kind: input should be .*'bad_gzip'.*, not 'bad_zip'",
            id="unknown kind of gap",
        ),
        pytest.param(
            "projects.yml",
            "    name: vLLM",
            "    nmae: vLLM",
            0,
            r'projects\[\d+\] \(vllm\): unknown key "nmae"; did you mean "name"\?',
            id="misspelt key",
        ),
        pytest.param(
            "field.yml",
            "id: llm",
            "ix: llm",
            0,
            'unknown key "ix"; the keys here are id, name, description, taxonomy, profile, inherits',
            id="key like no other",
        ),
        pytest.param(
            "projects.yml",
            "    name: vLLM\n",
            "",
            -1,
            r'projects\[\d+\] \(vllm\): key "name" is missing',
            id="missing key",
        ),
        pytest.param(
            "projects.yml",
            "    name: vLLM",
            "    name: vLLM\n    name: VLLM",
            1,
            r'projects\[\d+\] \(vllm\): key "name" is written twice; first on line \d+',
            id="key written twice",
        ),
        pytest.param(
            "projects.yml",
            "full_name: vllm-project/vllm",
            "full_name: vllm",
            0,
            r"projects\[\d+\] \(vllm\) repositories\[0\].full_name: 'vllm' is not owner/name",
            id="name without owner",
        ),
        pytest.param(
            "projects.yml",
            "repo_id: 599547518",
            "repo_id: v599547518",
            0,
            r"projects\[\d+\] \(vllm\) repositories\[0\].repo_id: input should be a valid integer, not 'v599",
            id="text where a number belongs",
        ),
        pytest.param(
            "thresholds.yml",
            "value: 20",
            "value: yes",
            0,
            r"thresholds\[0\] \(published_edge_cut\) value: input should be a valid number, not 'yes'",
            id="yes where a number belongs",
        ),
        pytest.param(
            "organizations.yml",
            "accounts: [Aider-AI]",
            "accounts: Aider-AI",
            0,
            r"organizations\[\d+\] \(aider\) accounts: a list is expected here",
            id="text where a list belongs",
        ),
        pytest.param(
            "field.yml",
            "name: {en: Large Language Models, zh: 大语言模型}",
            "name: Large Language Models",
            0,
            "name: keys with values are expected here",
            id="text where keys belong",
        ),
        pytest.param(
            "projects.yml",
            "repositories:\n      - full_name: a2aproject/A2A\n        repo_id: 954873280\n"
            "        former_names: [google/A2A]",
            "repositories: []",
            0,
            r"projects\[0\] \(a2a\) repositories: at least one entry is expected here",
            id="project without a repository",
        ),
        pytest.param(
            "thresholds.yml",
            "    value: 20",
            "\tvalue: 20",
            0,
            "not YAML: .*tab character",
            id="broken YAML",
        ),
        pytest.param(
            "projects.yml",
            "organization: vllm-project",
            "organization: vllm-project\n    {a: b}: c",
            1,
            r"projects\[\d+\] \(aibrix\): a key is a list or a mapping; if it is text, quote it",
            id="a mapping as a key",
        ),
        pytest.param(
            "field.yml",
            "zh: 大语言模型}",
            "zh: 大语言\x00模型}",
            0,
            r"character .* is not allowed in YAML",
            id="control character",
        ),
    ],
)
def test_a_fault_is_reported_where_it_is(seeds_copy: SeedsCopy, *, name, old, new, offset, told):
    """`offset` is the reported line against the edited one; None where the report names another line."""
    line = seeds_copy.edit(name, old, new)
    problems = seeds_copy.problems()
    at = r"\d+" if offset is None else str(line + offset)
    assert any(re.match(rf"seeds/{name}:{at}: (?:{told})", problem) for problem in problems), problems


def test_one_fault_is_one_problem_and_the_message_is_as_documented(seeds_copy: SeedsCopy):
    seeds_copy.write(
        LABELS,
        'taxonomy: "2025-05"\n'
        "source: a test\n"
        "labels:\n"
        "  - {project: dify, domain: agent-framework, subdomain: workflow}\n"
        "  - {project: vllm, domain: servng}\n",
    )
    assert seeds_copy.problems() == [
        f'seeds/{LABELS}:5: labels[1] (vllm): unknown domain "servng"; did you mean "serving"?'
    ]


def test_all_problems_are_reported_together(seeds_copy: SeedsCopy):
    typo = seeds_copy.edit("projects.yml", "    name: Ollama", "    nam: Ollama")
    duplicate = seeds_copy.edit("projects.yml", "- id: vercel-ai-sdk", "- id: vllm")
    domain = seeds_copy.edit(
        LABELS, "{project: dify, domain: agent-framework", "{project: dify, domain: agents"
    )
    day = seeds_copy.edit("announcements.yml", "2025-03-11", "11 March 2025")
    found = {(problem.file, problem.line) for problem in check_seeds(seeds_copy.folder)}
    assert {
        ("seeds/projects.yml", typo),
        (f"seeds/{LABELS}", domain),
        ("seeds/announcements.yml", day),
    } <= found
    second = [p for p in check_seeds(seeds_copy.folder) if "duplicate project" in p.message]
    assert [p.line > duplicate for p in second] == [True]


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing but a comment\n", "---\n"])
def test_an_empty_file_is_reported(seeds_copy: SeedsCopy, content):
    seeds_copy.write("thresholds.yml", content)
    assert seeds_copy.problems() == ["seeds/thresholds.yml:1: the file is empty"]


def test_a_file_that_is_not_utf8_is_reported_at_the_first_bad_byte(seeds_copy: SeedsCopy):
    seeds_copy.write("thresholds.yml", "# ok\nthresholds:\n  # caf\xe9\n".encode("latin-1"))
    assert seeds_copy.problems() == ["seeds/thresholds.yml:3: byte 0xe9 is not UTF-8; save the file as UTF-8"]


@pytest.mark.parametrize("name", ["projects.yml", "upstreams/accounts.yml", "field.yml"])
def test_a_missing_file_is_reported(seeds_copy: SeedsCopy, name):
    (seeds_copy.folder / name).unlink()
    assert seeds_copy.problems() == [f"seeds/{name}:1: the file is missing"]


@pytest.mark.parametrize("folder", ["labels", "taxonomies"])
def test_a_folder_without_versions_is_reported(seeds_copy: SeedsCopy, folder):
    (seeds_copy.folder / folder / "2025-05.yml").unlink()
    assert f"seeds/{folder}:1: the folder has no <version>.yml" in seeds_copy.problems()


def test_a_file_that_nothing_reads_is_reported(seeds_copy: SeedsCopy):
    example = SeedsCopy(seeds_copy.folder / "examples" / "databases")
    example.write("profile.yml", "profiles: []\n")
    assert example.problems() == ['databases/profile.yml:1: no such seeds file; did you mean "profiles.yml"?']


def test_a_folder_that_is_not_there_is_one_problem(tmp_path: Path):
    assert [str(problem) for problem in check_seeds(tmp_path / "seeds")] == [
        "seeds:1: there is no such folder"
    ]


def test_a_file_that_may_not_be_read_is_reported(seeds_copy: SeedsCopy, monkeypatch: pytest.MonkeyPatch):
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "accounts.yml":
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert seeds_copy.problems() == [
        "seeds/upstreams/accounts.yml:1: the file cannot be read: Permission denied"
    ]


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a [1]\nb: *a\n"])
def test_an_alias_is_refused_and_does_not_run_for_ever(seeds_copy: SeedsCopy, text):
    seeds_copy.write("thresholds.yml", text)
    assert any("an alias repeats another part" in problem for problem in seeds_copy.problems())


def test_problems_in_an_inherited_file_name_the_folder_that_holds_it(seeds_copy: SeedsCopy):
    line = seeds_copy.edit("profiles.yml", "threshold: 10", "threshold: ten")
    problems = check_seeds(seeds_copy.folder / "examples" / "databases")
    assert [(problem.file, problem.line) for problem in problems] == [("seeds/profiles.yml", line)]


def test_loading_refuses_and_lists_every_problem(seeds_copy: SeedsCopy):
    seeds_copy.edit(LABELS, "{project: dify,", "{project: dfy,")
    seeds_copy.edit("announcements.yml", "2025-03-11", "yesterday")
    with pytest.raises(SeedsError) as refused:
        load_seeds(seeds_copy.folder)
    text = str(refused.value)
    assert all(problem in text for problem in seeds_copy.problems())
    assert len(seeds_copy.problems()) == 2
    assert "What to do: " in text


# --- Any misspelt key ---


def written_keys(name: str) -> list[tuple[int, int, str]]:
    """Offset, line and text of every key in a committed file."""
    tokens = list(yaml.scan((SEEDS / name).read_text(encoding="utf-8")))
    return [
        (scalar.start_mark.index, scalar.start_mark.line + 1, scalar.value)
        for key, scalar in pairwise(tokens)
        if isinstance(key, yaml.KeyToken)
    ]


KEYS = {
    name: written_keys(name)
    for name in (
        "field.yml", "projects.yml", "organizations.yml", "thresholds.yml", "profiles.yml", "renames.yml",
        "announcements.yml", TAXONOMY, LABELS, GAPS, "upstreams/accounts.yml", "upstreams/data_sources.yml",
        "upstreams/opendigger_vintages.yml",
    )
}  # fmt: skip
DECLARED = {key for keys in KEYS.values() for _, _, key in keys} | {"inherits", "subdomains", "repo_id"}


@pytest.fixture(scope="module")
def reusable_copy(tmp_path_factory: pytest.TempPathFactory) -> SeedsCopy:
    return copy_seeds(tmp_path_factory.mktemp("typos") / "seeds")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_key_with_one_wrong_letter_is_reported_on_its_line(reusable_copy: SeedsCopy, data):
    name = data.draw(st.sampled_from(sorted(KEYS)))
    offset, line, key = data.draw(st.sampled_from(KEYS[name]))
    position = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    typo = key[:position] + letter + key[position + 1 :]
    if typo in DECLARED:
        return
    text = (SEEDS / name).read_text(encoding="utf-8")
    reusable_copy.write(name, text[:offset] + typo + text[offset + len(key) :])
    try:
        found = check_seeds(reusable_copy.folder)
    finally:
        reusable_copy.write(name, text)
    told = [problem.message for problem in found if (problem.file, problem.line) == (f"seeds/{name}", line)]
    assert any(message.startswith(f'unknown key "{typo}"; ') for message in told), found
    if len(key) > 3:
        assert any(f'did you mean "{key}"?' in message for message in told), told


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("login: all-hands-bot,", "login: ADK-bot,", 'duplicate account login "ADK-bot"; first at '),
        ("actor_ids: [10137]", "actor_ids: [0]", 'duplicate account number "0"; first at '),
        ("evidence: github}", "evidence: gitea}", 'unknown evidence "gitea"'),
        ("{login: adk-bot, ", "{", "an account needs a login or a number"),
    ],
)
def test_accounts_that_contradict_each_other_are_reported(seeds_copy: SeedsCopy, old, new, message):
    line = seeds_copy.edit("upstreams/accounts.yml", old, new)
    assert [(problem.line, message in problem.message) for problem in check_seeds(seeds_copy.folder)] == [
        (line, True)
    ]
