"""The table of model facts, formats and endpoints."""

from typing import Any

import pytest

from custom_components.elevenlabs_streaming.account import model_selector
from custom_components.elevenlabs_streaming.api import (
    Model,
    OutputFormat,
    base_language,
    endpoint_url,
    is_residency,
    model_facts,
)
from custom_components.elevenlabs_streaming.api.endpoints import socket_url
from harness.model_table import DOCUMENT, with_table


@pytest.mark.parametrize(
    ("model_id", "dialogue", "voices", "stitching"),
    [
        ("eleven_flash_v2_5", False, 1, True),
        ("eleven_multilingual_v2", False, 1, True),
        ("eleven_v3", True, 10, False),
        ("eleven_v3_conversational", True, 1, False),
        ("eleven_v3_conversational_2", True, 1, False),
        ("eleven_v4_turbo", True, 1, False),
        ("eleven_v4_turbo_2", True, 1, False),
        ("eleven_v4_something_new", True, 10, False),
        ("eleven_flash_v9", False, 1, True),
    ],
)
def test_families_tell_what_the_list_does_not(
    model_id: str, *, dialogue: bool, voices: int, stitching: bool
) -> None:
    facts = model_facts(model_id)
    assert (facts.dialogue, facts.voices, facts.stitching) == (dialogue, voices, stitching)


def test_the_document_has_the_table_of_the_models() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(document) == document, "run python -m harness.model_table"


@pytest.mark.parametrize("listed", [True, False, None, "yes"])
@pytest.mark.parametrize("model_id", ["eleven_multilingual_v2", "eleven_flash_v2_5", "eleven_new"])
def test_what_the_list_says_of_settings_counts_more(model_id: str, *, listed: Any) -> None:
    raw = {"model_id": model_id, "can_use_style": listed, "can_use_speaker_boost": listed}
    facts, known = Model.parse(raw).facts, model_facts(model_id)
    told = isinstance(listed, bool)
    assert facts.style == (listed if told else known.style)
    assert facts.speaker_boost == (listed if told else known.speaker_boost)


def test_text_to_dialogue_has_no_style_whatever_the_list_says() -> None:
    raw = {"model_id": "eleven_v4", "can_use_style": True, "can_use_speaker_boost": True}
    assert Model.parse(raw).facts == model_facts("eleven_v4")


def test_price_group_and_access_are_read() -> None:
    raw = {
        "model_id": "eleven_flash_v2_5",
        "requires_alpha_access": True,
        "concurrency_group": "turbo",
        "model_rates": {"character_cost_multiplier": 0.5, "cost_discount_multiplier": 0.8},
    }
    model = Model.parse(raw)
    assert (model.is_early_access, model.concurrency_group) == (True, "turbo")
    assert model.cost_factor == pytest.approx(0.4)
    (option,) = model_selector([model]).config["options"]
    assert option == {"value": "eleven_flash_v2_5", "label": "eleven_flash_v2_5 (alpha)"}
    bare = Model.parse({"model_id": "eleven_flash_v2_5"})
    assert (bare.is_early_access, bare.concurrency_group) == (False, "eleven_flash_v2_5")
    assert bare.concurrency_group == Model.known("eleven_flash_v2_5").concurrency_group


def test_a_model_is_read_with_whatever_fields_it_has() -> None:
    bare = Model.parse({"model_id": "eleven_flash_v2_5", "name": None, "languages": None})
    assert bare.name == "eleven_flash_v2_5"
    assert "de" in bare.languages
    assert bare.text_limit == 40_000
    full = Model.parse(
        {
            "model_id": "x",
            "name": "X",
            "can_do_text_to_speech": True,
            "languages": [{"language_id": "en"}, {"name": "?"}],
            "maximum_text_length_per_request": 77,
            "model_rates": {"character_cost_multiplier": 0.5},
        }
    )
    assert (full.name, full.languages, full.text_limit) == ("X", ("en",), 77)
    assert (full.can_speak, full.cost_factor) == (True, 0.5)


@pytest.mark.parametrize(
    ("model_id", "language", "sent"),
    [
        ("eleven_flash_v2_5", "en-GB", "en"),
        ("eleven_flash_v2_5", "nb", "no"),
        ("eleven_flash_v2_5", "cy", None),
        ("eleven_flash_v2_5", None, None),
        ("eleven_multilingual_v2", "de", None),
        ("eleven_v4", "yue", "yue"),
        ("eleven_v4", "zh-HK", "yue"),
        ("eleven_v4", "zh_Hant_MO", "yue"),
        ("eleven_v4", "zh-yue", "yue"),
        ("eleven_v4", "zh-TW", "zh"),
        ("eleven_v3", "zh-HK", "zh"),
    ],
)
def test_a_language_is_sent_only_where_the_model_takes_it(
    model_id: str, language: str | None, sent: str | None
) -> None:
    assert Model.known(model_id).language_code(language) == sent


def test_regional_tags_have_a_base() -> None:
    assert [base_language(tag) for tag in ("pt_BR", "zh-Hans", "tl")] == ["pt", "zh", "fil"]


@pytest.mark.parametrize("name", ["mp3_44100_128", "mp3_44100", "pcm_16000", "ulaw_8000"])
def test_a_format_keeps_its_name(name: str) -> None:
    assert str(OutputFormat.parse(name)) == name


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("mp3_44100", 16000),
        ("mp3_22050_32", 4000),
        ("pcm_16000", 32000),
        ("ulaw_8000", 8000),
        ("opus_48000_64", None),
    ],
)
def test_a_format_knows_its_bytes_a_second(name: str, rate: float | None) -> None:
    assert OutputFormat.parse(name).bytes_per_second == rate


@pytest.mark.parametrize("name", ["mp3", "flac_44100", "pcm_16k", "../pcm_1", ""])
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an output format"):
        OutputFormat.parse(name)


@pytest.mark.parametrize(
    ("endpoint", "socket"),
    [
        ("global", "wss://api.elevenlabs.io"),
        ("eu", "wss://api.eu.residency.elevenlabs.io"),
        ("http://127.0.0.1:8000/", "ws://127.0.0.1:8000"),
        (" https://proxy.example/eleven/ ", "wss://proxy.example/eleven"),
    ],
)
def test_an_endpoint_is_a_region_or_an_address(endpoint: str, socket: str) -> None:
    assert str(socket_url(endpoint_url(endpoint))).rstrip("/") == socket


@pytest.mark.parametrize(
    "endpoint", ["", "mars", "ftp://x", "https://", "https://u:p@x", "https://x/?a=b", "http://:x"]
)
def test_anything_else_is_no_endpoint(endpoint: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # yarl words some of these itself
        endpoint_url(endpoint)


def test_residency_is_known() -> None:
    assert is_residency("eu")
    assert not is_residency("global")
