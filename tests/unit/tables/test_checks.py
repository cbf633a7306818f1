"""Rules across tables: each is broken on purpose and must say so."""

from __future__ import annotations

import pytest

from pipelines.tables.checks import CROSS_RULES, check_all, check_table

SPOILED = {
    ("project_repos", "project_id is in projects"): "UPDATE mart.project_repos SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_metrics_monthly", "project_id is in projects"): "UPDATE mart.project_metrics_monthly SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("openrank_parts", "project_id is in projects"): "UPDATE mart.openrank_parts SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("openrank_parts", "the parts of a value add up to it"): "DELETE FROM mart.openrank_parts WHERE project_id = 'vllm' AND part = 'issue_comment'",
    ("source_capture_monthly", "project_id is in projects"): "UPDATE mart.source_capture_monthly SET project_id = 'nobody' WHERE project_id = 'milvus'",
    ("source_capture_monthly", "metric_id is in metric_catalog"): "UPDATE mart.source_capture_monthly SET metric_id = 'nothing'",
    ("source_capture_monthly", "source is in data_sources"): "UPDATE mart.source_capture_monthly SET source = 'nobodys'",
    ("project_openrank_monthly", "project_id is in projects"): "UPDATE mart.project_openrank_monthly SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("fact_coverage", "project_id is in projects"): "UPDATE mart.fact_coverage SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_domains", "project_id is in projects"): "UPDATE mart.project_domains SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("published_figures", "project_id is in projects"): "UPDATE mart.published_figures SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("landscape_members", "project_id is in projects"): "UPDATE mart.landscape_members SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_rankings", "project_id is in projects"): "UPDATE mart.project_rankings SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("collaboration_edges", "project_a is in projects"): "UPDATE mart.collaboration_edges SET project_a = 'aaa' WHERE project_a = 'ollama'",
    ("collaboration_edges", "project_b is in projects"): "UPDATE mart.collaboration_edges SET project_b = 'zzz' WHERE project_b = 'vllm'",
    ("technology_area_annual", "area is in technology_areas"): "DELETE FROM mart.technology_areas WHERE area = 'ai'",
    ("scope_openrank_monthly", "sums and counts follow from the labels and the values"): "UPDATE mart.project_openrank_monthly SET openrank = openrank + 1 WHERE project_id = 'vllm'",
    ("project_metrics_monthly", "metric_id is in metric_catalog"): "DELETE FROM mart.metric_catalog WHERE metric_id = 'stars'",
    **{
        (table, "source is in data_sources"): "UPDATE mart." + table + " SET source = 'hearsay'"
        for table in (
            "projects",
            "project_metrics_monthly",
            "repo_openrank_monthly",
            "openrank_months",
            "openrank_parts",
            "repo_series_extents",
            "collaboration_windows",
            "collaboration_edges",
            "graph_nodes",
            "graph_communities",
            "domain_connectivity",
            "graph_summary",
            "repository_edges",
            "edge_evidence",
            "exploration_candidates",
            "project_annotations",
            "data_coverage",
            "metric_catalog",
            "refresh_runs",
        )
    },
    ("collaboration_edges", "a pair occurs once per window and source"): "INSERT INTO mart.collaboration_edges FROM mart.collaboration_edges LIMIT 1",
    ("collaboration_edges", "chance follows from the sizes and the window"): "UPDATE mart.collaboration_edges SET expected_people_count = expected_people_count + 1 WHERE project_a = 'ollama'",
    ("repository_edges", "chance follows from the sizes and the window"): "UPDATE mart.collaboration_windows SET window_end = window_end + 1 WHERE level = 'repository'",
    ("edge_evidence", "every edge of events is opened, by each of its people once"): "DELETE FROM mart.edge_evidence WHERE project_a = 'sglang' AND rank = 1",
    ("project_rankings", "ranks follow the mean, without a hole at the top"): "UPDATE mart.project_rankings SET rank = rank + 1",
    ("project_metrics_monthly", "no value is of a simulated source"): "UPDATE mart.project_metrics_monthly SET source = 'gharchive-simulated' WHERE project_id = 'vllm'",
    ("repo_openrank_monthly", "values from simulated events have a source of their own and no repository number"): "UPDATE mart.repo_openrank_monthly SET source = 'gharchive-simulated' WHERE repo_full_name LIKE 'vllm%'",
    ("repo_openrank_monthly", "a computed value is part of a month that was computed from the same kind of events"): "UPDATE mart.repo_openrank_monthly SET source = 'computed' WHERE source = 'computed-simulated' AND repo_full_name LIKE 'vllm%'",
    ("openrank_months", "what flows is kept: out-weights sum to 1, and as much flows in as out"): "UPDATE mart.openrank_months SET balance_error = 1e-6",
    ("openrank_months", "a month is carried on from all that were computed before it"): "UPDATE mart.openrank_months SET carried_months_count = 1",
    ("openrank_comparison", "only months from real events are compared"): "INSERT INTO mart.openrank_comparison SELECT month, vintage, 'v2', 10, 0.9, 1, 1, 1 FROM mart.openrank_months",
    ("project_metrics_monthly", "one vintage a source and metric"): "UPDATE mart.project_metrics_monthly SET vintage = 'v3' WHERE project_id = 'vllm' AND metric_id = 'openrank'",
    ("project_repos", "each project has exactly one current name per repository number"): "UPDATE mart.project_repos SET is_current = true",
    ("landscape_members", "every mean can be recomputed from monthly values"): "UPDATE mart.project_openrank_monthly SET openrank = openrank + 1 WHERE project_id = 'vllm'",
    ("data_coverage", "an hour that was not read is never counted"): "UPDATE mart.data_coverage SET observed_count = 0, detail = 'missing'",
    ("project_rankings", "exactly the members of the default profile are listed, with their mean"): "DELETE FROM mart.project_rankings",
    ("project_rankings", "the relative change is the change over the earlier mean"): "UPDATE mart.project_rankings SET openrank_yoy_ratio = 99",
    ("landscape_members", "every candidate has a verdict at the as-of month"): "DELETE FROM mart.landscape_members WHERE project_id = 'vllm'",
    ("projects", "there are projects"): "DELETE FROM mart.projects",
    ("project_repos", "each project has a current name"): "UPDATE mart.project_repos SET is_current = false WHERE project_id = 'vllm'",
    ("projects", "no row is of a simulated source"): "UPDATE mart.projects SET source = 'gharchive-simulated' WHERE project_id = 'vllm'",
    ("repo_series_extents", "no row is of a simulated source"): "UPDATE mart.repo_series_extents SET source = 'gharchive-simulated' WHERE repo_full_name LIKE 'vllm%'",
    ("membership_watch_list", "project_id is in projects"): "UPDATE mart.membership_watch_list SET project_id = 'nobody' WHERE project_id = 'scira'",
    ("project_rankings_by_scope", "project_id is in projects"): "UPDATE mart.project_rankings_by_scope SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_ranks_monthly", "project_id is in projects"): "UPDATE mart.project_ranks_monthly SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("landscape_changes", "project_id is in projects"): "UPDATE mart.landscape_changes SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_rankings_by_scope", "the whole landscape over the same window is project_rankings"): "UPDATE mart.project_rankings SET openrank_prior_mean = NULL WHERE project_id = 'vllm'",
    ("project_rankings_by_scope", "ranks follow the value in each scope"): "UPDATE mart.project_rankings_by_scope SET rank = rank + 1 WHERE scope_value = 'Workflow'",
    ("project_ranks_monthly", "ranks follow the value in each scope"): "UPDATE mart.project_ranks_monthly SET openrank = 0 WHERE project_id = 'dify' AND scope = 'domain'",
    ("project_rankings_by_scope", "a project of a scope has that label"): "UPDATE mart.project_rankings_by_scope SET scope_value = 'Catalog' WHERE scope_value = 'Workflow'",
    ("project_ranks_monthly", "a project of a scope has that label"): "UPDATE mart.project_ranks_monthly SET taxonomy_version = NULL WHERE scope_value = 'Workflow'",
    ("project_ranks_monthly", "every monthly value is listed once in the whole landscape"): "DELETE FROM mart.project_ranks_monthly WHERE project_id = 'vllm' AND month = DATE '2025-04-01'",
    ("project_rankings", "who is ranked is ranked among enough known ones"): "UPDATE mart.project_rankings SET known_projects_count = 3 WHERE as_of_month = DATE '2025-04-01'",
    ("project_rankings_by_scope", "who is ranked is ranked among enough known ones"): "UPDATE mart.project_rankings_by_scope SET existing_projects_count = 9999",
    ("project_ranks_monthly", "who is ranked is ranked among enough known ones"): "UPDATE mart.project_ranks_monthly SET rank = 1 WHERE month = DATE '2026-07-01'",
    ("domain_growth", "a domain or subdomain occurs once per as-of month"): "INSERT INTO mart.domain_growth FROM mart.domain_growth WHERE domain = 'MLOps'",
    ("domain_growth", "counts and growth follow from the row and the labels"): "UPDATE mart.domain_growth SET growth_ratio = 0.7222 WHERE subdomain = 'Workflow'",
    ("landscape_changes", "kept and new are the landscape after, kept and dropped the one before"): "DELETE FROM mart.landscape_changes WHERE kind = 'new'",
    ("membership_watch_list", "who is watched has that verdict and mean"): "UPDATE mart.membership_watch_list SET is_member = true WHERE project_id = 'scira'",
    ("project_status", "project_id is in projects"): "UPDATE mart.project_status SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_annotations", "project_id is in projects"): "UPDATE mart.project_annotations SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("project_status", "every project created by a day has a status on it"): "DELETE FROM mart.project_status WHERE project_id = 'zenml' AND as_of = DATE '2025-05-20'",
    ("project_status", "no observation it rests on is simulated"): "UPDATE core.project_observations SET source = 'gharchive-simulated' WHERE project_id = 'bloop'",
    ("project_status", "recent OpenRank follows from the monthly values"): "UPDATE mart.project_status SET has_recent_openrank = true WHERE project_id = 'babyagi'",
    ("survival_curves", "survival is the product of the shares that lived on"): "UPDATE mart.survival_curves SET ended_count = 2 WHERE grouping = 'cohort' AND group_value = '2022' AND ended_count = 1",
    ("graph_nodes", "project_id is in projects"): "UPDATE mart.graph_nodes SET project_id = 'nobody' WHERE project_id = 'vllm'",
    ("graph_nodes", "a project occurs once per window and source"): "INSERT INTO mart.graph_nodes FROM mart.graph_nodes LIMIT 1",
    ("graph_nodes", "a place occurs once per window and source"): "UPDATE mart.graph_nodes SET x = 0, y = 0 WHERE project_id IN ('vllm', 'ollama')",
    ("graph_nodes", "degrees follow from the edges"): "UPDATE mart.graph_nodes SET weighted_degree = weighted_degree + 1 WHERE project_id = 'vllm'",
    ("graph_nodes", "every labelled project is in every network"): "DELETE FROM mart.graph_nodes WHERE project_id = 'zenml' AND window_end IS NULL",
    ("graph_communities", "a community occurs once per window and source"): "INSERT INTO mart.graph_communities FROM mart.graph_communities LIMIT 1",
    ("graph_communities", "its projects are those of graph_nodes"): "UPDATE mart.graph_nodes SET community = 1 WHERE community = 5",
    ("domain_connectivity", "a box occurs once per window and source"): "INSERT INTO mart.domain_connectivity FROM mart.domain_connectivity LIMIT 1",
    ("domain_connectivity", "counts and means follow from graph_nodes and the labels"): "UPDATE mart.domain_connectivity SET degree_mean = 33 WHERE subdomain = 'Inference Engine'",
    ("graph_summary", "a network occurs once per window and source"): "INSERT INTO mart.graph_summary FROM mart.graph_summary LIMIT 1",
    ("graph_summary", "its counts are those of graph_nodes"): "UPDATE mart.graph_summary SET isolated_count = 13 WHERE window_end IS NULL",
    ("exploration_candidates", "project_id is in projects"): "UPDATE mart.exploration_candidates SET project_id = 'nobody' WHERE rank = 1",
    ("exploration_candidates", "ranks of a hop follow the association"): "UPDATE mart.exploration_candidates SET rank = rank + 1",
    ("exploration_candidates", "a path leads through what the hop before found and may lead on"): "UPDATE mart.exploration_candidates SET hop = 2, path = list_prepend('nobody/nothing', path) WHERE rank = 2",
    ("exploration_candidates", "the association follows from the counts"): "UPDATE mart.exploration_candidates SET association = 1 WHERE rank = 1",
    ("landscape_members", "profile is in membership_profiles"): "DELETE FROM mart.membership_profiles",
    ("membership_watch_list", "profile is in membership_profiles"): "DELETE FROM mart.membership_profiles",
    ("landscape_changes", "profile_before is in membership_profiles"): "UPDATE mart.landscape_changes SET profile_before = 'nobodys'",
    ("landscape_changes", "profile_after is in membership_profiles"): "UPDATE mart.landscape_changes SET profile_after = 'nobodys'",
    ("metadata", "membership_profile is in membership_profiles"): "UPDATE mart.metadata SET membership_profile = 'nobodys'",
    ("project_status", "policy is in graveyard_policies"): "DELETE FROM mart.graveyard_policies",
    ("edge_evidence", "project_a is in projects"): "UPDATE mart.edge_evidence SET project_a = 'aaa'",
    ("edge_evidence", "project_b is in projects"): "UPDATE mart.edge_evidence SET project_b = 'zzz'",
    ("account_classes", "each account is listed once"): "INSERT INTO mart.account_classes FROM mart.account_classes LIMIT 1",
    ("account_classes", "evidence of edges names persons alone"): "UPDATE mart.edge_evidence SET actor_login = 'claude'",
    ("metadata", "one row"): "INSERT INTO mart.metadata FROM mart.metadata",
}  # fmt: skip


def test_the_sample_passes_every_check(spoilable_build):
    results = check_all(spoilable_build)
    assert [str(result) for result in results if not result.has_passed] == []
    assert len(results) > len(CROSS_RULES)


def test_every_rule_is_spoiled_below():
    assert {(rule.table, rule.name) for rule in CROSS_RULES} == SPOILED.keys()


@pytest.mark.parametrize(("table", "rule"), SPOILED, ids=lambda text: text.replace(" ", "_"))
def test_each_rule_sees_what_breaks_it(spoilable_build, table, rule):
    spoilable_build.execute(SPOILED[table, rule])
    broken = [result for result in check_table(spoilable_build, table) if result.rule == rule]
    assert len(broken) == 1
    assert broken[0].failed_count > 0
    assert broken[0].samples
