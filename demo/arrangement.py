"""Furnishing the home over its API: integrations, a voice assistant, a dashboard."""

from collections.abc import Mapping
from typing import Protocol

from demo.errors import DemoError
from demo.home_api import HomeApi, HomeSocket, Json
from demo.waiting import until

FLOWS = "/api/config/config_entries/flow"
ENTITY_PATIENCE = 30
DASHBOARD = "demo-speak"
EVERYDAY = "speak"
THEATRE = "theatre"
CARD = "elevenlabs-captions-card"
HISTORY = 4


class Choice(Protocol):
    """Answers a field of a form from what the form offers."""

    def __call__(self, field: Json, /) -> Json:
        """Return the answer."""


async def add_integration(api: HomeApi, domain: str, answers: Mapping[str, Json | Choice]) -> str:
    """Go through an integration's config flow; return the id of its entry."""
    step = await api.post(FLOWS, {"handler": domain})
    while step["type"] == "form":
        if errors := step.get("errors"):
            reasons = ", ".join(errors.values())
            message = f"The set-up of {domain} refused step {step['step_id']}: {reasons}"
            raise DemoError(message)
        filled = fill_in(step["data_schema"], answers)
        step = await api.post(f"{FLOWS}/{step['flow_id']}", filled)
    if step["type"] != "create_entry":
        message = f"The set-up of {domain} ended without an entry: {step}"
        raise DemoError(message)
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


async def entity_of(api: HomeApi, socket: HomeSocket, entry_id: str, domain: str) -> str:
    """Wait for the entity of this kind that a config entry made; return its id."""

    async def available() -> str | None:
        for entity in await socket.call("config/entity_registry/list"):
            entity_id = str(entity["entity_id"])
            if entity["config_entry_id"] == entry_id and entity_id.startswith(domain):
                return entity_id if await _is_available(api, entity_id) else None
        return None

    return await until(f"The {domain} entity", available, seconds=ENTITY_PATIENCE)


async def _is_available(api: HomeApi, entity_id: str) -> bool:
    states = {state["entity_id"]: state["state"] for state in await api.get("/api/states")}
    return bool(states.get(entity_id, "unavailable") != "unavailable")


async def language_of(socket: HomeSocket, engine: str) -> str:
    """Choose the engine's English, or what it has instead."""
    provider = (await socket.call("tts/engine/get", engine_id=engine))["provider"]
    languages = [str(language) for language in provider["supported_languages"]]
    english = [language for language in languages if language.startswith("en")]
    return (english or languages)[0]


async def add_assistant(socket: HomeSocket, agent: str, engine: str, language: str) -> str:
    """Make a voice assistant of the agent and the engine; return the pipeline's id."""
    nothing = ("stt_engine", "stt_language", "tts_voice", "wake_word_entity", "wake_word_id")
    pipeline = await socket.call(
        "assist_pipeline/pipeline/create",
        name="Demo",
        language="en",
        conversation_engine=agent,
        conversation_language="en",
        tts_engine=engine,
        tts_language=language,
        **dict.fromkeys(nothing),
    )
    await socket.call("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline["id"])
    return str(pipeline["id"])


async def add_dashboard(socket: HomeSocket, player: str) -> str:
    """Make the dashboard with the card, which the component registers itself; return its path."""
    await socket.call(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Speak",
        icon="mdi:account-voice",
        require_admin=False,
        show_in_sidebar=True,
    )
    config = {"views": [_everyday(player), _theatre()]}
    await socket.call("lovelace/config/save", url_path=DASHBOARD, config=config)
    return f"/{DASHBOARD}/{EVERYDAY}"


def _everyday(player: str) -> Json:
    card = {"type": f"custom:{CARD}", "idle": "history", "history": HISTORY, "say": True}
    card["grid_options"] = {"columns": "full"}
    tile = {
        "type": "tile",
        "entity": player,
        "features": [{"type": "media-player-playback"}],
        "grid_options": {"columns": "full"},
    }
    return _view("Speak", EVERYDAY, [card, tile])


def _theatre() -> Json:
    card = {"type": f"custom:{CARD}", "theatre": True, "size": "large"}
    card["grid_options"] = {"columns": "full"}
    return _view("Theatre", THEATRE, [card])


def _view(title: str, path: str, cards: list[Json]) -> Json:
    section = {"type": "grid", "column_span": 2, "cards": cards}
    return {
        "title": title,
        "path": path,
        "type": "sections",
        "max_columns": 2,
        "sections": [section],
    }
