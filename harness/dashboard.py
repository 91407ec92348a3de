"""The dashboard with the captions card."""

from harness.home import Home
from harness.home_api import Json

DASHBOARD = "demo-speak"
EVERYDAY = "speak"
THEATRE = "theatre"
CARD = "elevenlabs-captions-card"
HISTORY = 4


async def add_dashboard(home: Home, player: str) -> str:
    """Make the dashboard with the card, which the component registers itself; return its path."""
    await home.socket.call(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Speak",
        icon="mdi:account-voice",
        require_admin=False,
        show_in_sidebar=True,
    )
    config = {"views": [_everyday(player), _theatre()]}
    await home.socket.call("lovelace/config/save", url_path=DASHBOARD, config=config)
    return f"/{DASHBOARD}/{EVERYDAY}"


async def add_card(home: Home, card: Json) -> None:
    """Add a card to the end of the everyday view."""
    config = await home.socket.call("lovelace/config", url_path=DASHBOARD)
    config["views"][0]["sections"][0]["cards"].append(card)
    await home.socket.call("lovelace/config/save", url_path=DASHBOARD, config=config)


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
