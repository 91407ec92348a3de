"""Announcements with several voices: who speaks what, in which order, and what captions show."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
import voluptuous as vol

from custom_components.elevenlabs_streaming.announcements import announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.home import ENGINE, GEORGE, SARAH
from tests.helpers.players import House
from tests.helpers.speaker_turns import turns_of

LINES = [
    {"voice": ENGINE, "message": "Dinner is ready."},
    {"voice": "Sarah", "message": "I am coming, wait for me!"},
    {"voice": GEORGE, "message": "Take your time."},
]
TEXTS = [line["message"] for line in LINES]


async def announce(house: House, lines: list[dict[str, Any]], **data: Any) -> dict[str, Any]:
    """Have lines spoken in the kitchen, to the end."""
    kitchen = "media_player.kitchen"
    if not house.hass.states.get(kitchen):
        await house.player()
    before = len(house.outcomes)
    response = await house.hass.services.async_call(
        DOMAIN,
        "announce",
        {"entity_id": kitchen, "lines": lines, **data},
        blocking=True,
        return_response=True,
    )
    assert response
    await house.over(before + 1)
    return dict(response)


def words_of(house: House, announcement_id: str) -> list[dict[str, Any]]:
    """Return the words that captions show."""
    found = announcer(house.hass).registry.find(announcement_id)
    assert found
    return [word.as_dict() for word in found.recording.captions.words]


async def test_each_line_has_its_voice(house: House) -> None:
    response = await announce(house, LINES)
    spoken = [(one.voice, one.text.strip()) for one in house.simulator.journal.generations]
    assert spoken == list(zip([GEORGE, SARAH, GEORGE], TEXTS, strict=True))
    words = words_of(house, response["id"])
    assert turns_of(words) == list(zip(["George", "Sarah", "George"], TEXTS, strict=True))
    starts = [word["start"] for word in words]
    assert starts == sorted(starts)
    assert house.kinds == ["started", "finished"]
    total = sum(one.audio_seconds for one in house.simulator.journal.generations)
    assert response["duration"] in (None, pytest.approx(total, abs=0.1))


async def test_a_line_may_name_its_speaker(house: House) -> None:
    lines = [{**LINES[0], "name": "Mum [kitchen]"}, {**LINES[1], "name": "Ben"}]
    words = words_of(house, (await announce(house, lines))["id"])
    assert turns_of(words) == [("Mum kitchen", TEXTS[0]), ("Ben", TEXTS[1])]


async def test_an_entity_speaks_under_the_name_that_its_user_gave_it(house: House) -> None:
    entity = er.async_get(house.hass).async_get(ENGINE)
    assert entity
    assert entity.device_id
    dr.async_get(house.hass).async_update_device(entity.device_id, name_by_user="Grandpa")
    words = words_of(house, (await announce(house, LINES[:2]))["id"])
    assert [name for name, _ in turns_of(words)] == ["Grandpa", "Sarah"]


async def test_two_voices_of_one_name_are_two_speakers(house: House) -> None:
    lines = [{**LINES[0], "name": "Ben"}, {**LINES[1], "name": "ben"}, LINES[2]]
    words = words_of(house, (await announce(house, lines))["id"])
    assert [name for name, _ in turns_of(words)] == ["Ben", "ben 2", "George"]


async def test_captions_as_files_say_who_speaks(house: House) -> None:
    response = await announce(house, LINES)
    vtt = await (await house.http.get(response["captions"]["vtt"])).text()
    assert [line.partition(">")[0] for line in vtt.splitlines() if line.startswith("<v ")] == [
        "<v George",
        "<v Sarah",
        "<v George",
    ]
    told = await (await house.http.get(response["captions"]["json"])).json()
    assert [cue["speaker"] for cue in told["cues"]] == ["George", "Sarah", "George"]


async def test_the_same_lines_are_paid_for_once(house: House) -> None:
    await announce(house, LINES)
    await announce(house, LINES)
    assert len(house.simulator.journal.generations) == len(LINES)


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ([{"voice": "Nobody at all", "message": "Hi."}], "no_such_voice"),
        ([LINES[0], {"voice": "Sarah", "message": " ... "}], "line_without_words"),
        (
            [{"voice": f"{'x' * 18}{number:02}", "message": "Hi."} for number in range(11)],
            "too_many_voices",
        ),
    ],
)
async def test_what_cannot_be_spoken_is_told_at_once(
    house: House, lines: list[dict[str, Any]], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as told:
        await announce(house, lines, engine=ENGINE)
    assert told.value.translation_key == key
    assert not house.simulator.journal.generations


@pytest.mark.parametrize(
    "data", [{}, {"message": "Hi.", "lines": LINES}, {"lines": []}, {"lines": [{"voice": ENGINE}]}]
)
async def test_a_call_has_a_message_or_lines(
    house: House, hass: HomeAssistant, data: dict[str, Any]
) -> None:
    player = await house.player()
    with pytest.raises(vol.Invalid):
        await hass.services.async_call(
            DOMAIN, "announce", {"entity_id": player.entity_id, **data}, blocking=True
        )
