"""The state of the simulator, without its web server."""

import asyncio
from collections.abc import Sequence

from .accounts import Account, Customer, Customers
from .behaviour import Behaviour
from .catalogue import Catalogue
from .engine import Engine
from .journal import Journal
from .requests import History, Reader


class SimulatorState:
    """Accounts, voices, behaviour, and the journal, which every handler uses."""

    def __init__(
        self,
        behaviour: Behaviour,
        accounts: Sequence[Account],
        region: str,
        extra_voices: int,
    ) -> None:
        self._initial = behaviour
        self._accounts = list(accounts)
        self._region = region
        self.behaviour = self._initial
        self.catalogue = Catalogue(extra_voices)
        self.customers = Customers(self._initial, region, self._accounts)
        self.history = History()
        self.reader = Reader(self.catalogue, self.history)
        self.journal = Journal()
        self.engine: Engine

    def now(self) -> float:
        """Return the time that the journal uses, in seconds."""
        return asyncio.get_running_loop().time()

    def customer(self, key: str = "sk_demo") -> Customer:
        """Return the state of an account: credits, what is running, behaviour."""
        found = self.customers.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def behave(self, behaviour: Behaviour, key: str | None = None) -> None:
        """Change the behaviour towards one key, or towards all without their own."""
        if key is not None:
            self.customer(key).behave(behaviour)
            return
        self.behaviour = self.customers.default = behaviour
        for customer in self.customers.all():
            customer.default = behaviour
            customer.failed = customer.streams = 0

    def reset(self) -> None:
        """Discard changed behaviour, spent credits and added accounts."""
        self.behaviour = self._initial
        self.customers = Customers(self._initial, self._region, self._accounts)
