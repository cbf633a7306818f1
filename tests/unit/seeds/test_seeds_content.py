"""What the committed seeds say: counts, identities, and agreement with what they were curated from."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest
import yaml

from pipelines.floor.errors import SeedsError
from pipelines.floor.messages import in_english
from pipelines.floor.periods import Hour
from pipelines.seeds import Seeds, check_seeds, load_seeds
from tests.unit.seeds.spoilable_seeds import SEEDS

DATABASES = SEEDS / "examples" / "databases"


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return load_seeds(SEEDS)


def labelled_boxes(seeds: Seeds) -> dict[str, tuple[str, str, str]]:
    """Project → English names of layer, domain and subdomain under the default taxonomy."""
    taxonomy = seeds.default_taxonomy
    boxes = {
        (domain.id, box.id if box else None): (layer.name.en, domain.name.en, box.name.en if box else "")
        for layer in taxonomy.layers
        for domain in layer.domains
        for box in (None, *domain.subdomains)
    }
    [labels] = [labels for labels in seeds.labels if labels.taxonomy == taxonomy.version]
    return {label.project: boxes[label.domain, label.subdomain] for label in labels.labels}


# --- Golden facts of May 2025 ---


def test_the_landscape_of_may_2025_has_its_published_size(seeds):
    boxes = labelled_boxes(seeds)
    assert len(seeds.projects) == 147
    assert len(boxes) == 135
    assert [layer.name.en for layer in seeds.default_taxonomy.layers] == ["Application", "Infrastructure"]
    assert [len(layer.domains) for layer in seeds.default_taxonomy.layers] == [7, 12]
    by_origin = {
        origin.id: {project.id for project in seeds.projects if project.origin == origin.id}
        for origin in seeds.origins
    }
    assert by_origin["landscape_2025-05"] == boxes.keys()
    assert len(by_origin["graveyard_2025-05"]) == 11
    assert by_origin["network_2025-05"] == {"warp"}


def test_every_box_of_the_taxonomy_holds_a_project(seeds):
    domains = [domain for layer in seeds.default_taxonomy.layers for domain in layer.domains]
    subdomains = [box.name.en for domain in domains for box in domain.subdomains]
    held = labelled_boxes(seeds).values()
    assert {domain for _, domain, _ in held} == {domain.name.en for domain in domains}
    assert {subdomain for _, _, subdomain in held} - {""} == set(subdomains)
    assert len(subdomains) == 8


@pytest.mark.parametrize(
    ("project", "box"),
    [
        ("vllm", ("Infrastructure", "Serving", "Inference Engine")),
        ("dify", ("Application", "Agent Framework", "Workflow")),
        ("pytorch", ("Infrastructure", "Training", "Pre-train")),
        ("iceberg", ("Infrastructure", "Data Governance", "Lake Format")),
        ("elasticsearch", ("Infrastructure", "Vector Storage and Search", "")),
    ],
)
def test_a_project_is_in_its_published_box(seeds, project, box):
    assert labelled_boxes(seeds)[project] == box


@pytest.mark.parametrize(
    ("name", "project"),
    [
        ("vllm-project/vllm", "vllm"),
        ("PyTorch/PyTorch", "pytorch"),
        ("google/A2A", "a2a"),
        ("lobehub/lobe-chat", "lobe-chat"),
        ("lobehub/lobehub", "lobe-chat"),
        ("OpenDevin/OpenDevin", "openhands"),
        ("comfyanonymous/ComfyUI", "comfyui"),
        ("mannaandpoem/OpenManus", "openmanus"),
        ("hiyouga/LLaMA-Factory", "llama-factory"),
        ("jmorganca/ollama", "ollama"),
        ("triton-lang/triton", "triton"),
        ("triton-inference-server/server", "triton-inference-server"),
    ],
)
def test_any_name_a_repository_had_finds_its_project(seeds, name, project):
    assert seeds.project_of_name()[name.lower()] == project


def test_a_repository_that_no_observation_identifies_has_no_number(seeds):
    unknown = {
        project.id
        for project in seeds.projects
        for repository in project.repositories
        if repository.repo_id is None
    }
    graveyard = {project.id for project in seeds.projects if project.origin == "graveyard_2025-05"}
    # The one row that gives a number for OpenManus resolved to another repository.
    assert unknown == graveyard | {"warp", "openmanus"}


def test_upstreams_are_described(seeds):
    assert len(seeds.archive_gaps) == 28
    endless = [str(gap.start_hour) for gap in seeds.archive_gaps if gap.end_hour is None]
    assert endless == ["2021-10-22T05", "2025-05-23T00", "2025-06-01T00", "2026-02-01T00"]
    assert [(vintage.id, vintage.since) for vintage in seeds.opendigger_vintages] == [
        ("v1", None),
        ("v2", date(2024, 10, 22)),
        ("v3", date(2025, 12, 21)),
    ]
    assert {source.id: source.kind for source in seeds.data_sources} == {
        "opendigger": "real",
        "gharchive": "real",
        "github": "real",
        "github-counts": "real",
        "github-facts": "real",
        "github-window-mean": "derived",
        "github-star-history": "real",
        "github-ranking": "real",
        "landscape_2025-05": "real",
        "graveyard_2025-05": "real",
        "gharchive-simulated": "simulated",
        "curated": "real",
        "computed": "derived",
        "computed-simulated": "simulated",
    }
    assert [ending.suffix for ending in seeds.bot_suffixes] == ["[bot]"]


def test_what_decides_is_there(seeds):
    assert seeds.threshold("published_edge_cut") == 20
    assert seeds.threshold("sample_edge_cut") == 2
    assert (seeds.default_profile.threshold, seeds.default_profile.comparison) == (10, ">")
    with pytest.raises(SeedsError, match='no threshold "published_edge"; did you mean "published_edge_cut"'):
        seeds.threshold("published_edge")


def test_swarm_ended_officially(seeds):
    [swarm] = [entry for entry in seeds.announcements if entry.project == "swarm"]
    assert swarm.announced_on == date(2025, 3, 11)


def test_another_field_is_another_folder(seeds):
    databases = load_seeds(DATABASES)
    assert databases.field.id == "databases"
    assert len(databases.projects) == len(databases.labels[0].labels) == 14
    assert [taxonomy.version for taxonomy in databases.taxonomies] == ["2025-db"]
    assert databases.profiles == seeds.profiles
    assert databases.archive_gaps == seeds.archive_gaps
    assert databases.content_hash != seeds.content_hash


def test_loading_takes_less_than_a_second():
    start = time.process_time()
    load_seeds(SEEDS)
    assert time.process_time() - start < 1


# --- The hash says what the files say ---


def test_comments_layout_key_order_and_place_leave_the_hash(seeds_copy, tmp_path):
    expected = load_seeds(seeds_copy.folder).content_hash
    projects = yaml.safe_load((seeds_copy.folder / "projects.yml").read_text(encoding="utf-8"))
    for project in projects["projects"]:
        project["repositories"] = project.pop("repositories")
    backwards = dict(reversed(projects.items()))
    seeds_copy.write("projects.yml", "# the same\n\n" + json.dumps(backwards, indent=1))
    moved = seeds_copy.folder.rename(tmp_path / "elsewhere")
    assert load_seeds(moved).content_hash == expected


def test_the_way_to_an_inherited_folder_leaves_the_hash(seeds_copy, tmp_path):
    example = seeds_copy.folder / "examples" / "databases"
    expected = load_seeds(example).content_hash
    moved = example.rename(tmp_path / "databases")
    text = (moved / "field.yml").read_text(encoding="utf-8")
    (moved / "field.yml").write_text(text.replace("inherits: ../..", "inherits: ../seeds"), encoding="utf-8")
    assert load_seeds(moved).content_hash == expected


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("projects.yml", "name: vLLM", "name: VLLM"),
        ("labels/2025-05.yml", "{project: vllm, domain: serving", "{project: vllm, domain: mlops"),
        ("thresholds.yml", "value: 20", "value: 21"),
        ("upstreams/archive_gaps.yml", "    end_hour: null", "    end_hour: 2021-11-05T00"),
        ("taxonomies/2025-05.yml", "zh: 应用层", "zh: 应用"),
    ],
)
def test_any_other_change_changes_the_hash(seeds_copy, name, old, new):
    before = load_seeds(seeds_copy.folder).content_hash
    seeds_copy.edit(name, old, new)
    if "mlops" in new:
        seeds_copy.edit(name, "domain: mlops, subdomain: inference-engine", "domain: mlops")
    assert load_seeds(seeds_copy.folder).content_hash != before


# --- Adding is an edit here and nothing else ---


def test_adding_a_project_and_a_domain_is_an_edit_of_the_seeds(seeds_copy):
    seeds_copy.edit(
        "projects.yml",
        "projects:\n",
        "projects:\n"
        "  - id: newcomer\n"
        "    name: Newcomer\n"
        "    organization: google\n"
        "    origin: network_2025-05\n"
        "    repositories:\n"
        "      - full_name: google/newcomer\n",
    )
    seeds_copy.edit(
        "taxonomies/2025-05.yml",
        "      - id: mlops\n",
        "      - id: robotics\n"
        "        name: {en: Robotics, zh: 机器人}\n"
        "        definition: {en: Models that move things., zh: 让模型驱动实体的项目。}\n"
        "        keywords: [robotics]\n"
        "      - id: mlops\n",
    )
    seeds_copy.edit("labels/2025-05.yml", "labels:\n", "labels:\n  - {project: newcomer, domain: robotics}\n")
    seeds = load_seeds(seeds_copy.folder)
    assert seeds.project_of_name()["google/newcomer"] == "newcomer"
    assert labelled_boxes(seeds)["newcomer"] == ("Infrastructure", "Robotics", "")


def second_version(seeds_copy) -> None:
    """A made-up later version that renames one box, merges two and splits one."""
    text = (seeds_copy.folder / "taxonomies" / "2025-05.yml").read_text(encoding="utf-8")
    later = text.replace('version: "2025-05"', 'version: "2026-01"').replace(
        "- id: mlops\n", "- id: llmops\n"
    )
    (seeds_copy.folder / "taxonomies" / "2026-01.yml").write_text(later, encoding="utf-8")
    mapping = (
        "  - source: {{taxonomy: '2025-05', domain: {}}}\n"
        "    target: {{taxonomy: '2026-01', domain: {}}}\n"
        "    reason: made up\n"
    )
    pairs = [
        ("mlops", "llmops"),
        ("gpu-kernel-library", "ai-compiler"),
        ("ai-compiler", "ai-compiler"),
        ("tool-use", "tool-use"),
        ("tool-use", "general-assistant"),
    ]
    seeds_copy.edit(
        "taxonomy_mappings.yml",
        "taxonomy_mappings: []\n",
        "taxonomy_mappings:\n" + "".join(mapping.format(*pair) for pair in pairs),
    )


def test_labels_count_in_another_version_where_the_mapping_leads_to_one_box(seeds_copy):
    second_version(seeds_copy)
    seeds = load_seeds(seeds_copy.folder)
    later = seeds.curated_domains("2026-01")
    assert later["mlflow"].domain == "llmops"
    assert in_english(later["mlflow"].reason).endswith("2025-05 maps here: made up")
    assert later["triton"].domain == later["cutlass"].domain == "ai-compiler"
    assert "browser-use" not in later  # split: nobody decided which part it went to
    assert "vllm" not in later  # its box is not mapped
    assert len(seeds.curated_domains("2025-05")) == 135


def test_a_label_of_the_version_itself_overrules_the_mapping(seeds_copy):
    second_version(seeds_copy)
    own = 'taxonomy: "2026-01"\nsource: A later landscape\nlabels:\n  - {project: mlflow, domain: evaluation-platform}\n'
    (seeds_copy.folder / "labels" / "2026-01.yml").write_text(own, encoding="utf-8")
    found = load_seeds(seeds_copy.folder).curated_domains("2026-01")
    assert (found["mlflow"].domain, in_english(found["mlflow"].reason)) == (
        "evaluation-platform",
        'label: "A later landscape"',
    )
    assert found["wandb"].domain == "llmops"


def test_a_mapping_to_a_missing_box_is_reported_with_its_line(seeds_copy):
    second_version(seeds_copy)
    seeds_copy.edit("taxonomy_mappings.yml", "domain: llmops}", "domain: nowhere}")
    [problem] = check_seeds(seeds_copy.folder)
    assert problem.message == 'taxonomy 2026-01 has no box "nowhere"'
    assert problem.file.endswith("taxonomy_mappings.yml")


# --- Agreement with the real files ---


@pytest.mark.real_files
def test_labels_are_those_of_the_published_landscape(seeds, real_table):
    project_of = seeds.project_of_name()
    published = {
        project_of[row["full_name"].lower()]: (row["layer"], row["domain"], row["subdomain"])
        for row in real_table("landscape_2025-05_labels.csv")
    }
    assert labelled_boxes(seeds) == published


@pytest.mark.real_files
def test_numbers_and_names_are_those_that_were_observed(seeds, real_table):
    observed = {
        row["full_name"].lower(): int(row["repo_id"])
        for row in real_table("github_repositories.csv")
        if row["repo_id"] and row["full_name"] != "mannaandpoem/OpenManus"
    }
    project_of = seeds.project_of_name()
    known = [repository for project in seeds.projects for repository in project.repositories]
    number_of = {name.lower(): repository.repo_id for repository in known for name in repository.names}
    assert {name: number_of[name] for name in observed} == observed
    repositories = {repository.repo_id: repository for repository in (*known, *seeds.renames)}
    for row in real_table("repository_aliases.csv"):
        repository = repositories[int(row["repo_id"])]
        assert {name.lower() for name in row["names_seen"].split("|")} <= {
            n.lower() for n in repository.names
        }
        assert (row["canonical"].lower() in project_of) == (repository in known)


@pytest.mark.real_files
def test_every_node_of_the_published_network_is_a_project(seeds, real_table):
    project_of = seeds.project_of_name()
    names = {
        row[end]
        for row in real_table("landscape_2025-05_shared_developers.csv")
        for end in ("repo_a", "repo_b")
    }
    assert len({project_of[name.lower()] for name in names}) == len(names) == 122


@pytest.mark.real_files
def test_every_known_gap_of_the_archive_is_listed(seeds, real_table):
    def hour(text: str) -> Hour | None:
        return Hour.parse(text) if text else None

    expected = [
        (hour(row["start_hour_utc"]), hour(row["end_hour_utc"]), row["kind"], row["source"])
        for row in real_table("gharchive_known_gaps.csv")
    ]
    listed = [(gap.start_hour, gap.end_hour, gap.kind, gap.source) for gap in seeds.archive_gaps]
    assert sorted(listed, key=str) == sorted(expected, key=str)
    assert [gap.start_hour for gap in seeds.archive_gaps] == sorted(
        gap.start_hour for gap in seeds.archive_gaps
    )


@pytest.mark.real_files
def test_every_technology_label_survives(seeds, real_table):
    listed = [
        (repository, area.id, domain.id if domain else "", subdomain.id if subdomain else "")
        for area in seeds.technology_areas
        for domain in (None, *area.domains)
        for subdomain in (None, *(domain.subdomains if domain else ()))
        for repository in (subdomain or domain or area).repositories
    ]
    rows = real_table("opendigger_technology_labels.csv")
    assert len(listed) == len(rows) == 3815
    assert set(listed) == {(row["repo"], row["layer"], row["domain"], row["subdomain"]) for row in rows}


@pytest.mark.real_files
def test_every_database_of_the_example_has_a_series_in_2025(real_files):
    for project in load_seeds(DATABASES).projects:
        [repository] = project.repositories
        series = real_files / "opendigger" / "github" / repository.full_name / "openrank.json"
        assert "2025-04" in json.loads(series.read_text(encoding="utf-8"))


def test_the_committed_seeds_have_no_problem():
    assert check_seeds(SEEDS) == []
    assert check_seeds(DATABASES) == []
