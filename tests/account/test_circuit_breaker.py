"""A service that fails is not asked in vain, and its return is noticed at no cost."""

import asyncio
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.elevenlabs_streaming.account.circuit_breaker import CircuitBreaker
from simulator import Behaviour, Simulator
from tests.helpers.engines import PIPER, Piper, add_piper, is_tone, problems
from tests.helpers.home import Ears, make_entry, set_up
from tests.helpers.players import Stopwatch, retry_at_once

DOWN = Behaviour(refuse_connections=True)
SPEECH_DOWN = Behaviour(fail_status=503, fail_routes="speech")
WELL = Behaviour()


class Home:
    """A home whose voice has a fallback, and its breaker."""

    def __init__(
        self,
        ears: Ears,
        simulator: Simulator,
        piper: Piper,
        clock: Stopwatch,
    ) -> None:
        """Begin with the first sentence."""
        hass = piper.hass
        self.clock = clock
        self.hass = hass
        self.ears = ears
        self.simulator = simulator
        self.piper = piper
        self._spoken = 0

    @property
    def breaker(self) -> CircuitBreaker:
        """The breaker of the account."""
        (entry,) = self.hass.config_entries.async_loaded_entries("elevenlabs_streaming")
        breaker: CircuitBreaker = entry.runtime_data.circuit_breaker
        return breaker

    async def speak(self, status: int = 200, **request: Any) -> bool:
        """Speak a new sentence; returns whether the fallback was heard."""
        self._spoken += 1
        audio = await self.ears.hear(f"Sentence {self._spoken}.", status=status, **request)
        return status == 200 and is_tone(audio)

    async def asked(self, **request: Any) -> list[str]:
        """Speak a new sentence that the fallback is to say; returns what was asked for it."""
        before = len(self.simulator.journal.requests)
        assert await self.speak(**request)
        return [one.path for one in list(self.simulator.journal.requests)[before:]]

    async def later(self, seconds: float) -> list[str]:
        """Let time pass; returns what was asked meanwhile."""
        before = len(self.simulator.journal.requests)
        await self.clock.pass_(seconds)
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return [one.path for one in list(self.simulator.journal.requests)[before:]]


@pytest.fixture
async def home(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """Set up a home whose voice has a fallback."""
    clock = Stopwatch(hass, monkeypatch)
    retry_at_once(monkeypatch, clock)
    await set_up(hass, make_entry(simulator, fallback=PIPER))
    ears = Ears(await hass_client(), await hass_ws_client())
    return Home(ears, simulator, await add_piper(hass), clock)


async def test_three_failures_in_a_row_end_the_asking(home: Home) -> None:
    home.simulator.behave(SPEECH_DOWN)
    for _ in range(2):
        assert await home.asked()
    assert home.breaker.state == "closed"
    assert await home.asked()
    assert (home.breaker.state, home.breaker.cause) == ("open", "server_error")
    assert home.breaker.since is not None
    assert not await home.asked()


async def test_a_success_between_begins_the_count_anew(home: Home) -> None:
    for _ in range(3):
        home.simulator.behave(SPEECH_DOWN)
        assert await home.speak()
        assert await home.speak()
        home.simulator.behave(WELL)
        assert not await home.speak()
    assert home.breaker.state == "closed"


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(quota=True), "quota_exceeded"),
        (Behaviour(unusual_activity=True), "unusual_activity"),
    ],
)
async def test_what_is_certain_ends_the_asking_at_once(
    home: Home, behaviour: Behaviour, cause: str
) -> None:
    home.simulator.behave(behaviour)
    assert await home.asked()
    assert (home.breaker.state, home.breaker.cause) == ("open", cause)
    assert not await home.asked()


@pytest.mark.parametrize(
    "options", [{"voice": "00000000000000000000"}, {"model": "eleven_nonsense"}]
)
async def test_a_mistake_in_a_call_says_nothing_of_the_service(
    home: Home, options: dict[str, Any]
) -> None:
    for _ in range(4):
        assert await home.asked(options=options)
    assert home.breaker.state == "closed"
    assert not await home.speak()


async def test_a_plan_that_lacks_a_voice_leaves_the_others_alone(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_up(hass, make_entry(simulator, "sk_free", fallback=PIPER))
    ears = Ears(await hass_client(), await hass_ws_client())
    clock = Stopwatch(hass, monkeypatch)
    home = Home(ears, simulator, await add_piper(hass), clock)
    for _ in range(4):
        assert await home.asked(options={"voice": "mei"})
    assert home.breaker.state == "closed"
    assert not await home.speak()


async def test_without_a_second_engine_every_utterance_tries_once(
    hass: HomeAssistant, home: Home
) -> None:
    home.piper._attr_available = False
    home.piper.async_write_ha_state()
    home.simulator.behave(SPEECH_DOWN)
    for _ in range(5):
        before = len(home.simulator.journal.requests)
        await home.speak(status=500)
        assert len(home.simulator.journal.requests) > before
    assert home.breaker.state == "open"
    home.simulator.behave(WELL)
    await home.speak()
    assert home.breaker.state == "closed"


async def test_a_second_engine_that_fails_too_leaves_the_last_try_to_us(home: Home) -> None:
    home.simulator.behave(SPEECH_DOWN)
    for _ in range(3):
        assert await home.speak()
    home.simulator.behave(WELL)
    home.piper.failure = OSError()
    assert not await home.speak()
    assert home.breaker.state == "closed"


async def test_it_is_looked_for_ever_more_seldom_and_found_again(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "custom_components.elevenlabs_streaming")
    home.simulator.behave(DOWN)
    for _ in range(3):
        assert await home.speak()
    home.simulator.behave(Behaviour(fail_status=503))
    assert not await home.later(29)
    assert await home.later(2) == ["/v1/models"]
    assert not await home.later(58)
    assert await home.later(3) == ["/v1/models"]
    assert "service_unreachable" not in problems(home.hass)
    for _ in range(12):
        await home.later(60)
    issue = problems(home.hass)["service_unreachable"]
    assert issue.translation_key == "service_unreachable_cannot_connect"
    assert home.breaker.state == "open"
    home.simulator.behave(WELL)
    await home.later(301)
    assert (home.breaker.state, home.breaker.since, home.breaker.cause) == ("closed", None, None)
    assert set(problems(home.hass)) == {"fallback_used"}
    assert not await home.speak()
    assert not problems(home.hass)
    assert len(home.simulator.journal.generations) == 1
    ours = [r.getMessage() for r in caplog.records if r.name.endswith(".circuit_breaker")]
    assert ours == ["ElevenLabs is unavailable: cannot_connect", "ElevenLabs is back"]


async def test_a_service_that_only_seems_to_be_back_is_given_up_at_the_first_failure(
    home: Home,
) -> None:
    home.simulator.behave(SPEECH_DOWN)
    for _ in range(3):
        assert await home.speak()
    assert await home.later(31) == ["/v1/models"]
    assert home.breaker.state == "closed"
    assert await home.asked()
    assert home.breaker.state == "open"
    assert not await home.asked()
    assert not await home.later(31)
    assert await home.later(31) == ["/v1/models"]


async def test_credits_are_looked_for(home: Home) -> None:
    state = home.simulator.account_state("sk_demo")
    state.credits_used = state.account.character_limit
    assert await home.speak()
    assert home.breaker.cause == "quota_exceeded"
    assert await home.later(31) == ["/v1/user/subscription"]
    assert home.breaker.state == "open"
    state.credits_used = 0
    assert await home.later(61) == ["/v1/user/subscription"]
    assert home.breaker.state == "closed"
    assert not await home.speak()


async def test_where_nothing_free_can_tell_one_utterance_is_let_through(home: Home) -> None:
    home.simulator.behave(Behaviour(unusual_activity=True))
    assert await home.speak()
    assert not await home.later(31)
    assert home.breaker.state == "half_open"
    before = len(home.simulator.journal.requests)
    assert await asyncio.gather(*(home.speak() for _ in range(4))) == [True] * 4
    assert len(home.simulator.journal.requests) == before + 1
    assert home.breaker.state == "open"
    assert not await home.asked()
    await home.later(61)
    home.simulator.behave(WELL)
    assert home.breaker.state == "half_open"
    assert not await home.speak()
    assert home.breaker.state == "closed"
    assert not problems(home.hass)


async def test_a_bad_key_is_not_tried_again_until_there_is_a_new_one(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: Any,
    hass_ws_client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = await set_up(hass, make_entry(simulator, "sk_gone", fallback=PIPER))
    ears = Ears(await hass_client(), await hass_ws_client())
    clock = Stopwatch(hass, monkeypatch)
    home = Home(ears, simulator, await add_piper(hass), clock)
    assert await home.speak()
    assert home.breaker.cause == "invalid_api_key"
    for _ in range(20):
        assert not await home.later(60)
    assert not await home.asked()
    assert len(hass.config_entries.flow.async_progress()) == 1
    hass.config_entries.async_update_entry(entry, data={**entry.data, "api_key": "sk_demo"})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert home.breaker.state == "closed"
    assert not await home.speak()


async def test_nothing_is_left_after_unloading(hass: HomeAssistant, home: Home) -> None:
    home.simulator.behave(Behaviour(quota=True))
    assert await home.speak()
    assert problems(hass)
    (entry,) = hass.config_entries.async_entries("elevenlabs_streaming")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not problems(hass)
    for _ in range(5):
        assert not await home.later(60)
