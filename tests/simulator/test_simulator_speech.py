"""What the simulator says is speech, and its times are true."""

from itertools import pairwise

from aiohttp import ClientSession
import numpy as np
import pytest

from simulator import Simulator
from simulator.audio_formats import AUDIO_FORMATS, STREAM_FORMATS
from tests.helpers.simulator_audio import (
    FLASH,
    GEORGE,
    SARAH,
    SPEECH,
    Sound,
    Timed,
    decode,
    energy,
    likeness,
    speak_timed,
)

_TEXT = "Hello there. The laundry is done, and dinner is ready."

# What a LAME stream without its information frame starts late, decoded.
_LAME_DELAY = {44100: 0.026, 24000: 0.048, 22050: 0.052}


async def _sound(client: ClientSession, text: str, **options: object) -> tuple[Sound, int, Timed]:
    timed = await speak_timed(client, text, **options)
    sound, rate = decode(timed.audio, "pcm_24000")
    return sound, rate, timed


@pytest.mark.parametrize("name", STREAM_FORMATS)
async def test_every_stream_format_decodes_to_the_same_speech(sim: Simulator, name: str) -> None:
    headers = {"xi-api-key": "sk_enterprise"}
    async with ClientSession(sim.url, headers=headers) as client:
        plain = await speak_timed(client, _TEXT)
        timed = await speak_timed(client, _TEXT, query={"output_format": name})
    chosen = AUDIO_FORMATS[name]
    sound, rate = decode(timed.audio, name)
    assert rate == chosen.sample_rate
    late = len(sound) / rate - timed.ends[-1]
    assert -0.001 < late < 0.12
    if chosen.kbps and chosen.codec == "mp3":
        kbps = len(timed.audio) * 8 / (len(sound) / rate) / 1000
        assert kbps == pytest.approx(chosen.kbps, rel=0.03)
    assert timed.chars == plain.chars
    assert timed.starts == pytest.approx(plain.starts, abs=0.002)
    delay = _LAME_DELAY.get(rate, 0.0) if chosen.codec == "mp3" else 0.0
    # The pause after "there." is silent, the words around it are not.
    hello, there, the = plain.words()[:3]
    pause = energy(sound, rate, there[2] + delay + 0.05, the[1] + delay - 0.03)
    assert pause < 0.05 * energy(sound, rate, hello[1] + delay, there[2] + delay)


@pytest.mark.parametrize("name", ["ulaw_8000", "alaw_8000"])
async def test_telephone_formats_are_close_to_linear(client: ClientSession, name: str) -> None:
    linear = await speak_timed(client, _TEXT, query={"output_format": "pcm_8000"})
    companded = await speak_timed(client, _TEXT, query={"output_format": name})
    expected, _ = decode(linear.audio, "pcm_8000")
    sound, _ = decode(companded.audio, name)
    assert len(sound) == len(expected)
    assert np.std(sound - expected) < 0.03 * np.std(expected)


@pytest.mark.parametrize("name", [name for name in AUDIO_FORMATS if name.startswith("wav")])
async def test_wav_is_for_whole_answers(sim: Simulator, name: str) -> None:
    headers = {"xi-api-key": "sk_enterprise"}
    body = {"text": "Hello there.", "model_id": FLASH}
    async with ClientSession(sim.url, headers=headers) as client:
        async with client.post(SPEECH, params={"output_format": name}, json=body) as answer:
            data = await answer.read()
            assert answer.content_type == "audio/wav"
        url = f"{SPEECH}/stream"
        async with client.post(url, params={"output_format": name}, json=body) as answer:
            assert answer.status == 400
    assert int.from_bytes(data[40:44], "little") == len(data) - 44
    sound, rate = decode(data, name)
    assert (rate, len(sound)) == (AUDIO_FORMATS[name].sample_rate, (len(data) - 44) // 2)
    assert energy(sound, rate, 0.05, 0.5) > 0.02


async def test_same_input_same_sound(client: ClientSession) -> None:
    first, _, _ = await _sound(client, _TEXT)
    await _sound(client, "Something else in between.", voice=SARAH)
    second, _, _ = await _sound(client, _TEXT)
    np.testing.assert_array_equal(first, second)
    seeded, _, _ = await _sound(client, _TEXT, seed=1)
    assert len(seeded) != len(first) or not np.array_equal(seeded, first)


async def test_silence_lies_between_sentences(client: ClientSession) -> None:
    sentence = "Seven purple cats. Five shiny boats."
    sound, rate, timed = await _sound(client, sentence)
    words = timed.words()
    assert [word for word, _, _ in words] == sentence.split()
    assert all(before[2] <= after[1] + 0.001 for before, after in pairwise(words))
    assert energy(sound, rate, 0.0, words[0][1]) < 0.001
    assert energy(sound, rate, words[2][2] + 0.02, words[3][1] - 0.02) < 0.001
    for _, start, end in words:
        assert energy(sound, rate, start, end) > 0.02


async def test_word_times_are_where_the_word_sounds(client: ClientSession) -> None:
    """Cut out by its times, a word is recognised among others in another sentence."""
    words = ("seven", "purple", "shiny", "boats", "laundry", "moon")

    async def cut(frame: str, word: str) -> Sound:
        sound, rate, timed = await _sound(client, frame.format(word))
        _, start, end = next(item for item in timed.words() if item[0] == word)
        return sound[round(start * rate) : round(end * rate)]

    known = [await cut("I said {} again to him.", word) for word in words]
    for index, word in enumerate(words):
        heard = await cut("On the long table they wrote {} again to her.", word)
        alike = [likeness(heard, other, 24000) for other in known]
        assert int(np.argmax(alike)) == index, (word, alike)


async def test_different_words_sound_different(client: ClientSession) -> None:
    sounds = []
    for word in ("see", "saw", "moon", "hiss"):
        sound, rate, timed = await _sound(client, word)
        _, start, end = timed.words()[0]
        sounds.append(sound[round(start * rate) : round(end * rate)])
    for index, one in enumerate(sounds):
        for other in sounds[index + 1 :]:
            assert likeness(one, other, rate) < 0.75, index


async def test_no_click_where_chunks_meet(client: ClientSession) -> None:
    timed = await speak_timed(client, _TEXT, query={"output_format": "pcm_24000"})
    sound, _ = decode(timed.audio, "pcm_24000")
    assert len(timed.messages) > 8
    sizes = [len(m["audio_base64"]) * 3 // 4 // 2 for m in timed.messages]
    borders = np.cumsum(sizes)[:-1]
    jumps = np.abs(np.diff(sound))
    at_borders = np.array([jumps[max(0, b - 3) : b + 3].max() for b in borders])
    assert at_borders.max() <= np.quantile(jumps, 0.9999)


async def test_voices_differ(client: ClientSession) -> None:
    pitches = {}
    for voice in (GEORGE, SARAH):
        sound, rate, _ = await _sound(client, "Aaah. Aaah.", voice=voice)
        pitches[voice] = _pitch(sound[round(0.1 * rate) : round(0.4 * rate)], rate)
    assert pitches[SARAH] > 1.25 * pitches[GEORGE]


def _pitch(sound: Sound, rate: int) -> float:
    """Find the period at which a vowel repeats itself."""
    whole = np.correlate(sound, sound, "full")[len(sound) - 1 :]
    least, most = rate // 400, rate // 60
    return rate / (least + int(np.argmax(whole[least:most])))


async def test_speed_changes_the_rate(client: ClientSession) -> None:
    lengths = [
        (await speak_timed(client, _TEXT, voice_settings={"speed": speed})).ends[-1]
        for speed in (0.7, 1.0, 1.2)
    ]
    assert lengths[0] > 1.2 * lengths[1] > 1.2 * 1.08 * lengths[2]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Wäsche ist fertig.", "de"),
        ("Le linge est prêt.", "fr"),
        ("La ropa está lista.", "es"),
        ("洗濯が終わりました。", "ja"),
        ("洗衣机洗完了。", "zh"),
        ("الغسيل جاهز الآن", "ar"),
        ("Бельё готово", "ru"),
    ],
)
async def test_language_is_guessed_or_given(
    client: ClientSession, text: str, language: str
) -> None:
    guessed, _, timed = await _sound(client, text)
    given, _, _ = await _sound(client, text, language_code=language)
    np.testing.assert_array_equal(guessed, given)
    english, _, _ = await _sound(client, text, language_code="en")
    assert len(english) != len(given) or not np.array_equal(english, given)
    assert timed.text == text
    assert len(guessed) / 24000 > 0.8


async def test_long_text_keeps_every_character(client: ClientSession) -> None:
    text = "This sentence is said again, and nothing of it may be lost on the way. " * 40
    timed = await speak_timed(client, text)
    assert timed.text == text
    assert timed.starts == sorted(timed.starts)
    assert all(start <= end for start, end in zip(timed.starts, timed.ends, strict=True))
    assert timed.ends[-1] == pytest.approx(len(timed.audio) / 48000, abs=0.01)


_ODD = {
    "emoji": "🙂🙂",
    "chinese": "字" * 700,
    "one_word": "a" * 900,
    "dots": "...",
    "markup": "<b>Hi</b>",
    "digits": "1" * 60,
    "control": "\x00\x01a",
}


@pytest.mark.parametrize("text", _ODD.values(), ids=_ODD.keys())
async def test_odd_texts_are_answered(client: ClientSession, text: str) -> None:
    timed = await speak_timed(client, text)
    assert timed.text == text
    assert timed.audio
