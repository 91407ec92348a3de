"""The state of the simulator, without its web server."""

import asyncio
from collections.abc import Sequence

from .accounts import Account, AccountRegistry, AccountState
from .behaviour import Behaviour
from .dialogue_parser import DialogueParser
from .journal import GenerationEntry, Journal, SpokenText
from .request_history import RequestHistory
from .request_parser import RequestParser
from .speech_script import SpeechScript
from .synthesis_thread import SynthesisThread
from .voice_catalog import VoiceCatalog


class SimulatorState:
    """The accounts, the voices, the switches, and the journal, which every handler uses."""

    def __init__(
        self,
        behaviour: Behaviour,
        accounts: Sequence[Account],
        region: str,
        extra_voices: int,
    ) -> None:
        self._initial_behaviour = behaviour
        self._initial_accounts = list(accounts)
        self._region = region
        self.behaviour = behaviour
        self.accounts = self._create_accounts()
        self.voice_catalog = VoiceCatalog(extra_voices)
        self.request_history = RequestHistory()
        self.request_parser = RequestParser(self.voice_catalog, self.request_history)
        self.dialogue_parser = DialogueParser(self.voice_catalog, self.request_history)
        self.journal = Journal()
        self.synthesis_thread: SynthesisThread

    def now(self) -> float:
        """Return the time of the journal in seconds."""
        return asyncio.get_running_loop().time()

    def account_state(self, key: str = "sk_demo") -> AccountState:
        """Return the state of an account."""
        found = self.accounts.find_account(key)
        if found is None:
            raise KeyError(key)
        return found

    def start_generation(
        self,
        caller: AccountState,
        script: SpeechScript,
        *,
        route: str,
        context: str | None = None,
    ) -> GenerationEntry:
        """Charge a generation and return its journal entry."""
        synthesis, cost = script.synthesis, script.cost
        caller.charge_credits(cost)
        entry = GenerationEntry(
            at=self.now(),
            account=caller.account.name,
            route=route,
            inputs=[SpokenText(item.voice_id, item.text) for item in script.inputs],
            model=synthesis.model.model_id,
            output_format=synthesis.output_format.name,
            language=synthesis.language,
            context=context,
            settings=synthesis.voice_settings,
            credits=cost,
        )
        self.journal.generations.append(entry)
        self.journal.notify_change()
        return entry

    def behave(self, behaviour: Behaviour, key: str | None = None) -> None:
        """Set the behaviour toward one API key, or toward all without one of their own."""
        if key is not None:
            self.account_state(key).behave(behaviour)
            return
        self.behaviour = behaviour
        self.accounts.set_default_behaviour(behaviour)

    def reset(self) -> None:
        """Reset the switches, the credits, and the accounts."""
        self.behaviour = self._initial_behaviour
        self.accounts = self._create_accounts()

    def _create_accounts(self) -> AccountRegistry:
        return AccountRegistry(self._initial_behaviour, self._region, self._initial_accounts)
