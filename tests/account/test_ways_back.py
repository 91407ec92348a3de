"""Whatever ends the asking, everything that may have ended it lets ElevenLabs speak again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.elevenlabs_streaming.const import DOMAIN
from custom_components.elevenlabs_streaming.speech import Synthesizer, TimeLimits
from simulator import Behaviour, Simulator
from simulator.accounts import Account
from tests.helpers.config_flow import fill_in, open_access
from tests.helpers.engines import PIPER, Piper, add_piper, is_tone, problems
from tests.helpers.home import Ears, make_entry, set_up
from tests.helpers.players import Stopwatch

KEY: Final = "sk_lost"
OTHER_KEY: Final = "sk_found"
HALF_AN_HOUR: Final = 1801.0
GOOD: Final = Account(key=KEY, tier="creator", workspace="workspace_of_all")

TROUBLES: Final[Mapping[str, Account | None]] = {
    "invalid_api_key": None,
    "missing_permission": replace(GOOD, scopes=("models_read", "voices_read", "user_read")),
    "quota_exceeded": replace(GOOD, credits_used=100_000),
    "unusual_activity": replace(GOOD, behaviour=Behaviour(unusual_activity=True)),
    "server_error": replace(GOOD, behaviour=Behaviour(fail_status=500)),
    "plan_required": replace(GOOD, behaviour=Behaviour(fail_status=403, error_body="text")),
    "protocol_error": replace(GOOD, behaviour=Behaviour(fail_status=302)),
    "busy": replace(GOOD, behaviour=Behaviour(fail_status=429)),
    "cannot_connect": replace(GOOD, behaviour=Behaviour(refuse_connections=True)),
}
"""The account of the key in each trouble; with a bad key there is none."""

SHOWN_BY_SPEECH: Final = ("missing_permission", "unusual_activity")
"""What no free request disproves."""


class Home:
    """A home whose voice has a fallback, which speaks while an account is in trouble."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, ears: Ears, simulator: Simulator
    ) -> None:
        """Begin with the first sentence."""
        self.hass = hass
        self.entry = entry
        self.simulator = simulator
        self.piper: Piper
        self.clock: Stopwatch
        self._ears = ears
        self._spoken = 0

    async def fallback_speaks(self) -> bool:
        """Speak a new sentence; returns whether the fallback was heard."""
        self._spoken += 1
        return is_tone(await self._ears.hear(f"Sentence {self._spoken}."))

    async def fail(self, cause: str) -> None:
        """Get the account into trouble, and speak until nobody asks ElevenLabs any more."""
        account = TROUBLES[cause]
        if account is None:
            self.simulator.accounts.remove_account(KEY)
        else:
            self.simulator.accounts.add_account(account)
        while self.state == "closed":
            assert await self.fallback_speaks()
        assert self.cause == cause

    async def mend(self) -> None:
        """Get the account out of trouble, which nobody at home sees."""
        for key in (KEY, OTHER_KEY):
            self.simulator.accounts.add_account(replace(GOOD, key=key))
        assert self.state == "open"
        asked = len(self.simulator.journal.requests)
        assert await self.fallback_speaks()
        assert len(self.simulator.journal.requests) == asked

    @property
    def state(self) -> str:
        """Whether ElevenLabs is asked."""
        return str(self.entry.runtime_data.circuit_breaker.state)

    @property
    def cause(self) -> str | None:
        """Why it is not."""
        cause: str | None = self.entry.runtime_data.circuit_breaker.cause
        return cause

    async def settle(self) -> None:
        """Wait for what was set going."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def reauths(self) -> list[Any]:
        """Return the requests for a new key."""
        flows = self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


async def reauthenticate(home: Home, key: str = KEY) -> None:
    """Answer the request for a new key; Home Assistant asks where it is not asked for yet."""
    if not home.reauths():
        home.entry.async_start_reauth(home.hass)
        await home.settle()
    form = await home.hass.config_entries.flow.async_configure(home.reauths()[0]["flow_id"])
    result = await fill_in(home.hass, form, {"api_key": key})
    assert result["reason"] == "reauth_successful"


async def reauthenticate_with_another_key(home: Home) -> None:
    """Answer with another key of the account."""
    await reauthenticate(home, OTHER_KEY)


async def reconfigure(home: Home, **changes: str) -> None:
    """Submit the account's form."""
    form = await open_access(home.hass, home.entry)
    data = {"endpoint": home.simulator.url, **changes}
    result = await fill_in(home.hass, form, data)
    assert result["reason"] == "reconfigure_successful"


async def reconfigure_with_another_key(home: Home) -> None:
    """Submit the account's form with another key."""
    await reconfigure(home, api_key=OTHER_KEY)


async def reload(home: Home) -> None:
    """Reload the account."""
    await home.hass.config_entries.async_reload(home.entry.entry_id)


async def speak(home: Home) -> None:
    """Have the fallback fail, so that ElevenLabs is asked all the same."""
    home.piper.failure = OSError()
    assert not await home.fallback_speaks()
    home.piper.failure = None


async def update(home: Home) -> None:
    """Read the account."""
    await home.hass.services.async_call(
        DOMAIN, "refresh_account", {}, blocking=True, return_response=True
    )


async def wait(home: Home) -> None:
    """Let time pass."""
    await home.clock.pass_(HALF_AN_HOUR)


WAYS: Final[tuple[Callable[[Home], Awaitable[None]], ...]] = (
    reauthenticate,
    reauthenticate_with_another_key,
    reconfigure,
    reconfigure_with_another_key,
    reload,
    speak,
    update,
    wait,
)


@pytest.fixture
async def home(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """Set up a home whose voice has a fallback, and tries once."""
    impatient = partial(Synthesizer, time_limits=TimeLimits(retry=0.0))
    monkeypatch.setattr(f"custom_components.{DOMAIN}.Synthesizer", impatient)
    simulator.accounts.add_account(GOOD)
    entry: MockConfigEntry = make_entry(simulator, KEY, fallback=PIPER)
    await set_up(hass, entry)
    hass.config_entries.async_update_entry(entry, unique_id="workspace_of_all")
    await hass.async_block_till_done(wait_background_tasks=True)
    home = Home(hass, entry, Ears(await hass_client(), await hass_ws_client()), simulator)
    home.clock = Stopwatch(hass, monkeypatch)
    home.piper = await add_piper(hass)
    return home


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("cause", TROUBLES)
async def test_every_way_back_leads_back(
    home: Home, cause: str, way: Callable[[Home], Awaitable[None]]
) -> None:
    await home.fail(cause)
    await home.mend()
    await way(home)
    await home.settle()
    if way is update and cause in SHOWN_BY_SPEECH:
        assert await home.fallback_speaks()
        await wait(home)
        await home.settle()
    assert not await home.fallback_speaks()
    assert home.state == "closed"
    assert not problems(home.hass)
    assert not home.reauths()


@pytest.mark.parametrize("cause", TROUBLES)
async def test_trouble_that_goes_on_is_noticed_at_once(home: Home, cause: str) -> None:
    await home.fail(cause)
    for way in (reload, wait):
        await way(home)
        await home.settle()
        while home.state != "open":
            assert await home.fallback_speaks()
        assert home.cause == cause
    assert bool(home.reauths()) is (cause == "invalid_api_key")


async def test_a_key_that_is_accepted_again_is_not_asked_for(home: Home) -> None:
    home.simulator.accounts.remove_account(KEY)
    with pytest.raises(Exception, match=r"."):
        await update(home)
    assert home.reauths()
    home.simulator.accounts.add_account(GOOD)
    await update(home)
    assert not home.reauths()


async def test_the_account_is_read_on_while_its_key_is_invalid(home: Home) -> None:
    home.simulator.accounts.remove_account(KEY)
    await home.clock.pass_(4 * 7200.0)
    await home.settle()
    assert home.reauths()
    home.simulator.accounts.add_account(GOOD)
    await home.clock.pass_(2 * 1800.0)
    await home.settle()
    assert not home.reauths()


@pytest.mark.parametrize(
    ("used", "extension", "status", "state"),
    [
        (100_000, 0, "active", "open"),
        (100_000, "unlimited", "active", "closed"),
        (244_469, "unlimited", "trialing", "closed"),
        (100_000, 5_000, "active", "closed"),
        (105_000, 5_000, "active", "open"),
        (100_000, "unlimited", "past_due", "half_open"),
        (50_000, 0, "past_due", "closed"),
        (0, 0, "free_disabled", "half_open"),
        (100_000, 0, "free_disabled", "open"),
        (0, "unlimited", "incomplete", "half_open"),
    ],
)
async def test_usage_based_billing_and_the_state_of_the_subscription_are_read(
    home: Home, used: int, extension: Any, status: str, state: str
) -> None:
    await home.fail("quota_exceeded")
    found = replace(GOOD, credits_used=used, credits_extension=extension, status=status)
    home.simulator.accounts.add_account(found)
    await home.clock.pass_(31)
    await home.settle()
    assert home.state == state
    assert await home.fallback_speaks() is (state == "open")


async def test_credits_that_are_bought_meanwhile_are_found(home: Home) -> None:
    await home.fail("quota_exceeded")
    await home.clock.pass_(31)
    await home.settle()
    assert home.state == "open"
    home.simulator.accounts.add_account(
        replace(GOOD, credits_used=100_000, credits_extension="unlimited")
    )
    await home.clock.pass_(61)
    await home.settle()
    assert not await home.fallback_speaks()
    assert not problems(home.hass)


async def test_a_probe_that_goes_wrong_is_not_the_last(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.fail("quota_exceeded")
    await home.mend()
    client = type(home.entry.runtime_data.circuit_breaker._client)
    with monkeypatch.context() as broken:
        broken.setattr(client, "subscription", lambda _: 1 / 0)
        await home.clock.pass_(31)
        await home.settle()
    assert home.state == "open"
    await home.clock.pass_(61)
    await home.settle()
    assert home.state == "closed"
