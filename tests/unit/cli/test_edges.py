"""`landscape edges` on the sample: neighbours, the people of an edge, and clear answers."""

from __future__ import annotations

import pytest

SIMULATED = ("--source", "gharchive-simulated")


def test_the_published_network_comes_first_and_states_shared_people_only(rows):
    found = rows("edges", "--top", "2")
    assert [(row["project_a"], row["project_b"], row["shared_people_count"]) for row in found] == [
        ("sglang", "vllm", 810),
        ("ollama", "open-webui", 763),
    ]
    assert found[0]["expected_people_count"] is None
    assert len(rows("edges")) == 897


def test_neighbours_of_a_project_on_either_side_of_the_pair(rows):
    found = rows("edges", "--project", "vllm")
    assert len(found) == 88
    assert found[0]["neighbour"] == "sglang"
    strengths = [row["shared_people_count"] for row in found]
    assert strengths == sorted(strengths, reverse=True)


def test_expected_people_are_shown_with_shared_people(rows):
    nearest = rows("edges", "--project", "vllm", *SIMULATED)[0]
    assert nearest["shared_people_count"] == 81
    assert nearest["expected_people_count"] == pytest.approx(31.700054)
    assert nearest["association"] == pytest.approx(81 / (329 * 1062) ** 0.5)
    assert nearest["p_value"] == pytest.approx(1.84e-13, rel=1e-2)


def test_an_edge_opens_to_its_people_in_any_order(run, rows):
    found = rows("edges", "--between", "vllm", "sglang")
    assert len(found) == 81
    assert found == rows("edges", "--between", "sglang", "vllm", *SIMULATED)
    assert found[0]["actor_login"].startswith("sim-")
    told = run("edges", "--between", "vllm", "sglang").stderr
    assert "Source: gharchive-simulated (simulated)" in told
    assert "a: sglang; b: vllm; 81 people, 0 of them not listed" in told


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--project", "vlm"), 'did you mean "vllm"'),
        (("--between", "vllm", "nobody"), 'there is no project "nobody"'),
        (("--between", "vllm", "sglang", "--source", "landscape_2025-05"), "there are gharchive-simulated"),
        (("--between", "vllm", "sglang", "--project", "vllm"), "not both"),
    ],
)
def test_a_question_about_an_absent_edge_is_refused(run, arguments: tuple[str, ...], answer: str):
    finished = run("edges", *arguments)
    assert finished.exit_code == 2
    assert answer in " ".join(finished.stderr.replace("│", "").split())


def test_a_project_without_edges_says_so(run):
    assert "has no edge there" in run("edges", "--project", "babyagi").stderr
