"""The table of models in docs/protocol.md, made from what the component knows of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from custom_components.elevenlabs_streaming.api.models import KNOWN_MODELS, ModelFacts

from .paths import REPOSITORY

DOCUMENT: Final = REPOSITORY / "docs" / "protocol.md"
_TITLES: Final = (
    "Model",
    "Languages",
    "Characters",
    "WebSocket",
    "Voices",
    "Context",
    "`language_code`",
    "Audio tags",
    "Settings",
    "Successor",
)
_ENGLISH: Final = ("en",)


def model_table(models: Mapping[str, ModelFacts] = KNOWN_MODELS) -> str:
    """Return the table as Markdown."""
    rows = (_line(_cells(model_id, facts)) for model_id, facts in models.items())
    return "\n".join((_line(_TITLES), f"|{'---|' * len(_TITLES)}", *rows))


def with_table(document: str) -> str:
    """Return a document with its table of models made anew."""
    start = document.index("| Model | Languages |")
    end = document.index("\n\n", start)
    return document[:start] + model_table() + document[end:]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")


def _cells(model_id: str, facts: ModelFacts) -> tuple[str, ...]:
    return (
        f"`{model_id}`",
        "English" if facts.languages == _ENGLISH else str(len(facts.languages)),
        f"{facts.text_limit:,}",
        "Text to Dialogue" if facts.dialogue else "Text to Speech",
        str(facts.voices),
        _yes(facts.stitching),
        _yes(facts.language_code),
        "Performed" if facts.audio_tags else "Read out",
        ", ".join(_settings(facts)),
        f"`{facts.successor}`" if facts.successor else "",
    )


def _settings(facts: ModelFacts) -> Iterator[str]:
    steps = ", ".join(f"{step:g}" for step in facts.stability_steps)
    yield f"stability ({steps})" if steps else "stability"
    has = {"style": facts.style, "speaker boost": facts.speaker_boost, "speed": facts.speed}
    yield from (name for name, is_had in has.items() if is_had)


def _yes(value: bool) -> str:  # one value, one word
    return "Yes" if value else "No"


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
