"""A home where everything happens at once, and badly: nothing is left, and nothing forgotten.

Each home follows a number: the same number is the same run as far as the machine allows.
`--chaos 50` runs fifty of them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
import logging
from pathlib import Path
import random
import re
import sys
from typing import Any

from homeassistant.components.tts import async_create_stream
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
import voluptuous as vol

from custom_components.elevenlabs_streaming.announcements import (
    SIGNAL_ANNOUNCEMENT,
    Announcement,
    announcer,
)
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.assist import Butler, Talker, furnish, talker
from tests.helpers.engines import PIPER, add_piper
from tests.helpers.faults import AFTER, BEFORE, HARMLESS
from tests.helpers.home import ENGINE
from tests.helpers.players import House, Player

STEPS = 60
AT_ONCE = 8
FAULTS = [*BEFORE, *AFTER, *HARMLESS]
TEXTS = [
    "The laundry is done.",
    "Dinner is ready, please come to the table.",
    "Somebody is at the door. It may be the post.",
    "Fire in the cellar, leave the house!",
]
PRIORITIES = ("low", "normal", "high", "critical")
# Longer than an announcement may keep a player, and than audio is kept when it is over.
A_WHILE_S = 4000.0
EXPECTED = (HomeAssistantError, vol.Invalid, asyncio.CancelledError, OSError)


@dataclass(slots=True)
class Chaos:
    """One home and what happens in it."""

    house: House
    entry: ConfigEntry
    butler: Butler
    hall: Talker
    players: list[Player]
    chance: random.Random
    under_way: set[asyncio.Task[Any]] = field(default_factory=set)
    known: dict[str, Announcement] = field(default_factory=dict)
    """All announcements that were ever told of."""
    ends: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)
    """The announcements of which the action told."""
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was told last of the players of each announcement."""

    @property
    def hass(self) -> HomeAssistant:
        """The Home Assistant."""
        return self.house.hass

    def watch(self) -> None:
        """Write down what becomes of announcements."""

        @callback
        def note(state: str, announcement: Announcement) -> None:
            self.known[announcement.announcement_id] = announcement
            if state != "started":
                self.ends[announcement.announcement_id].append(state)

        async_dispatcher_connect(self.hass, SIGNAL_ANNOUNCEMENT, note)

        @callback
        def read(message: dict[str, Any]) -> None:
            told = message.get("track", message)
            if "players" in told:
                self.shown[told["id"]] = told["players"]

        announcer(self.hass).registry.subscribe(read)

    async def run(self) -> None:
        """Let one thing after the other happen, most of them side by side."""
        for _ in range(STEPS):
            (step,) = self.chance.choices(list(STEPS_BY_NAME), list(STEPS_BY_NAME.values()))
            task = asyncio.create_task(self._survived(step(self)), name=step.__name__)
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
            await self._pass(self.chance.choice((0.0, 0.0, 0.1, 0.5, 3.0)))
            while len(self.under_way) > AT_ONCE:
                await self._pass(0.5)

    async def settle(self) -> None:
        """Heal everything, and wait until all is over."""
        self.house.simulator.behave(Behaviour())
        self.hall.finish.set()
        deadline = self.house.clock() + A_WHILE_S
        while self.under_way or not self._is_quiet():
            assert self.house.clock() < deadline, [task.get_name() for task in self.under_way]
            await self._pass(2.0)
        await self._set_up()
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def _is_quiet(self) -> bool:
        speaking = announcer(self.hass)
        is_over = all(one.done.is_set() for one in speaking.registry._trackers.values())
        return is_over and not self.house._is_busy()

    async def _survived(self, step: Coroutine[Any, Any, None]) -> None:
        with suppress(*EXPECTED):
            await step

    async def _pass(self, seconds: float) -> None:
        """Let time pass, and the machine work."""
        await self.house.clock.pass_(seconds)
        await asyncio.sleep(0.004)

    # What may happen

    async def announce(self) -> None:
        """Announce at some players, as urgently as chance has it."""
        chance = self.chance
        targets = chance.sample([*(one.entity_id for one in self.players), self.hall.entity_id], 2)
        data: dict[str, Any] = {
            "priority": chance.choice(PRIORITIES),
            "cache": chance.random() < 0.5,
            "options": {"route": chance.choice(("http", "websocket", "auto"))},
        }
        if chance.random() < 0.3:
            data["time_to_live"] = chance.choice((0, 2, 30))
        if chance.random() < 0.2:
            data["options"]["private"] = True
        response = await self.house.announce(chance.choice(TEXTS), *targets, **data)
        self.asked.append(response["id"])

    async def speak(self) -> None:
        """Speak with Home Assistant's own action."""
        await self.house.speak(
            self.chance.choice(TEXTS), self.chance.choice(self.players).entity_id
        )

    async def call_off(self) -> None:
        """Leave while an announcement is being made."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.chance.choice((0.0, 0.01, 0.05))):
                await self.announce()

    async def listen(self) -> None:
        """Fetch a growing text, and perhaps leave in the middle of it."""
        stream = async_create_stream(self.hass, ENGINE)
        stream.async_set_message_stream(self._growing(dies=self.chance.random() < 0.3))
        leaves = self.chance.random() < 0.4
        async for _ in stream.async_stream_result():
            if leaves:
                return

    async def _growing(self, *, dies: bool) -> AsyncGenerator[str]:
        text = self.chance.choice(TEXTS) * 3
        for start in range(0, len(text), 7):
            yield text[start : start + 7]
            await asyncio.sleep(0.001)
            if dies and start > 40:
                raise HomeAssistantError("the agent died")

    async def talk(self) -> None:
        """Ask the assistant something."""
        if any(task.get_name() == "talk" for task in self.under_way - {asyncio.current_task()}):
            return
        self.butler.answer = self.chance.choice(TEXTS) * 2
        await self.hall.asked()

    async def break_something(self) -> None:
        """Have the service fail, for a while or once."""
        behaviour = self.chance.choice(FAULTS).behaviour
        if self.chance.random() < 0.6:
            changed = behaviour.changed_switches() | {"faulty_streams": 1, "fail_requests": 1}
            behaviour = Behaviour(**changed)
        self.house.simulator.behave(behaviour)

    async def heal(self) -> None:
        """Have the service work again."""
        self.house.simulator.behave(Behaviour())

    async def change(self) -> None:
        """Reload, change the key, or unload for a while."""
        if any(task.get_name() == "change" for task in self.under_way - {asyncio.current_task()}):
            return
        manager, kind = self.hass.config_entries, self.chance.randrange(3)
        if kind == 0:
            await manager.async_reload(self.entry.entry_id)
        elif kind == 1:
            key = self.chance.choice(("sk_demo", "sk_pro", "sk_nobody", "sk_broke"))
            manager.async_update_entry(self.entry, data={**self.entry.data, "api_key": key})
        else:
            await manager.async_unload(self.entry.entry_id)
            await asyncio.sleep(self.chance.choice((0.01, 0.1)))
            await self._set_up()

    async def _set_up(self) -> None:
        if self.entry.state is ConfigEntryState.NOT_LOADED:
            await self.hass.config_entries.async_setup(self.entry.entry_id)

    async def clear(self) -> None:
        """Drop what waits."""
        await self.hass.services.async_call(
            DOMAIN, "clear_queue", {"entity_id": self.players[0].entity_id}, blocking=True
        )

    async def stop(self) -> None:
        """End one announcement, all at a player, or all."""
        (data,) = self.chance.choices(
            [
                {"announcement_id": self.chance.choice(self.asked or ["none"])},
                {"entity_id": self.chance.choice(self.players).entity_id},
                {"entity_id": self.hall.entity_id},
                {},
            ],
            [4, 4, 2, 1],
        )
        await self.hass.services.async_call(DOMAIN, "stop", data, blocking=True)

    async def announce_again(self) -> None:
        """Announce something once more."""
        data = {"announcement_id": self.chance.choice(self.asked or ["none"])}
        response = await self.hass.services.async_call(
            DOMAIN, "announce_again", data, blocking=True, return_response=True
        )
        if response:
            self.asked.append(str(response["id"]))

    async def disturb(self) -> None:
        """Take a player away, or bring it back."""
        player = self.chance.choice(self.players)
        player._attr_available = not player._attr_available
        player.async_write_ha_state()


STEPS_BY_NAME: dict[Callable[[Chaos], Coroutine[Any, Any, None]], int] = {
    Chaos.announce: 12,
    Chaos.speak: 4,
    Chaos.call_off: 3,
    Chaos.listen: 4,
    Chaos.talk: 3,
    Chaos.break_something: 5,
    Chaos.heal: 4,
    Chaos.change: 2,
    Chaos.clear: 1,
    Chaos.stop: 3,
    Chaos.announce_again: 3,
    Chaos.disturb: 2,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run as many homes as were asked for."""
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(metafunc.config.getoption("--chaos")))


async def open_home(house: House, number: int) -> Chaos:
    """Furnish a home in which nothing has happened yet."""
    hass = house.hass
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    butler, hall = await furnish(house), await talker(house)
    hall.finish.set()
    players = [
        await house.player("Kitchen"),
        await house.player("Bath", leaves_early=True),
        await house.player("Garden", failure=HomeAssistantError("It rains.")),
        await house.player("Cellar", fetches=False),
        await house.player("Loft", head_first=True, gets=2),
    ]
    await add_piper(hass)
    chance = random.Random(number)  # noqa: S311  # the same run for the same number
    if number % 2:
        (voice,) = entry.subentries.values()
        data = {**voice.data, "fallback": PIPER}
        hass.config_entries.async_update_subentry(entry, voice, data=data)
        await hass.async_block_till_done(wait_background_tasks=True)
    chaos = Chaos(house, entry, butler, hall, players, chance)
    chaos.watch()
    return chaos


async def test_whatever_happens_nothing_is_left_or_forgotten(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    chaos = await open_home(house, number)
    await chaos.run()
    await chaos.settle()
    assert_accounted_for(chaos)
    await assert_nothing_left(chaos)
    assert_files(tmp_path)
    assert_log(caplog)
    await assert_it_still_speaks(chaos)


def assert_accounted_for(chaos: Chaos) -> None:
    """Check that each announcement had exactly one end, and none was lost."""
    wrong = {number: ends for number, ends in chaos.ends.items() if len(ends) != 1}
    assert not wrong
    assert set(chaos.asked) <= set(chaos.ends)
    assert set(chaos.known) == set(chaos.ends)
    kept = announcer(chaos.hass).registry._trackers
    assert set(kept) <= set(chaos.ends)
    # Subscribers know of each, and of its end at each player.
    assert set(chaos.ends) <= set(chaos.shown)
    for players in chaos.shown.values():
        for told in players.values():
            assert told["state"] in ("finished", "stopped", "failed", "silenced")
            assert told["place"] is None


async def assert_nothing_left(chaos: Chaos) -> None:
    """Check that no task, socket, timer or turn is left, and that what is kept is bounded."""
    hass, house = chaos.hass, chaos.house
    await house.simulator.journal.until(lambda all_: not all_.open_sockets and not all_.running)
    speaking = announcer(hass)
    assert not speaking._entries
    assert not speaking._queue._caller._cancelled
    assert len(speaking.registry._trackers) <= 50
    assert len(speaking.caption_cache._recent) <= 100
    data = chaos.entry.runtime_data
    assert not data.active
    assert data.synthesizer._account.concurrency._speaking == 0
    await house.clock.pass_(700)
    await house.clock.pass_(700)
    assert not speaking.registry._tokens
    await hass.config_entries.async_unload(chaos.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    tasks = [task for task in asyncio.all_tasks() if DOMAIN in f"{task.get_name()}{task!r}"]
    assert not [task for task in tasks if task is not asyncio.current_task()]
    timers = getattr(hass.loop, "_scheduled", ())
    assert not [one for one in timers if not one.cancelled() and DOMAIN in repr(one)]
    await hass.config_entries.async_setup(chaos.entry.entry_id)


def assert_files(folder: Path) -> None:
    """Check that there is nothing but what is kept on purpose."""
    for path in folder.rglob("*"):
        kept = path.is_dir() or re.fullmatch(
            r"secret|[0-9a-f]{40}\.json|[0-9a-f]{40}_[\w.-]+\.(mp3|wav)", path.name
        )
        assert kept, path


def assert_log(caplog: pytest.LogCaptureFixture) -> None:
    """Check that no traceback of ours was logged, and nothing that nobody may read."""
    for record in caplog.records:
        said = record.getMessage()
        assert not re.search(r"\bsk_[a-z]", said), said
        if record.levelno >= logging.ERROR:
            assert "never retrieved" not in said
            assert not (record.exc_info and DOMAIN in _trace_of(record)), _trace_of(record)


def _trace_of(record: logging.LogRecord) -> str:
    return logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


async def assert_it_still_speaks(chaos: Chaos) -> None:
    """Check that the home is as good as before."""
    manager, kitchen = chaos.hass.config_entries, chaos.players[0]
    manager.async_update_entry(chaos.entry, data={**chaos.entry.data, "api_key": "sk_demo"})
    await chaos.hass.async_block_till_done(wait_background_tasks=True)
    kitchen._attr_available = True
    kitchen.async_write_ha_state()
    response = await chaos.house.announce("All is well again.", kitchen.entity_id)
    await chaos.house.settled()
    await chaos.house.clock.until(lambda: response["id"] in chaos.ends, step=0.5)
    told = chaos.known[response["id"]]
    assert chaos.ends[response["id"]] == ["finished"], (told.cause, told.parts)


async def test_more_than_are_kept_at_once_all_have_their_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules[type(announcer(house.hass).registry).__module__]
    monkeypatch.setattr(module, "_KEPT", 3)
    monkeypatch.setattr(module, "_MOST_OVERHEARD", 6)
    ends: list[str] = []

    @callback
    def note(state: str, announcement: Announcement) -> None:
        if state != "started":
            ends.append(announcement.announcement_id)

    async_dispatcher_connect(house.hass, SIGNAL_ANNOUNCEMENT, note)
    many = 9
    for number in range(many):
        stream = async_create_stream(house.hass, ENGINE, options={"seed": number})
        stream.async_set_message(" ".join(TEXTS * 2))
        assert [piece async for piece in stream.async_stream_result()]
    assert len(announcer(house.hass).registry._trackers) <= 7
    await house.clock.until(lambda: len(ends) == many, step=2.0)
    assert len(set(ends)) == many
