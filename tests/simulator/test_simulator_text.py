"""Normalisation changes the words, and both alignments share one clock."""

from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import Behaviour, Simulator
from tests.helpers.simulator_audio import Timed, converse, decode, energy, speak_timed


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It takes 10 min.", "It takes ten minutes."),
        ("It takes 1 min.", "It takes one minute."),
        ("That is $5.50 or 3 €.", "That is five dollars and fifty cents or three euros."),
        ("21.5°C and 99%", "twenty-one point five degrees Celsius and ninety-nine percent"),
        ("Dr. Smith, at 10:05.", "Doctor Smith, at ten oh five."),
        (
            "the 3rd of 1,234,567",
            "the third of one million two hundred thirty-four thousand five hundred sixty-seven",
        ),
        ("It is -4 and R2D2.", "It is minus four and R2D2."),
        (
            "Das dauert 21 Min. für 3,50 €",
            "Das dauert einundzwanzig Minuten für drei Euro und fünfzig Cent",
        ),
        ("Es ist 17:05 und 1.200 m.", "Es ist siebzehn Uhr fünf und eintausendzweihundert Meter."),
        (
            "Il reste 71 km et 80 %.",
            "Il reste soixante et onze kilomètres et quatre-vingts pour cent.",
        ),
        ("Son 22 °C y 45 min.", "Son veintidós grados Celsius y cuarenta y cinco minutos."),
    ],
)
async def test_numbers_units_and_money(client: ClientSession, written: str, spoken: str) -> None:
    timed = await speak_timed(client, written)
    assert timed.text == written
    assert timed.spoken == f" {spoken}"


def _times(timed: Timed, kind: str) -> list[tuple[str, float, float]]:
    found: list[tuple[str, float, float]] = []
    for message in timed.messages:
        if part := message[kind]:
            found += zip(
                part["characters"],
                part["character_start_times_seconds"],
                part["character_end_times_seconds"],
                strict=True,
            )
    return found


async def test_both_alignments_share_the_clock(client: ClientSession) -> None:
    timed = await speak_timed(client, "Wait 10 min now.")
    written, spoken = _times(timed, "alignment"), _times(timed, "normalized_alignment")
    text = "".join(char for char, _, _ in spoken)
    ten, minutes, now = (text.index(word) for word in ("ten", "minutes", "now"))
    assert written[timed.text.index("10")][1] == spoken[ten][1]
    assert written[timed.text.index("10") + 1][2] == spoken[ten + 2][2]
    assert written[timed.text.index("min")][1] >= spoken[minutes - 1][1]
    assert written[timed.text.index("min") + 2][2] == spoken[minutes + 6][2]
    assert written[timed.text.index("now")][1] == spoken[now][1]
    assert spoken[0][:2] == (" ", 0.0)


@pytest.mark.parametrize("mode", ["off", "on", "auto"])
async def test_normalisation_can_be_turned_off(client: ClientSession, mode: str) -> None:
    timed = await speak_timed(client, "10 min.", apply_text_normalization=mode)
    assert timed.spoken == (" 10 min." if mode == "off" else " ten minutes.")


async def test_normalisation_policy_of_flash(sim: Simulator, client: ClientSession) -> None:
    sim.behave(Behaviour(flash_normalisation="enterprise"))
    assert (await speak_timed(client, "10 min.")).spoken == " 10 min."
    body = {"text": "10", "model_id": "eleven_flash_v2_5", "apply_text_normalization": "on"}
    async with client.post("/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb", json=body) as answer:
        assert answer.status == 403


async def test_chinese_is_romanised(sim: Simulator, client: ClientSession) -> None:
    timed = await speak_timed(client, "你好世界。")
    assert timed.text == "你好世界。"
    assert timed.spoken == " ni3 hao3 shi4 jie4 。"
    sim.behave(Behaviour(romanise=False))
    assert (await speak_timed(client, "你好。")).spoken == " 你好。"


async def test_break_is_silence(client: ClientSession) -> None:
    plain = await speak_timed(client, "One two.")
    text = 'One <break time="1.5s" /> two.'
    timed = await speak_timed(client, text)
    assert timed.text == text
    assert "break" not in timed.spoken
    sound, rate = decode(timed.audio, "pcm_24000")
    start = timed.starts[text.index("<")]
    assert timed.ends[text.index(">")] == pytest.approx(start + 1.5, abs=0.002)
    assert energy(sound, rate, start, start + 1.5) == 0.0
    assert timed.ends[-1] > plain.ends[-1] + 1.4


async def test_break_over_websocket_needs_its_switch(client: ClientSession) -> None:
    text = {"text": 'One <break time="1s"/> two. '}
    parsed = await converse(client, {"text": " "}, text, enable_ssml_parsing="true")
    read_out = await converse(client, {"text": " "}, text)
    assert "break" not in parsed.chars("normalizedAlignment")
    assert "break" in read_out.chars("normalizedAlignment")


async def test_audio_tags(client: ClientSession) -> None:
    text = "[whispers] Good night."
    acted = await speak_timed(client, text, model_id="eleven_v3")
    read_out = await speak_timed(client, text)
    assert acted.text == read_out.text == text
    assert "whispers" not in acted.spoken
    assert "whispers" in read_out.spoken
    assert read_out.ends[-1] > acted.ends[-1] + 0.3


async def test_dictionary_changes_the_words_and_repeats_the_alignment(
    sim: Simulator, client: ClientSession
) -> None:
    locators = [{"pronunciation_dictionary_id": "dict_demo", "version_id": "version_1"}]
    options: dict[str, Any] = {"pronunciation_dictionary_locators": locators}
    timed = await speak_timed(client, "HA is great fun today.", **options)
    assert timed.spoken == " Home Assistant is great fun today."
    assert timed.text == "HA is great f" + "HA is great fun today."
    sim.behave(Behaviour(double_pass="never"))
    timed = await speak_timed(client, "HA is great fun today.", **options)
    assert timed.text == "HA is great fun today."


async def test_spaces_in_front(sim: Simulator, client: ClientSession) -> None:
    for lead, expected in (("usual", " Hi."), ("none", "Hi."), ("double", "  Hi.")):
        sim.behave(Behaviour.from_json({"lead": lead}))
        assert (await speak_timed(client, "Hi.")).spoken == expected
