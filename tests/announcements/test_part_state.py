"""The states of a player's part: nothing but the table decides which may follow which."""

from itertools import groupby, product
import logging

from homeassistant.components.media_player import MediaPlayerState
import pytest

from custom_components.elevenlabs_streaming.announcements.part_state import (
    TRANSITIONS,
    PartState,
    PartStateMachine,
)
from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.players import House


def path_to(wanted: PartState) -> list[PartState]:
    """Return the states on a shortest way from the start to a state."""
    paths = [[PartState.QUEUED]]
    while paths[0][-1] is not wanted:
        path = paths.pop(0)
        paths += [[*path, state] for state in TRANSITIONS[path[-1]] if state not in path]
    return paths[0]


@pytest.mark.parametrize(("before", "after"), product(PartState, PartState))
def test_a_state_changes_as_the_table_allows_and_in_no_other_way(
    before: PartState, after: PartState, wrong_transitions: list[logging.LogRecord]
) -> None:
    machine = PartStateMachine()
    for state in path_to(before):
        machine.change_to(state)
    assert machine.state is before
    assert not wrong_transitions
    machine.change_to(after)
    if after in {before, *TRANSITIONS[before]}:
        assert (machine.state, wrong_transitions) == (after, [])
        return
    assert machine.state is before
    (record,) = wrong_transitions
    assert record.levelno == logging.DEBUG
    assert record.getMessage() == f"A part that is {before} cannot become {after}"
    wrong_transitions.clear()


def test_the_names_that_others_rely_on_stay() -> None:
    assert {state.public for state in PartState} == {
        "queued",
        "waiting",
        "playing",
        "paused",
        "finished",
        "stopped",
        "failed",
        "silenced",
    }


async def test_subscribers_see_a_player_go_from_state_to_state(house: House) -> None:
    await house.socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe"})
    assert (await house.socket.receive_json())["success"]
    kitchen = await house.player()
    await house.play(kitchen, "The soup is hot and needs a pinch of salt before it is served.")
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.clock.pass_(20)
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.over()
    states: list[str] = []
    while "finished" not in states:
        message = (await house.socket.receive_json())["event"]
        players = message.get("players") or message.get("track", {}).get("players", {})
        states += [told["state"] for told in players.values()]
    assert [state for state, _ in groupby(states)] == [
        "waiting",
        "playing",
        "paused",
        "playing",
        "finished",
    ]
