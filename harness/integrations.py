"""Adding integrations to a home through their own config flows, and an assistant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.errors import HarnessError
from harness.home import Home
from harness.home_api import Json
from harness.player import Player
from harness.ports import LOOPBACK
from harness.progress import Progress
from harness.speech_service import SpeechService
from harness.waiting import until

DOMAIN = "elevenlabs_streaming"
FLOWS = "/api/config/config_entries/flow"
SUBENTRY_FLOWS = "/api/config/config_entries/subentries/flow"
ENTITY_PATIENCE = 30
# What a form says once, and takes when it is sent again.
WARNINGS = {"voice_not_tuned"}


class Choice(Protocol):
    """Answers a field of a form from what the form offers."""

    def __call__(self, field: Json, /) -> Json:
        """Return the answer."""


async def add_integration(home: Home, domain: str, answers: Mapping[str, Json | Choice]) -> str:
    """Go through an integration's config flow; return the id of its entry."""
    step = await home.api.post(FLOWS, {"handler": domain})
    while step["type"] == "form":
        errors = set((step.get("errors") or {}).values())
        if reasons := ", ".join(errors - WARNINGS):
            message = f"The set-up of {domain} refused step {step['step_id']}: {reasons}"
            raise HarnessError(message)
        filled = fill_in(step["data_schema"], answers)
        step = await home.api.post(f"{FLOWS}/{step['flow_id']}", filled)
    if step["type"] != "create_entry":
        message = f"The set-up of {domain} ended without an entry: {step}"
        raise HarnessError(message)
    return str(step["result"]["entry_id"])


def fill_in(fields: list[Json], answers: Mapping[str, Json | Choice]) -> Json:
    """Answer the fields we know; leave the others as the form proposes."""
    filled: dict[str, Json] = {}
    for field in fields:
        name = field["name"]
        if name in answers:
            answer = answers[name]
            filled[name] = answer(field) if callable(answer) else answer
        elif "schema" in field:
            filled[name] = fill_in(field["schema"], answers)
        elif "default" in field:
            filled[name] = field["default"]
    return filled


async def add_subentry(
    home: Home, entity_id: str, kind: str, answers: Mapping[str, Json | Choice]
) -> bool:
    """Add a subentry to the entry of an entity; return False if an answer is None."""
    entity = await home.socket.call("config/entity_registry/get", entity_id=entity_id)
    handler = [entity["config_entry_id"], kind]
    step = await home.api.post(SUBENTRY_FLOWS, {"handler": handler})
    filled = fill_in(step["data_schema"], answers)
    if None in filled.values():
        return False
    step = await home.api.post(f"{SUBENTRY_FLOWS}/{step['flow_id']}", filled)
    if step["type"] != "create_entry":
        message = f"The {kind} was refused: {step.get('errors')}"
        raise HarnessError(message)
    return True


async def entity_of(home: Home, entry_id: str, domain: str) -> str:
    """Wait for the entity of this kind that a config entry made; return its id."""

    async def available() -> str | None:
        for entity in await home.socket.call("config/entity_registry/list"):
            entity_id = str(entity["entity_id"])
            if entity["config_entry_id"] == entry_id and entity_id.startswith(domain):
                return entity_id if await _is_available(home, entity_id) else None
        return None

    return await until(f"The {domain} entity", available, seconds=ENTITY_PATIENCE)


async def _is_available(home: Home, entity_id: str) -> bool:
    states = {state["entity_id"]: state["state"] for state in await home.api.get("/api/states")}
    return bool(states.get(entity_id, "unavailable") != "unavailable")


async def language_of(home: Home, engine: str) -> str:
    """Choose the engine's English, or what it has instead."""
    provider = (await home.socket.call("tts/engine/get", engine_id=engine))["provider"]
    languages = [str(language) for language in provider["supported_languages"]]
    english = [language for language in languages if language.startswith("en")]
    return (english or languages)[0]


async def add_assistant(home: Home, agent: str, engine: str) -> str:
    """Make a voice assistant of the agent and the engine; return the pipeline's id."""
    language = await language_of(home, engine)
    nothing = ("stt_engine", "stt_language", "tts_voice", "wake_word_entity", "wake_word_id")
    pipeline = await home.socket.call(
        "assist_pipeline/pipeline/create",
        name="Demo",
        language="en",
        conversation_engine=agent,
        conversation_language="en",
        tts_engine=engine,
        tts_language=language,
        **dict.fromkeys(nothing),
    )
    await home.socket.call("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline["id"])
    return str(pipeline["id"])


@dataclass(slots=True)
class VoiceChoice:
    """Takes the wanted voice, or the first one the form offers, and tells which."""

    wanted: str | None
    progress: Progress
    taken: str = ""

    def __call__(self, field: Json, /) -> str:
        """Answer the form's voice field."""
        offered = options_of(field)
        self.taken = self.wanted or next(iter(offered), "")
        if not self.taken:
            message = "The account lists no voices: set ELEVENLABS_VOICE_ID."
            raise HarnessError(message)
        label = offered.get(self.taken, "not in the account's list")
        self.progress.step(f"Taking the voice {self.taken} ({label})")
        return self.taken


def options_of(field: Json) -> dict[str, str]:
    """Return what a form offers for a field: values and their labels."""
    options = field.get("selector", {}).get("select", {}).get("options", [])
    pairs = (o if isinstance(o, dict) else {"value": o, "label": o} for o in options)
    return {pair["value"]: pair["label"] for pair in pairs}


async def add_voice(
    home: Home, service: SpeechService, choice: VoiceChoice, model: str | None = None
) -> str:
    """Add our integration; return its speech engine's entity."""
    answers: dict[str, Json] = {"api_key": service.api_key, "voice": choice}
    if model:
        answers["model"] = model
    if service.endpoint:
        answers["endpoint"] = service.endpoint
    entry = await add_integration(home, DOMAIN, answers)
    return await entity_of(home, entry, "tts")


async def add_player(home: Home, player: Player) -> str:
    """Add the music player; return its entity."""
    answers = {"host": LOOPBACK, "port": player.port}
    entry = await add_integration(home, "mpd", answers)
    return await entity_of(home, entry, "media_player")


async def add_agent(home: Home) -> str:
    """Add the agent that answers a few letters at a time; return its entity."""
    entry = await add_integration(home, "streaming_agent", {})
    return await entity_of(home, entry, "conversation")
