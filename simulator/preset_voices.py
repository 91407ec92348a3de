"""The voices that every simulator has."""

import base64
from collections.abc import Iterator
import hashlib

from .catalog_voice import CatalogVoice
from .languages import base_language
from .synthesis_settings import VoiceProfile

_CREATED_AT = 1_700_000_000
_DAY = 86_400
_DISABLED_AT = 1_800_000_000

# Name | variant, pitch, and pitch range of espeak-ng | English voice of espeak-ng | gender, age,
# accent, use case, language, and description | verified languages
_DEFAULT_VOICES = """
George | m3 40 | en-gb-x-rp | male middle_aged british narration en warm | en-GB de-DE fr-FR
Sarah | f3 55 | en-us | female young american news en soft | en-US fr-FR es-ES
Rachel | f2 48 | en-us | female young american narration en calm | en-US
Arthur | m1 32 40 | en-gb-x-rp | male old british narration en deep | en-GB
Bridget | f4 60 | en-gb-scotland | female middle_aged scottish conversational en bright | en-GB
Caleb | m7 45 | en-us | male young american conversational en casual | en-US
Dora | f5 65 60 | en-us | female young american characters en lively | en-US es-ES
Emil | m4 42 | en-us | male middle_aged standard news de clear | de-DE en-US
Fleur | f1 58 | en-us | female young parisian conversational fr gentle | fr-FR en-US
Gonzalo | m5 38 | en-us | male middle_aged peninsular narration es strong | es-ES en-US
Harriet | grandma 45 | en-us | female old american narration en kind | en-US
Ivo | klatt4 35 | en-us | neutral young american characters en robotic |
"""

# Name | category | voice type | variant and pitch of espeak-ng | gender, age, accent, use case and
# language
_ADDED_VOICES = """
My own voice | cloned | personal | m2 50 | male young german social_media de
Grandfather | cloned | personal | grandpa 30 | male old american narration en
| generated | personal | f1 70 |
Kitchen robot | generated | personal | robosoft 50 | neutral young american characters en
House speaker | professional | personal | m8 44 | male middle_aged british advertisement en
Office voice | cloned | workspace | f2 40 | female middle_aged american informative en
Yuki | professional | community | f3 66 | female young standard conversational ja
Mei | professional | community | f4 62 | female young beijing narration zh
Amira | professional | community | f5 52 | female middle_aged standard news ar
Björn | professional | community | m6 36 | male middle_aged standard narration sv
Luca | high_quality | community | m1 55 | male young standard conversational it
Famous Baritone | famous | community | m4 20 | male old american narration en
Leaving Soon | professional | community | f1 45 | female young british narration en
"""

_SERVICE_IDS = {
    "George": "JBFqnCBsd6RMkjVDRZzb",
    "Sarah": "EXAVITQu4vr4xnSDxMaL",
    "Rachel": "21m00Tcm4TlvDq8ikWAM",
}
_ACCENTS = {
    "en-US": "american",
    "en-GB": "british",
    "de-DE": "standard",
    "fr-FR": "parisian",
    "es-ES": "peninsular",
}
_LABELS = ("gender", "age", "accent", "use_case", "language", "descriptive")
_SAVED_SETTINGS = {
    "My own voice": {
        "stability": 0.35,
        "similarity_boost": 0.9,
        "style": 0.1,
        "use_speaker_boost": False,
        "speed": 1.1,
    }
}


def default_voices() -> list[CatalogVoice]:
    """Return the default voices of every account."""
    return [
        CatalogVoice(
            voice_id=_SERVICE_IDS.get(name) or _generate_id(name),
            name=name,
            profile=_parse_profile(profile, _parse_labels(labels), english),
            labels=_parse_labels(labels),
            description=f"{name} is a default voice.",
            languages=tuple(_verified_language(locale) for locale in locales.split()),
        )
        for name, profile, english, labels, locales in _split_rows(_DEFAULT_VOICES)
    ]


def added_voices() -> list[CatalogVoice]:
    """Return the voices that were added to the account."""
    return [_added_voice(number, row) for number, row in enumerate(_split_rows(_ADDED_VOICES))]


def extra_voices(count: int) -> list[CatalogVoice]:
    """Return further voices, so that lists have several pages."""
    return [_extra_voice(number) for number in range(1, count + 1)]


def _added_voice(number: int, row: list[str]) -> CatalogVoice:
    name, category, voice_type, profile, cell = row
    labels = _parse_labels(cell)
    language = labels.get("language")
    return CatalogVoice(
        voice_id=_generate_id(name or "without name"),
        name=name or None,
        category=category,
        voice_type=voice_type,
        profile=_parse_profile(profile, labels),
        labels=labels,
        description=f"{name}, added by hand." if name else None,
        languages=((language, language, labels["accent"]),) if language else (),
        created_at_unix=_CREATED_AT + number * _DAY,
        disable_at_unix=_DISABLED_AT if name == "Leaving Soon" else None,
        is_bookmarked=number % 2 == 0,
        settings=_SAVED_SETTINGS.get(name),
    )


def _extra_voice(number: int) -> CatalogVoice:
    return CatalogVoice(
        voice_id=_generate_id(f"extra {number}"),
        name=f"Extra {number:03}",
        category="generated",
        voice_type="personal",
        profile=VoiceProfile(f"{'fm'[number % 2]}{number % 5 + 1}", 30 + number % 40),
        labels={"gender": ("female", "male")[number % 2], "language": "en"},
        description="One of many.",
        created_at_unix=_CREATED_AT + 30 * _DAY + number,
    )


def _generate_id(name: str) -> str:
    """Return an ID of twenty letters and digits, like those of the service."""
    digest = hashlib.sha256(f"voice {name}".encode()).digest()
    text = base64.b64encode(digest).decode()
    return "".join(char for char in text if char.isalnum())[:20]


def _split_rows(table: str) -> Iterator[list[str]]:
    for line in table.strip("\n").splitlines():
        yield [cell.strip() for cell in line.split("|")]


def _parse_labels(cell: str) -> dict[str, str]:
    return dict(zip(_LABELS, cell.split(), strict=False))


def _parse_profile(cell: str, labels: dict[str, str], english: str = "en-us") -> VoiceProfile:
    variant, *numbers = cell.split()
    pitch, pitch_range = [*map(int, numbers), 50][:2]
    language = labels.get("language", "en")
    return VoiceProfile(variant, pitch, pitch_range, language=language, english=english)


def _verified_language(locale: str) -> tuple[str, str, str]:
    return base_language(locale), locale, _ACCENTS[locale]
