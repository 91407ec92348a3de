"""A tool for conversation agents: they announce with the voice of an account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.tts import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, llm
import voluptuous as vol

from .account import MOST_A_MINUTE, voice_entities
from .announcements import (
    AnnouncementRequest,
    AnnouncementTracker,
    PlaceNames,
    PlayerError,
    Priority,
    UnclearPlaceError,
    announcer,
    named_players,
    player_places,
    players_in_device,
)
from .chimes import CHIMES
from .const import CONF_ANNOUNCEMENT_VOICE, CONF_ASSISTANT_ANNOUNCES, DOMAIN
from .data import ElevenLabsConfigEntry
from .tts import ElevenLabsTextToSpeechEntity

if TYPE_CHECKING:
    from homeassistant.components.llm import LLMTools

_LONGEST_MESSAGE: Final = 500
_PRIORITIES: Final = [one.name.lower() for one in Priority if one is not Priority.CRITICAL]
_NORMAL: Final = Priority.NORMAL.name.lower()
# Home Assistant 2026.6 does not ask integrations for tools, and has only APIs.
_IS_ASKED: Final = find_spec("homeassistant.components.llm") is not None

_NAMES: Final = vol.All(cv.ensure_list, [str])
# Which library's `Schema` Home Assistant's annotations name varies.
_PARAMETERS: Final[Any] = vol.Schema(
    {
        vol.Required("message", description="What is spoken, up to 500 characters"): str,
        vol.Optional("areas", default=list, description="Names of areas, such as Kitchen"): _NAMES,
        vol.Optional("floors", default=list, description="Names of floors"): _NAMES,
        vol.Optional(
            "players",
            default=list,
            description="Names or entity IDs of single players, in addition to areas and floors",
        ): _NAMES,
        vol.Optional(
            "priority",
            default=_NORMAL,
            description="high goes before other announcements that wait, low after them",
        ): vol.In(_PRIORITIES),
        vol.Optional("chime", description="A sound before the message"): vol.In(list(CHIMES)),
    }
)

# Agents read these; what a person may hear of it is in the translations.
_PROMPT: Final = "Announce in other rooms only what the user wants to be announced there."
_DESCRIPTION: Final = (
    "Announces a message aloud in other rooms of the home, with the voice {voice}. "
    "Use it when the user wants people elsewhere in the home to hear something. "
    "The message is spoken as you write it, so write it for its listeners. "
    "If the user did not say where, leave areas, floors, and players empty: "
    "the result then lists what there is to choose from."
)
_ASK: Final = (
    "Nothing was announced. Ask the user which of the candidates is meant, then call this tool "
    "again with the area or the entity_id. If the user wants all of them, name all of them."
)


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: llm.LLMContext, api_id: str
) -> LLMTools | None:
    """Return a tool for each account that lets assistants announce."""
    from homeassistant.components.llm import LLMTools  # noqa: PLC0415  # not in 2026.6

    if api_id != llm.LLM_API_ASSIST or not llm_context.assistant:
        return None
    tools: list[llm.Tool] = [*_tools(hass)]
    return LLMTools(tools=tools, prompt=_PROMPT) if tools else None


@callback
def async_register(hass: HomeAssistant, entry: ElevenLabsConfigEntry) -> None:
    """Register an API of the account's own where Home Assistant asks nobody for tools."""
    if _IS_ASKED or not entry.options.get(CONF_ASSISTANT_ANNOUNCES):
        return
    api = AnnouncementApi(
        hass=hass, id=f"{DOMAIN}-{entry.entry_id}", name=entry.title, entry_id=entry.entry_id
    )
    entry.async_on_unload(llm.async_register_api(hass, api))


def _tools(hass: HomeAssistant) -> list[AnnounceTool]:
    entries: list[ElevenLabsConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    offering = [entry for entry in entries if entry.options.get(CONF_ASSISTANT_ANNOUNCES)]
    return [AnnounceTool(entry, number) for number, entry in enumerate(offering, 1)]


@dataclass(kw_only=True)
class AnnouncementApi(llm.API):
    """The LLM API of one account, for Home Assistant 2026.6."""

    entry_id: str

    @override
    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        """Return the account's tool, if it is known what the assistant may see."""
        tools: list[llm.Tool] = [
            tool for tool in _tools(self.hass) if tool.entry.entry_id == self.entry_id
        ]
        return llm.APIInstance(
            api=self,
            api_prompt=_PROMPT,
            llm_context=llm_context,
            tools=tools if llm_context.assistant else [],
            custom_serializer=llm.selector_serializer,
        )


class AnnounceTool(llm.Tool):
    """Announces with the voice that one account has for assistants."""

    integration = DOMAIN

    def __init__(self, entry: ElevenLabsConfigEntry, number: int) -> None:
        """Belong to an account; those after the first have their number in the name."""
        self.entry = entry
        self.name = f"{DOMAIN}__announce" + (f"_{number}" if number > 1 else "")
        voice = entry.subentries.get(entry.options.get(CONF_ANNOUNCEMENT_VOICE, ""))
        self.description = _DESCRIPTION.format(voice=voice.title if voice else entry.title)
        self.parameters = _PARAMETERS
        if kind := getattr(llm, "ToolAnnotations", None):
            self.annotations = kind(destructive=False)

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> Any:
        """Announce, and return what became of it at each player, or why nothing was announced."""
        try:
            result = await self._async_announce(hass, tool_input.tool_args, llm_context)
        except UnclearPlaceError as err:
            result = _question(hass, err)
        except HomeAssistantError as err:
            result = _refusal(PlayerError.of(err))
        except vol.Invalid as err:
            result = _refusal(PlayerError("invalid_tool_call", {"problem": str(err)}))
        # Home Assistant 2026.6 takes the data alone.
        kind = getattr(llm, "ToolResult", None)
        return kind(data=result, error=not result["success"]) if kind else result

    async def _async_announce(
        self, hass: HomeAssistant, args: Mapping[str, Any], llm_context: llm.LLMContext
    ) -> dict[str, Any]:
        """Return what became of an announcement; raises HomeAssistantError or vol.Invalid."""
        said = _PARAMETERS({name: value for name, value in args.items() if not _is_blank(value)})
        request = self._request(hass, said, llm_context.language)
        names = PlaceNames(areas=said["areas"], floors=said["floors"], players=said["players"])
        players = named_players(hass, names, llm_context.assistant or "")
        # The assistant speaks there itself, and an announcement would cut it off.
        here = players_in_device(hass, llm_context.device_id)
        if not (elsewhere := [player for player in players if player not in here]):
            raise _refused("only_asking_player")
        await announcer(hass).part_audio.async_check_chimes(request.chime)
        if not self.entry.runtime_data.assistant_rate.take(hass.loop.time()):
            raise _refused("announced_too_often", limit=str(MOST_A_MINUTE))
        tracker = await announcer(hass).async_announce(request, elsewhere, llm_context.context)
        return _outcome(hass, tracker, here.intersection(players))

    def _request(
        self, hass: HomeAssistant, said: Mapping[str, Any], language: str | None
    ) -> AnnouncementRequest:
        """Return what to announce; raises ServiceValidationError if it cannot be spoken."""
        voice = self._voice(hass)
        if len(said["message"]) > _LONGEST_MESSAGE:
            raise _refused("text_too_long", limit=str(_LONGEST_MESSAGE))
        is_spoken = language is not None and language in voice.supported_languages
        request = voice.announcement_request(
            said["message"], language=language if is_spoken else None, options={}
        )
        priority = Priority[said["priority"].upper()]
        return replace(request, priority=priority, chime=said.get("chime"))

    def _voice(self, hass: HomeAssistant) -> ElevenLabsTextToSpeechEntity:
        """Return the voice; raises ServiceValidationError if it may not or cannot speak now."""
        is_loaded = self.entry.state is ConfigEntryState.LOADED
        if not is_loaded or not self.entry.options.get(CONF_ASSISTANT_ANNOUNCES):
            raise _refused("assistant_may_not_announce", account=self.entry.title)
        chosen = self.entry.options.get(CONF_ANNOUNCEMENT_VOICE, "")
        engine = voice_entities(hass, self.entry).get(chosen, "")
        voice = hass.data[DATA_COMPONENT].get_entity(engine)
        if isinstance(voice, ElevenLabsTextToSpeechEntity):
            return voice
        raise _refused("announcement_voice_missing", account=self.entry.title)


def _outcome(
    hass: HomeAssistant, tracker: AnnouncementTracker, left_out: Iterable[str]
) -> dict[str, Any]:
    """Return what became of an announcement at each player; the message is not repeated."""
    announcement = tracker.announcement
    outcome = announcement.outcome(hass.loop.time())
    places = player_places(hass, [*outcome, *left_out])
    told = [
        {**places[player], "state": one["state"], "error": one["error"]}
        for player, one in outcome.items()
    ]
    here = str(PlayerError("only_asking_player"))
    told += [{**places[player], "state": "left_out", "error": here} for player in left_out]
    if failure := announcement.failure:
        return {**_refusal(failure), "players": told}
    return {"success": True, "players": told}


def _question(hass: HomeAssistant, err: UnclearPlaceError) -> dict[str, Any]:
    """Return why it is not clear where to announce, and what the agent is to ask."""
    places = player_places(hass, err.candidates)
    candidates = [{**place, "entity_id": player} for player, place in places.items()]
    asking = {"candidates": candidates, "instruction": _ASK} if candidates else {}
    return {**_refusal(PlayerError.of(err)), **asking}


def _refusal(error: PlayerError) -> dict[str, Any]:
    return {"success": False, "cause": error.cause, "error": str(error)}


def _refused(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def _is_blank(value: Any) -> bool:
    """Whether an agent only filled in what it could have left out."""
    return value is None or (isinstance(value, str) and not value.strip())
