"""Words into cues, as broadcasters write them."""

from itertools import pairwise
import random

import pytest

from custom_components.elevenlabs_streaming.alignment import Word
from custom_components.elevenlabs_streaming.api import SpeechChunk
from custom_components.elevenlabs_streaming.captions import CaptionTrack, Cue
from custom_components.elevenlabs_streaming.captions.cues import (
    CHARACTERS_PER_SECOND,
    LINE_WIDTH,
    LONGEST_S,
    SHORTEST_S,
)
from custom_components.elevenlabs_streaming.text.characters import text_width
from tests.helpers.simulated_timings import TEXTS, caption, check, chunk, cut, timed

LONG = (
    "When the washing machine in the basement has finished its programme, which usually takes "
    "an hour and a half, please hang up the laundry before it starts to smell. The dryer is "
    "broken, so use the line in the garden; if it rains, use the one under the roof. Yes, really. "
    "Dr. Miller of No. 5 Elm St. will come at 10 o'clock and bring the part that we ordered."
)
ARTICLES = ("the", "a", "an", "of", "in", "under", "at", "is", "its", "dr.", "no.")


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


def cues(text: str, tick: float = 0.07, language: str = "en") -> list[Cue]:
    """Return the cues of a text that is spoken evenly."""
    return caption(chunk(text, tick=tick), language=language).cues()


def cue_texts(text: str, tick: float = 0.07) -> list[str]:
    """Return what the cues of a text say."""
    return [cue.text for cue in cues(text, tick)]


@pytest.mark.parametrize("tick", [0.04, 0.07, 0.12])
@pytest.mark.parametrize(
    "text", [*TEXTS.values(), LONG, LONG.replace(",", ""), "晚饭好了请下来" * 20]
)
def test_lines_are_short_and_cues_last_as_they_should(text: str, tick: float) -> None:
    found = cues(text, tick)
    for cue in found:
        assert len(cue.lines) <= 2
        assert all(text_width(line) <= LINE_WIDTH for line in cue.text.split("\n"))
        assert SHORTEST_S <= cue.end - cue.start <= LONGEST_S + 0.5
    assert all(cue.end <= following.start for cue, following in pairwise(found))


def test_sixteen_full_width_characters_fill_a_line() -> None:
    assert cue_texts("一二三四五六七八九十一二三四五六") == ["一二三四五六七八九十一二三四五六"]
    (cue,) = cue_texts("一二三四五六七八九十一二三四五六七")
    assert [len(line) for line in cue.split("\n")] == [8, 9]


def test_a_sentence_ends_its_cue() -> None:
    assert cue_texts("The laundry is done. Please come down.") == [
        "The laundry is done.", "Please come down.",
    ]  # fmt: skip


def test_short_sentences_share_a_cue() -> None:
    assert cue_texts("Yes. No. The door is open.") == ["Yes. No. The door is open."]


@pytest.mark.parametrize(
    "text",
    [
        "Ask Dr. Miller about it, please.",
        "Es kommt am 3. Mai um zehn Uhr.",
        "Please go to No. 5 in Elm St. today.",
        "J. S. Bach wrote this piece of music.",
        "It weighs approx. 80 kg as of today.",
        "He said it was 3.5 metres in all.",
        "Your bus leaves at 9 a.m. sharp today.",
        "Am Montag kommt Prof. Maier zu uns.",
        "Es gibt u.a. Kaffee, z.B. Espresso.",
        "It rained on Dec. 24 and on Sat. morning.",
    ],
)
def test_a_full_stop_is_not_always_the_end(text: str) -> None:
    assert cue_texts(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The bus leaves at 9 a.m. Please be there in time.",
        "We need milk, butter, etc. Please go and buy it.",
        "Is it open now? No. The door is closed.",
    ],
)
def test_a_full_stop_may_end_both_its_word_and_the_sentence(text: str) -> None:
    assert len(cue_texts(text, 0.1)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "晚饭已经做好了。请大家下来吃饭。",
        "كل شيء جاهز الآن؟ انزل من فضلك الآن.",
        "सब कुछ तैयार है अब। कृपया नीचे आइए।",
        "کپڑے دھل گئے ہیں۔ براہ کرم نیچے آئیں۔",  # noqa: RUF001  # of many scripts
        "Լվացքը պատրաստ է արդեն։ Խնդրում եմ իջեք։",  # noqa: RUF001  # of many scripts
        "အဝတ်လျှော်ပြီးပါပြီ။ အောက်ကိုဆင်းလာပါ။",
        "কাপড় ধোয়া শেষ হয়েছে। দয়া করে নিচে আসুন।",
        "ผ้าซักเสร็จแล้วตอนนี้ กรุณาลงมาเก็บก่อนฝนตก",
        "ልብሱ ታጥቦ አልቋል። እባክዎ አሁን ወደ ታች ይምጡ።",
    ],
)
def test_sentences_end_in_every_script(text: str) -> None:
    assert len(cue_texts(text, 0.15)) == 2


def test_breaks_are_not_between_article_and_noun() -> None:
    for cue in cues(LONG):
        for line in cue.lines:
            assert line[-1].text.lower() not in ARTICLES


def test_breaks_are_at_clauses_where_there_are_any() -> None:
    assert cue_texts(LONG)[:5] == [
        "When the washing machine in the basement\nhas finished its programme,",
        "which usually takes an hour and a half,\nplease hang up the laundry",
        "before it starts to smell.",
        "The dryer is broken,\nso use the line in the garden;",
        "if it rains, use the one under the roof.",
    ]


def test_two_lines_are_about_the_same_length() -> None:
    for cue in cues(LONG):
        if len(cue.lines) == 2:
            top, bottom = cue.text.split("\n")
            assert min(len(top), len(bottom)) > 12


def test_a_cue_stays_long_enough_to_be_read() -> None:
    first, second = caption(
        chunk("Extraordinary circumstances everywhere. ", tick=0.03),
        chunk("Go home now, all.", 6.0),
    ).cues()
    assert first.end == pytest.approx(len(first.text) / CHARACTERS_PER_SECOND, abs=0.01)
    assert second.start == pytest.approx(6.0)


def test_a_cue_is_never_shown_into_the_next() -> None:
    first, second = caption(
        chunk("Extraordinary circumstances. ", tick=0.04), chunk("Go home now, all.", 1.3)
    ).cues()
    assert first.end == second.start == pytest.approx(1.3)


def test_a_short_gap_is_closed() -> None:
    first, second = caption(chunk("It is done now. "), chunk("Please come down.", 1.4)).cues()
    assert first.end == second.start


def test_a_long_pause_parts_cues_and_clears_the_screen() -> None:
    first, second = caption(chunk("It is all done "), chunk("as far as I know", 4.0)).cues()
    assert (first.text, second.text) == ("It is all done", "as far as I know")
    assert first.end < 2.0


def test_a_new_line_in_the_text_parts_cues() -> None:
    assert cue_texts("Milk and butter\nBread and jam\nTea") == [
        "Milk and butter", "Bread and jam", "Tea",
    ]  # fmt: skip


def test_slow_speech_is_parted_before_seven_seconds() -> None:
    for cue in cues(TEXTS["en"], tick=0.3):
        assert cue.words[-1].end - cue.start <= LONGEST_S


def test_a_cue_stays_while_its_word_sounds() -> None:
    iban = "DE89370400440532013000"
    (said, following) = cues(f"{iban} It is paid now.", tick=0.4)
    assert said.text == iban
    assert said.end - said.start > LONGEST_S
    assert said.end == following.start


def test_a_word_longer_than_a_line_stays_whole() -> None:
    url = "https://" + "x" * 60 + ".example"
    found = cues(f"See {url} for all of it.")
    assert [word.text for cue in found for word in cue.words] == f"See {url} for all of it.".split()
    assert any(url in cue.text.split("\n") for cue in found)


def test_the_last_word_of_a_sentence_is_not_left_alone() -> None:
    text = "The washing machine in the basement has finished its longest programme of all today."
    assert all(len(cue.words) > 2 for cue in cues(text))


def test_a_french_sign_with_a_space_before_it_stays_with_its_line() -> None:
    text = "Bonjour à toutes et à tous les amis du quartier, comment allez-vous ce matin ? Bien !"
    for cue in cues(text):
        assert all(line[0].text not in "?!" for line in cue.lines)


@pytest.mark.parametrize("text", [*TEXTS.values(), LONG, LONG.replace(".", "").replace(",", "")])
@pytest.mark.parametrize("known", [True, False])
def test_a_final_cue_is_never_rewritten(text: str, known: bool) -> None:
    rng = random.Random(3)  # noqa: S311  # not for secrets
    track, final = CaptionTrack("en", message=text if known else None), list[Cue]()
    for one in cut(timed(text), [rng.randint(1, 12) for _ in range(len(text) // 6)]):
        track.add(one)
        if rng.random() < 0.6:
            found = track.cues()
            assert found[: len(final)] == final
            final = [cue for cue in found if cue.final]
            assert found[: len(final)] == final
    track.finish(len(text) * 0.07)
    assert all(cue.final for cue in track.cues())
    assert [cue.text for cue in track.cues()[: len(final)]] == [cue.text for cue in final]
    assert [cue.text for cue in track.cues()] == cue_texts(text)


def test_a_cue_is_final_once_the_next_word_is_known() -> None:
    track = CaptionTrack("en")
    track.add(chunk("The laundry is done. "))
    assert [(cue.text, cue.final) for cue in track.cues()] == [("The laundry is done.", False)]
    track.add(chunk("Please ", 1.5))
    assert [(cue.text, cue.final) for cue in track.cues()] == [
        ("The laundry is done.", True), ("Please", False),
    ]  # fmt: skip


def test_borders_stay_when_times_are_scaled_in_the_end() -> None:
    track = CaptionTrack("en", message=LONG)
    track.add(chunk(LONG, tick=0.09))
    before = [cue.text for cue in track.cues()]
    track.finish(len(LONG) * 0.07)
    assert [cue.text for cue in track.cues()] == before
    assert track.cues()[-1].words[-1].end <= len(LONG) * 0.07


def test_every_position_shows_the_cue_of_its_word() -> None:
    track = caption(chunk(LONG))
    check(track.words, track.cues())
    for word in track.words:
        cue = track.cue_at((word.start + word.end) / 2)
        assert cue
        assert word in cue.words


def test_words_without_length_or_order_are_still_covered_once() -> None:
    rng = random.Random(9)  # noqa: S311  # not for secrets
    for _ in range(100):
        at, words = 0.0, list[dict[str, object]]()
        for _ in range(rng.randint(1, 60)):
            at += rng.choice([0, 0, 0.01, 0.3, 3, 20])
            end = at + rng.choice([0, 0.1, 9])
            text = rng.choice(["a", "the", "end.", "x" * 50, "晚", "。", "-"])
            words.append(Word(text, at, end, rng.choice(["", " ", "\n"])).as_dict())
        data = {"version": 1, "language": "en", "duration": at, "words": words, "cues": []}
        track = CaptionTrack.from_dict(data)
        check(track.words, track.cues())


def test_cues_of_a_row_of_silence() -> None:
    track = caption(*[SpeechChunk(b"x")] * 3, message=LONG, duration=20.0)
    check(track.words, track.cues())
    assert 4 <= len(track.cues()) <= 10


PHRASES = {
    "th": "เครื่องซักผ้าทำงานเสร็จแล้ว กรุณาลงมาข้างล่าง",
    "lo": "ເຄື່ອງຊັກຜ້າເຮັດວຽກແລ້ວ ກະລຸນາລົງມາຂ້າງລຸ່ມ",
    "km": "ម៉ាស៊ីនបោកគក់បានបញ្ចប់ហើយ សូមចុះមកខាងក្រោមព្រោះអាហារ",
    "my": "အဝတ်လျှော်စက်ပြီးသွားပါပြီ ညစာအဆင်သင့်ဖြစ်ပြီးလူတိုင်းက",
}


@pytest.mark.parametrize("text", PHRASES.values(), ids=PHRASES)
def test_scripts_without_spaces_between_words_move_calmly_and_break_at_phrases(text: str) -> None:
    track = caption(chunk(text, tick=1 / 14), message=text)
    assert track.text == text
    assert len(track.words) <= 4.2 * len(text) / 14
    assert " ".join(cue.text for cue in track.cues()).replace("\n", " ") == text
