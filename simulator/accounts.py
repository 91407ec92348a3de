"""Accounts: API keys, plans, credits, and concurrent requests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
import sys
from typing import Literal

from . import api_errors
from .behaviour import Behaviour, BehaviourError, without_stream_faults

ALL_SCOPES = (
    "text_to_speech",
    "models_read",
    "voices_read",
    "user_read",
    "pronunciation_dictionaries_read",
)

# Standard and turbo models for each plan; docs/protocol.md, "Latency and concurrency".
_CONCURRENCY_LIMITS = {
    "free": (2, 4),
    "starter": (3, 6),
    "creator": (5, 10),
    "pro": (10, 20),
    "scale": (15, 30),
    "business": (15, 30),
    "enterprise": (200, 200),
}
# Those of Pro and Scale are known; docs/protocol.md, "Text to dialogue".
_DIALOGUE_SESSIONS = {
    "free": 2,
    "starter": 3,
    "creator": 35,
    "pro": 70,
    "scale": 105,
    "business": 105,
    "enterprise": 200,
}
_CHARACTER_LIMITS = {
    "free": 10_000,
    "starter": 30_000,
    "creator": 100_000,
    "pro": 500_000,
    "scale": 2_000_000,
    "business": 11_000_000,
    "enterprise": 100_000_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An API key with its plan, permissions, and credits."""

    key: str
    tier: str = "creator"
    scopes: tuple[str, ...] = ALL_SCOPES
    credits_used: int = 0
    credits_limit: int | None = None
    credits_extension: int | Literal["unlimited"] = 0
    status: str = ""
    region: str = "global"
    key_id: str = ""
    bearer: str = ""
    workspace: str = ""
    concurrency: int | None = None
    sessions: int | None = None
    behaviour: Behaviour | None = None

    @property
    def name(self) -> str:
        """Return the name of the account in the journal."""
        return self.workspace or f"workspace_of_{self.key}"

    @property
    def character_limit(self) -> int:
        """Return the credits per month."""
        if self.credits_limit is not None:
            return self.credits_limit
        return _CHARACTER_LIMITS.get(self.tier, 100_000)

    def concurrency_limit(self, group: str) -> int:
        """Return how many requests of a concurrency group can run at a time."""
        if self.concurrency is not None:
            return self.concurrency
        standard, turbo = _CONCURRENCY_LIMITS.get(self.tier, (15, 30))
        return turbo if group == "turbo" else standard

    @property
    def session_limit(self) -> int:
        """Return how many dialogue sessions can be open at a time."""
        if self.sessions is not None:
            return self.sessions
        return _DIALOGUE_SESSIONS.get(self.tier, 105)

    @classmethod
    def from_json(cls, data: object) -> Account:
        """Return the account that a JSON object describes."""
        if not isinstance(data, Mapping) or not isinstance(data.get("key"), str):
            message = "an account must be an object with a key"
            raise BehaviourError(message)
        known = {item.name for item in fields(cls)}
        if unknown := sorted(set(data) - known):
            message = f"unknown field of an account: {', '.join(map(str, unknown))}"
            raise BehaviourError(message)
        values = dict(data)
        if values.get("behaviour") is not None:
            values["behaviour"] = Behaviour.from_json(values["behaviour"])
        values["scopes"] = tuple(values.get("scopes", ALL_SCOPES))
        return cls(**values)


def _without(scope: str) -> tuple[str, ...]:
    return tuple(one for one in ALL_SCOPES if one != scope)


def preset_accounts() -> list[Account]:
    """Return the accounts that every simulator has."""
    tiers = ("free", "starter", "pro", "scale", "business", "enterprise")
    return [
        Account(
            key="sk_demo",
            credits_used=17_231,
            key_id="key_id_of_demo",
            bearer="bearer_of_demo",
            workspace="workspace_demo",
        ),
        *(Account(key=f"sk_{tier}", tier=tier) for tier in tiers),
        Account(key="sk_broke", credits_used=100_000),
        Account(key="sk_low", credits_used=99_940),
        Account(key="sk_no_voices", scopes=_without("voices_read")),
        Account(key="sk_tts_only", scopes=("text_to_speech",)),
        Account(key="sk_read_only", scopes=_without("text_to_speech")),
        Account(key="sk_eu", region="eu"),
        Account(key="sk_unusual", tier="free", behaviour=Behaviour(unusual_activity=True)),
        Account(key="sk_legacy", behaviour=Behaviour(error_body="legacy")),
        Account(key="sk_seed", behaviour=Behaviour(ws_keys="seed", ws_is_final="false")),
    ]


@dataclass(slots=True)
class AccountState:
    """An account while the simulator runs: spent credits, requests, and dialogue sessions."""

    account: Account
    default_behaviour: Behaviour
    credits_used: int = 0
    concurrent_requests: dict[str, int] = field(default_factory=dict)
    failed_requests: int = 0
    stream_count: int = 0
    open_dialogues: set[str] = field(default_factory=set)
    """The IDs of the requests that hold a dialogue session."""
    slot_released: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def behaviour(self) -> Behaviour:
        """Return the account's own behaviour, or the simulator's."""
        return self.account.behaviour or self.default_behaviour

    @property
    def credits_left(self) -> int:
        """Return the remaining credits."""
        if self.account.credits_extension == "unlimited":
            return sys.maxsize
        limit = self.account.character_limit + self.account.credits_extension
        return max(0, limit - self.credits_used)

    def behave(self, behaviour: Behaviour | None) -> None:
        """Set the behaviour and restart the counts of failures and streams."""
        self.account = replace(self.account, behaviour=behaviour)
        self.reset_counts()

    def reset_counts(self) -> None:
        """Restart the counts of failures and streams."""
        self.failed_requests = self.stream_count = 0

    def next_fail_status(self, route: str) -> int:
        """Return the status with which the next request fails, or 0 if it doesn't."""
        behaviour = self.behaviour
        affected = behaviour.fail_status and behaviour.fail_routes in ("all", route)
        if not affected or 0 <= behaviour.fail_requests <= self.failed_requests:
            return 0
        self.failed_requests += 1
        return behaviour.fail_status

    @property
    def is_gone(self) -> bool:
        """Whether no connection is accepted any more."""
        return 0 <= self.behaviour.gone_after <= self.stream_count

    def next_stream_behaviour(self, route: str) -> Behaviour:
        """Return the behaviour of the next stream."""
        behaviour = self.behaviour
        if behaviour.faulty_route not in ("all", route):
            return without_stream_faults(behaviour)
        if self.is_gone:
            return replace(behaviour, drop_after=0)
        self.stream_count += 1
        if 0 <= behaviour.faulty_streams < self.stream_count:
            return without_stream_faults(behaviour)
        return behaviour

    def require_credits(self, cost: int) -> None:
        """Raise an error if the account can't pay the cost."""
        behaviour = self.behaviour
        if behaviour.unusual_activity:
            raise api_errors.unusual_activity()
        left = 0 if behaviour.quota else self.credits_left
        if cost > left:
            limit = self.account.character_limit
            raise api_errors.quota_exceeded(behaviour.quota_status, limit, left, cost)

    def charge_credits(self, cost: int) -> None:
        """Charge credits."""
        self.credits_used += cost

    def open_dialogue(self, request_id: str) -> None:
        """Hold one of the plan's dialogue sessions for a request, or raise an error."""
        limit = self.account.session_limit
        if len(self.open_dialogues - {request_id}) >= limit:
            raise api_errors.dialogue_sessions_exceeded(limit)
        self.open_dialogues.add(request_id)

    def close_dialogue(self, request_id: str) -> None:
        """Release the session of a request, if it holds one."""
        self.open_dialogues.discard(request_id)

    @asynccontextmanager
    async def concurrency_slot(self, group: str) -> AsyncIterator[int]:
        """Hold one of the plan's slots and yield how many are taken."""
        await self._wait_for_slot(group, self.account.concurrency_limit(group))
        self.concurrent_requests[group] = self.concurrent_requests.get(group, 0) + 1
        try:
            yield self.concurrent_requests[group]
        finally:
            self.concurrent_requests[group] -= 1
            async with self.slot_released:
                self.slot_released.notify_all()

    async def _wait_for_slot(self, group: str, limit: int) -> None:
        def is_free() -> bool:
            return self.concurrent_requests.get(group, 0) < limit

        if is_free():
            return
        try:
            async with asyncio.timeout(self.behaviour.queue_ms / 1000), self.slot_released:
                await self.slot_released.wait_for(is_free)
        except TimeoutError:
            raise api_errors.concurrent_limit_exceeded(limit) from None


class AccountRegistry:
    """All accounts of a simulator."""

    def __init__(self, default: Behaviour, region: str, accounts: list[Account]) -> None:
        self._default_behaviour = default
        self._region = region
        self._by_key: dict[str, AccountState] = {}
        for account in [*preset_accounts(), *accounts]:
            self.add_account(account)

    def add_account(self, account: Account) -> AccountState:
        """Add or replace an account."""
        state = AccountState(account, self._default_behaviour, account.credits_used)
        self._by_key[account.key] = state
        return state

    def remove_account(self, key: str) -> None:
        """Remove an account."""
        del self._by_key[key]

    def list_accounts(self) -> list[AccountState]:
        """Return all accounts."""
        return list(self._by_key.values())

    def find_account(self, key: str) -> AccountState | None:
        """Return the account of an API key."""
        return self._by_key.get(key)

    def set_default_behaviour(self, behaviour: Behaviour) -> None:
        """Set the behaviour toward accounts without one of their own."""
        self._default_behaviour = behaviour
        for state in self._by_key.values():
            state.default_behaviour = behaviour
            state.reset_counts()

    def authenticate(self, key: str | None, bearer: str | None = None) -> AccountState:
        """Return the account of an API key or bearer token, or raise an error."""
        if not key and not bearer:
            raise api_errors.missing_api_key()
        found = self._by_key.get(key) if key else self._find_by_bearer(bearer or "")
        if found is None:
            if key and any(key == state.account.key_id for state in self._by_key.values()):
                raise api_errors.api_key_id_used()
            raise api_errors.invalid_api_key()
        if found.account.region != self._region:
            raise api_errors.invalid_api_key()
        return found

    def _find_by_bearer(self, value: str) -> AccountState | None:
        token = value.removeprefix("Bearer ").strip()
        for state in self._by_key.values():
            if token and token in (state.account.bearer, state.account.key):
                return state
        return None
