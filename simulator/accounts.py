"""Keys, plans, credits and concurrency."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace

from . import errors
from .behaviour import Behaviour, BehaviourError, without_stream_faults

ALL_SCOPES = ("text_to_speech", "models_read", "voices_read", "user_read")

# (standard, turbo) per plan, read by others on 2026-09-17.
_CONCURRENCY = {
    "free": (2, 4),
    "starter": (3, 6),
    "creator": (5, 10),
    "pro": (10, 20),
    "scale": (15, 30),
    "business": (15, 30),
    "enterprise": (200, 200),
}
_CREDITS = {
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
    """A key and what stands behind it."""

    key: str
    tier: str = "creator"
    scopes: tuple[str, ...] = ALL_SCOPES
    credits_used: int = 0
    credits_limit: int | None = None
    region: str = "global"
    key_id: str = ""
    bearer: str = ""
    workspace: str = ""
    concurrency: int | None = None
    behaviour: Behaviour | None = None

    @property
    def name(self) -> str:
        """What the journal calls it."""
        return self.workspace or f"workspace_of_{self.key}"

    @property
    def limit(self) -> int:
        """All credits of a month."""
        if self.credits_limit is not None:
            return self.credits_limit
        return _CREDITS.get(self.tier, 100_000)

    def slots(self, group: str) -> int:
        """How many generations may run at once."""
        if self.concurrency is not None:
            return self.concurrency
        standard, turbo = _CONCURRENCY.get(self.tier, (15, 30))
        return turbo if group == "turbo" else standard

    @classmethod
    def from_json(cls, data: object) -> Account:
        """Read an account from JSON."""
        if not isinstance(data, Mapping) or not isinstance(data.get("key"), str):
            message = "an account is an object with a key"
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


def presets() -> list[Account]:
    """Make the accounts that every simulator knows."""
    tiers = ("free", "starter", "pro", "scale", "business", "enterprise")
    plain = [Account(key=f"sk_{tier}", tier=tier) for tier in tiers]
    return [
        Account(
            key="sk_demo",
            credits_used=17_231,
            key_id="key_id_of_demo",
            bearer="bearer_of_demo",
            workspace="workspace_demo",
        ),
        *plain,
        Account(key="sk_broke", credits_used=100_000),
        Account(key="sk_low", credits_used=99_940),
        Account(key="sk_no_voices", scopes=("text_to_speech", "models_read", "user_read")),
        Account(key="sk_tts_only", scopes=("text_to_speech",)),
        Account(key="sk_read_only", scopes=("models_read", "voices_read", "user_read")),
        Account(key="sk_eu", region="eu"),
        Account(key="sk_unusual", tier="free", behaviour=Behaviour(unusual_activity=True)),
        Account(key="sk_legacy", behaviour=Behaviour(error_body="legacy")),
        Account(key="sk_seed", behaviour=Behaviour(ws_keys="seed", ws_is_final="false")),
    ]


@dataclass(slots=True)
class Customer:
    """An account while the simulator runs: what it used and what is running."""

    account: Account
    default: Behaviour
    used: int = 0
    running: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    streams: int = 0
    freed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def behaviour(self) -> Behaviour:
        """Its own behaviour, or the simulator's."""
        return self.account.behaviour or self.default

    @property
    def left(self) -> int:
        """Credits that remain."""
        return max(0, self.account.limit - self.used)

    def behave(self, behaviour: Behaviour | None) -> None:
        """Change the behaviour and start counting anew."""
        self.account = replace(self.account, behaviour=behaviour)
        self.failed = self.streams = 0

    def next_failure(self, kind: str) -> int:
        """Say with which status this request shall fail; 0 if it shall not."""
        how = self.behaviour
        wanted = how.fail_status and how.fail_routes in ("all", kind)
        if not wanted or 0 <= how.fail_requests <= self.failed:
            return 0
        self.failed += 1
        return how.fail_status

    def stream_behaviour(self, route: str) -> Behaviour:
        """Give the behaviour of one more stream."""
        how = self.behaviour
        if how.faulty_route not in ("all", route):
            return without_stream_faults(how)
        self.streams += 1
        if 0 <= how.faulty_streams < self.streams:
            return without_stream_faults(how)
        return how

    def need_credits(self, cost: int) -> None:
        """Refuse when the credits do not suffice."""
        how = self.behaviour
        if how.unusual_activity:
            raise errors.unusual_activity()
        left = 0 if how.quota else self.left
        if cost > left:
            raise errors.quota(how.quota_status, self.account.limit, left, cost)

    def charge(self, cost: int) -> None:
        """Take credits."""
        self.used += cost

    @asynccontextmanager
    async def slot(self, group: str) -> AsyncIterator[int]:
        """Hold one of the plan's slots; wait a moment for a free one."""
        limit = self.account.slots(group)
        await self._wait_for_slot(group, limit)
        self.running[group] = self.running.get(group, 0) + 1
        try:
            yield self.running[group]
        finally:
            self.running[group] -= 1
            async with self.freed:
                self.freed.notify_all()

    async def _wait_for_slot(self, group: str, limit: int) -> None:
        def free() -> bool:
            return self.running.get(group, 0) < limit

        if free():
            return
        try:
            async with asyncio.timeout(self.behaviour.queue_ms / 1000), self.freed:
                await self.freed.wait_for(free)
        except TimeoutError:
            raise errors.too_many_requests(limit) from None


class Customers:
    """All accounts of one simulator."""

    def __init__(self, default: Behaviour, region: str, accounts: list[Account]) -> None:
        self.default = default
        self._region = region
        self._by_key: dict[str, Customer] = {}
        for account in [*presets(), *accounts]:
            self.add(account)

    def add(self, account: Account) -> Customer:
        """Add or replace an account."""
        customer = Customer(account, self.default, account.credits_used)
        self._by_key[account.key] = customer
        return customer

    def all(self) -> list[Customer]:
        """List all accounts."""
        return list(self._by_key.values())

    def get(self, key: str) -> Customer | None:
        """Find an account by its key."""
        return self._by_key.get(key)

    def authenticate(self, key: str | None, bearer: str | None = None) -> Customer:
        """Find the account of a key or bearer token, or refuse."""
        if not key and not bearer:
            raise errors.missing_key()
        found = self._by_key.get(key) if key else self._by_bearer(bearer or "")
        if found is None:
            if key and any(key == c.account.key_id for c in self._by_key.values()):
                raise errors.key_id_used()
            raise errors.invalid_key()
        if found.account.region != self._region:
            raise errors.invalid_key()
        return found

    def _by_bearer(self, value: str) -> Customer | None:
        token = value.removeprefix("Bearer ").strip()
        for customer in self._by_key.values():
            if token and token in (customer.account.bearer, customer.account.key):
                return customer
        return None
