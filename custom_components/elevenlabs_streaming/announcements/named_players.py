"""The players that an assistant names, matched with exposed entities as Home Assistant does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, entity_registry as er, intent

from ..const import DOMAIN
from .players import can_play, unreachable
from .targets import PLAYER_DOMAINS, one_of_each_device, players_of_target


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceNames:
    """What an assistant names; the players of all of it are meant."""

    areas: Sequence[str] = ()
    floors: Sequence[str] = ()
    players: Sequence[str] = ()


class UnclearPlaceError(HomeAssistantError):
    """It is not clear which players are meant; translated."""

    def __init__(self, cause: str, candidates: Iterable[str], place: str = "") -> None:
        """`cause` is a key of the translated exceptions; `candidates` are players."""
        self.candidates = sorted(candidates)
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=cause,
            translation_placeholders={"place": place},
        )


@callback
def named_players(hass: HomeAssistant, names: PlaceNames, assistant: str) -> list[str]:
    """Return the players to call, each once; raises UnclearPlaceError.

    Only players that are exposed to the assistant are found. Blank names count as none.
    """
    matcher = _Matcher(hass, assistant)
    found = {matcher.player(name) for name in filter(str.strip, names.players)}
    for name in filter(str.strip, names.areas):
        found |= matcher.players_in(name, area_name=name)
    for name in filter(str.strip, names.floors):
        found |= matcher.players_in(name, floor_name=name)
    if found:
        return sorted(found)
    everywhere = matcher.exposed()
    raise UnclearPlaceError("place_missing" if everywhere else "nothing_exposed", everywhere)


@callback
def player_places(hass: HomeAssistant, players: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return each player's name and area as a person knows them; None for one in no area."""
    areas = _areas(hass)
    places = dict[str, dict[str, Any]]()
    for player in players:
        state, area = hass.states.get(player), areas.get(player)
        name = state.name if state else player
        places[player] = {"player": name, "area": area.name if area else None}
    return places


@callback
def players_in_device(hass: HomeAssistant, device_id: str | None) -> set[str]:
    """Return the players of a device; none without a device."""
    if device_id is None:
        return set()
    entries = er.async_entries_for_device(er.async_get(hass), device_id)
    return {entry.entity_id for entry in entries if entry.domain in PLAYER_DOMAINS}


class _Matcher:
    """Finds the players that a name means."""

    def __init__(self, hass: HomeAssistant, assistant: str) -> None:
        """Look among the players exposed to an assistant."""
        self._hass = hass
        self._assistant = assistant
        self._areas = _areas(hass)

    def player(self, name: str) -> str:
        """Return the player of a name or alias; raises UnclearPlaceError."""
        found = self._matches(name=name)
        if not found:
            raise UnclearPlaceError("place_not_found", self.exposed(), name)
        # A satellite and the media player in its device may have the same name.
        if len(meant := one_of_each_device(self._hass, found)) > 1:
            raise UnclearPlaceError("place_ambiguous", found, name)
        return meant[0]

    def players_in(self, place: str, **wanted: str) -> set[str]:
        """Return the players of an area or a floor; raises UnclearPlaceError."""
        found = [player for player in self._matches(**wanted) if can_play(self._hass, player)]
        if not found:
            raise UnclearPlaceError("place_not_found", self.exposed(), place)
        areas = [self._areas[player] for player in found if player in self._areas]
        places = {area.floor_id if "floor_name" in wanted else area.id for area in areas}
        if len(places) > 1:
            raise UnclearPlaceError("place_ambiguous", found, place)
        return set(one_of_each_device(self._hass, found))

    def exposed(self) -> list[str]:
        """Return the available players that there are to choose from."""
        hass = self._hass
        found = [player for player in self._matches() if can_play(hass, player)]
        available = [player for player in found if unreachable(hass, player) is None]
        return one_of_each_device(hass, available)

    def _matches(self, **wanted: Any) -> list[str]:
        constraints = intent.MatchTargetsConstraints(
            domains=PLAYER_DOMAINS,
            assistant=self._assistant,
            allow_duplicate_names=True,
            **wanted,
        )
        result = intent.async_match_targets(self._hass, constraints)
        return sorted(state.entity_id for state in result.states) if result.is_match else []


def _areas(hass: HomeAssistant) -> dict[str, ar.AreaEntry]:
    """Return the area of each player that is in one."""
    return {
        player: area
        for area in ar.async_get(hass).async_list_areas()
        for player in players_of_target(hass, {"area_id": area.id})[1]
    }
