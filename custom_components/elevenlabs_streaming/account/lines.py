"""The lines of an announcement with several voices, as one text with labels."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
import re
from typing import Any, Final

from homeassistant.const import CONF_NAME
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..api import voices_called
from ..const import CONF_VOICE, DOMAIN
from .catalogue import Catalogue
from .setting_kinds import MOST_SPEAKERS
from .voice_form import VOICE_ID

CONF_MESSAGE: Final = "message"
_NOT_IN_LABELS: Final = re.compile(r"[\[\]:\s]+")
_LONGEST_NAME: Final = 40
_TEXT: Final = vol.All(cv.string, vol.Strip, vol.Length(min=1))
LINES: Final = vol.All(
    cv.ensure_list,
    [
        {
            vol.Required(CONF_VOICE): _TEXT,
            vol.Required(CONF_MESSAGE): cv.string,
            vol.Optional(CONF_NAME): _TEXT,
        }
    ],
    vol.Length(min=1),
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice that speaks lines."""

    name: str
    voice_id: str


@dataclass(slots=True)
class Dialogue:
    """Lines as one text, and the voices of its labels."""

    message: str = ""
    speakers: dict[str, str] = field(default_factory=dict)

    def add(self, speaker: Speaker, message: str) -> None:
        """Add a line; raise ServiceValidationError for more voices than one dialogue has."""
        label = self._label(speaker)
        if len(self.speakers) > MOST_SPEAKERS:
            raise _error("too_many_voices", limit=str(MOST_SPEAKERS))
        self.message += f"[{label}]: {message.strip()}\n"

    def _label(self, speaker: Speaker) -> str:
        """Return the name in a speaker's label; two voices of one name are numbered."""
        usual = _NOT_IN_LABELS.sub(" ", speaker.name).strip()[:_LONGEST_NAME] or "1"
        taken = {name.casefold(): voice_id for name, voice_id in self.speakers.items()}
        label, number = usual, 1
        while taken.get(label.casefold(), speaker.voice_id) != speaker.voice_id:
            number += 1
            label = f"{usual} {number}"
        self.speakers.setdefault(label, speaker.voice_id)
        return label


def find_speaker(catalogue: Catalogue, wanted: str) -> Speaker:
    """Return a voice by ID or name; raise ServiceValidationError for a name that nobody has."""
    found = voices_called(catalogue.voices.values(), wanted)
    if not found and not VOICE_ID.fullmatch(wanted):
        raise _error("no_such_voice", voice=wanted)
    # A name that several voices have is told apart where all options are checked.
    voice_id = found[0].voice_id if len(found) == 1 else wanted
    return Speaker(found[0].short_name if found else wanted, voice_id)


def read_lines(
    lines: Iterable[Mapping[str, Any]],
    find: Callable[[str], Speaker],
    is_sayable: Callable[[str], bool],
) -> Dialogue:
    """Return the lines as one text; raise ServiceValidationError for one that cannot be spoken."""
    dialogue = Dialogue()
    for number, line in enumerate(lines, 1):
        if not is_sayable(line[CONF_MESSAGE]):
            raise _error("line_without_words", line=str(number))
        speaker = find(line[CONF_VOICE])
        named = Speaker(line.get(CONF_NAME, speaker.name), speaker.voice_id)
        dialogue.add(named, line[CONF_MESSAGE])
    dialogue.message = dialogue.message.rstrip("\n")
    return dialogue


def _error(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
