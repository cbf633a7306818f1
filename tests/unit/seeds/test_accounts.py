"""Which accounts are no persons: judgements, OpenDigger's list, and the class of an account by number and login."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipelines.seeds import load_seeds
from pipelines.seeds.accounts import (
    AccountsFile,
    BotSuffix,
    Evidence,
    JudgedAccount,
    ListedBot,
    OpenDiggerBots,
    account_rules,
)
from tests.conftest import CHECKOUT
from tests.unit.tables.test_edges import staged

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = load_seeds(CHECKOUT / "seeds")

CLASSES = [
    (1, "octocat", "person"),
    (1, "ClauDE", "agent"),
    (1, "copilot-swe-agent", "agent"),
    (1, "copilot-swe-agent[bot]", "agent"),
    (1, "Copilot", "agent"),
    (1, "github-actions", "bot"),
    (1, "github-actions[bot]", "bot"),
    (1, "any-app[BOT]", "bot"),
    (1, "dependabot", "bot"),
    (1, "renovate-bot", "bot"),
    (1, "ghost", "unknown"),
    (10137, "a-name-that-ghost-never-had", "unknown"),
    (0, "octocat", "unknown"),
    (1, "", "unknown"),
    (1, None, "unknown"),
    (None, "octocat", "unknown"),
]


def test_the_class_of_an_account_follows_from_its_number_or_its_login(tmp_path: Path):
    with staged(tmp_path) as (_build, connection):
        found = [
            connection.execute(
                "SELECT staging.class_of(?::BIGINT, lower(?)), staging.is_person(?::BIGINT, lower(?))",
                [actor_id, login, actor_id, login],
            ).fetchone()
            for actor_id, login, _ in CLASSES
        ]
    assert found == [(account_class, account_class == "person") for _, _, account_class in CLASSES]


def judged(login: str, account_class: str, *actor_ids: int) -> JudgedAccount:
    return JudgedAccount.model_validate(
        {
            "login": login,
            "actor_ids": actor_ids,
            "account_class": account_class,
            "reason": "a test",
            "evidence": "e",
        }
    )


def settled(
    *accounts: JudgedAccount, listed: list[tuple[str, int, str]]
) -> dict[tuple[int | None, str], str]:
    file = AccountsFile(
        account_evidence=(Evidence.model_validate({"id": "e", "source": "a test", "date": "2026-01-01"}),),
        bot_suffixes=(BotSuffix(suffix="[bot]", reason="a test", evidence="e"),),
        accounts=accounts,
    )
    bots = OpenDiggerBots.model_validate(
        {
            "source": "a list",
            "date": "2026-07-21",
            "accounts": tuple(
                ListedBot(platform=platform, actor_id=actor_id, login=login)  # type: ignore[arg-type]
                for platform, actor_id, login in listed
            ),
        }
    )
    return {
        (rule.actor_id, rule.login or ""): rule.account_class
        for rule in account_rules(file, bots)
        if not rule.is_suffix
    }


def test_a_judgement_wins_over_the_list_by_login_and_by_number():
    found = settled(
        judged("busy", "person"),
        judged("helper", "agent", 7),
        listed=[("GitHub", 5, "Busy"), ("GitHub", 7, "other-login"), ("GitHub", 9, "robot")],
    )
    assert found == {
        (5, "Busy"): "person",
        (7, "helper"): "agent",
        (7, "other-login"): "agent",
        (9, "robot"): "bot",
    }


def test_numbers_of_other_platforms_are_not_those_of_github():
    assert settled(listed=[("Gitee", 5, "robot"), ("GitHub", 6, "other")]) == {(6, "other"): "bot"}


def test_every_account_says_why():
    for rule in SEEDS.account_rules:
        assert rule.reason, rule
        assert rule.evidence_source, rule
        assert date(2026, 1, 1) <= rule.evidence_date <= date(2027, 1, 1), rule


def test_the_list_of_opendigger_is_taken_in():
    assert sum(rule.evidence_source == SEEDS.opendigger_bots.source for rule in SEEDS.account_rules) > 800


def test_the_published_table_holds_every_account_once(landscape):
    rows = landscape.execute("SELECT actor_id, login, account_class FROM account_classes").fetchall()
    assert len(rows) == len(set(rows)) == len(SEEDS.account_rules)
    assert (10137, "ghost", "unknown") in rows
