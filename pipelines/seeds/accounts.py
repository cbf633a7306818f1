"""Which accounts are no persons: what people judged, and OpenDigger's list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import Field, NonNegativeInt, PositiveInt, StringConstraints, model_validator

from pipelines.seeds.entries import Account, Day, Entry, Identifier, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

Login = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\[[A-Za-z]+\])?$")]
AccountClass = Literal["unknown", "agent", "bot", "person"]
ACCOUNT_CLASSES: tuple[AccountClass, ...] = get_args(AccountClass)
"""Where the login of an account says one class and its number another, the earlier one counts."""


class Evidence(Entry):
    """Why an account is held for what it is."""

    id: Identifier
    source: Text
    date: Day
    """Day of the source, or day of the judgement."""


class JudgedAccount(Entry):
    """An account that people judged."""

    login: Login | None = None
    actor_ids: tuple[NonNegativeInt, ...] = ()
    """GitHub's numbers, where known."""
    account_class: AccountClass
    reason: Text
    evidence: Identifier

    @model_validator(mode="after")
    def _fits_some_account(self) -> Self:
        if self.login is None and not self.actor_ids:
            raise ValueError("an account needs a login or a number")
        return self


class BotSuffix(Entry):
    """An ending of logins, in any case, that only bots have."""

    suffix: Text
    reason: Text
    evidence: Identifier


class AccountsFile(Entry):
    """``upstreams/accounts.yml``: accounts that are no persons."""

    account_evidence: tuple[Evidence, ...] = Field(min_length=1)
    bot_suffixes: tuple[BotSuffix, ...]
    accounts: tuple[JudgedAccount, ...]


class ListedBot(Entry):
    """A row of OpenDigger's list."""

    platform: Literal["GitHub", "Gitee", "AtomGit"]
    actor_id: PositiveInt
    login: Account

    @property
    def keys(self) -> tuple[int | str, ...]:
        """Number, and login in lower case."""
        return self.actor_id, self.login.lower()


class OpenDiggerBots(Entry):
    """OpenDigger's list of bots."""

    source: Text
    date: Day
    accounts: tuple[ListedBot, ...]


class OpenDiggerBotsFile(Entry):
    """``upstreams/opendigger_bots.yml``: bots by OpenDigger."""

    opendigger_bots: OpenDiggerBots


@dataclass(frozen=True, slots=True)
class AccountRule:
    """The class of the accounts that have a number or a login.

    Attributes
    ----------
    actor_id
        GitHub's number; None where it is not known.
    login
        As its source spells it; None where only the number is known.
    account_class, reason, evidence_source, evidence_date
        What the account is, and why.
    is_suffix
        True if `login` is the ending of logins.
    """

    actor_id: int | None
    login: str | None
    account_class: AccountClass
    reason: str
    evidence_source: str
    evidence_date: date
    is_suffix: bool = False

    @property
    def login_key(self) -> str | None:
        """The login in lower case."""
        return None if self.login is None else self.login.lower()

    @property
    def keys(self) -> tuple[int | str, ...]:
        """Number and login in lower case, those that are known."""
        return tuple(key for key in (self.actor_id, self.login_key) if key is not None)


def account_rules(judgements: AccountsFile, listed: OpenDiggerBots) -> tuple[AccountRule, ...]:
    """Settle what people judged and what OpenDigger lists.

    A row of the list that has the login or the number of a judged account follows the judgement, and so does every
    row that has the other one of such a row. Rows of other platforms are left out: their numbers are not GitHub's.

    Returns
    -------
    tuple of AccountRule
        Endings of logins first, then by login and number.
    """
    rules = list(_judged_rules(judgements))
    settled: dict[int | str, AccountRule] = {}
    for rule in rules:
        settled |= {key: rule for key in rule.keys if not rule.is_suffix}
    waiting = [bot for bot in listed.accounts if bot.platform == "GitHub"]
    while following := [bot for bot in waiting if not settled.keys().isdisjoint(bot.keys)]:
        waiting = [bot for bot in waiting if settled.keys().isdisjoint(bot.keys)]
        for bot in following:
            judged = min(
                (settled[key] for key in bot.keys if key in settled),
                key=lambda rule: ACCOUNT_CLASSES.index(rule.account_class),
            )
            rules.append(replace(judged, actor_id=bot.actor_id, login=bot.login))
            settled = dict.fromkeys(bot.keys, judged) | settled
    rules += (
        AccountRule(
            actor_id=bot.actor_id,
            login=bot.login,
            account_class="bot",
            reason="A bot by OpenDigger's labels",
            evidence_source=listed.source,
            evidence_date=listed.date,
        )
        for bot in waiting
    )
    return _each_once(rules)


def _each_once(rules: Iterable[AccountRule]) -> tuple[AccountRule, ...]:
    """Each account once, and without its number only where no rule has it."""
    first: dict[tuple[int | str, ...], AccountRule] = {}
    for rule in rules:
        first.setdefault((*rule.keys, rule.is_suffix), rule)
    numbered = {rule.login_key for rule in first.values() if rule.actor_id is not None}
    kept = [
        rule
        for rule in first.values()
        if rule.is_suffix or rule.actor_id is not None or rule.login_key not in numbered
    ]
    return tuple(
        sorted(kept, key=lambda rule: (not rule.is_suffix, rule.login_key or "", rule.actor_id or 0))
    )


def _judged_rules(judgements: AccountsFile) -> Iterator[AccountRule]:
    evidence = {one.id: one for one in judgements.account_evidence}
    for ending in judgements.bot_suffixes:
        why = evidence[ending.evidence]
        yield AccountRule(None, ending.suffix, "bot", ending.reason, why.source, why.date, is_suffix=True)
    for judged in judgements.accounts:
        why = evidence[judged.evidence]
        for actor_id in judged.actor_ids or (None,):
            yield AccountRule(
                actor_id, judged.login, judged.account_class, judged.reason, why.source, why.date
            )
