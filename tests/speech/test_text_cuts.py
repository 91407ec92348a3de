"""Where a growing text is cut for requests over HTTP: after its sentences, in every script."""

import asyncio
from collections.abc import AsyncGenerator
import re

import aiohttp
import pytest

from custom_components.elevenlabs_streaming.speech import Latency, Route, Synthesizer
from simulator import Simulator
from tests.helpers.speaking import at, growing, say, spoken, utterance
from tests.helpers.wires import FLASH, cut, pieces

V3 = "eleven_v3"


def tokens(text: str) -> list[str]:
    """Return a text word by word, each with the blank before it, as most agents write."""
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Your appointment with Dr. Johnson is at 9 a.m. sharp, so go.", "Take an umbrella."),
        ("Heiligabend ist am 24. Dezember, und mit Prof. Maier essen wir Gans.", "Das wird schön."),
        ("The music that you hear now was written by J. S. Bach in 1721.", "Shall I go on?"),
        ("It weighs approx. 3.5 kg and is 1,250.50 dollars, e.g. in the U.S. army.", "Buy it?"),
        ("Please read the message that came under No. 5 this morning.", "It is important."),
        ("Wir brauchen noch Gemüse, z.B. Gurken, Tomaten usw. für den Salat.", "Gehst du?"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ends_in_blank", [False, True])
async def test_a_full_stop_that_belongs_to_its_word_ends_no_sentence(
    speaker: Synthesizer, simulator: Simulator, first: str, second: str, *, ends_in_blank: bool
) -> None:
    words = tokens(f"{first} {second}")
    if ends_in_blank:
        words = [f"{word.strip()} " for word in words]
    heard = await say(speaker, pieces(words), utterance(V3, Route.HTTP))
    assert heard.error is None
    assert [text.strip() for text in spoken(simulator, "http")] == [first, second]


SCRIPTS = {
    "en": ("The laundry is done now.", "Please come down before it rains."),
    "hi": ("कपड़े धुल गए हैं और सूख भी गए।", "कृपया बारिश से पहले नीचे आइए।"),
    "bn": ("কাপড় ধোয়া শেষ হয়েছে এখন।", "দয়া করে বৃষ্টির আগে নিচে আসুন।"),
    "ur": ("کپڑے دھل گئے ہیں اور خشک ہیں۔", "براہ کرم بارش سے پہلے نیچے آئیں۔"),  # noqa: RUF001
    "ar": ("هل تعرف أن الغسيل جاهز الآن؟", "انزل من فضلك قبل أن تمطر."),
    "fa": ("آیا می‌دانید لباس‌ها آماده‌اند؟", "لطفا پیش از باران پایین بیایید."),  # noqa: RUF001
    "hy": ("Լվացքն արդեն պատրաստ է։", "Խնդրում եմ իջեք անձրևից առաջ։"),  # noqa: RUF001
    "my": ("အဝတ်လျှော်စက်ပြီးသွားပါပြီ။", "မိုးမရွာခင် အောက်ကိုဆင်းလာပါ။"),
    "th": ("เครื่องซักผ้าทำงานเสร็จแล้ว", "กรุณาลงมาข้างล่างก่อนฝนตก"),
    "lo": ("ເຄື່ອງຊັກຜ້າເຮັດວຽກແລ້ວ", "ກະລຸນາລົງມາຂ້າງລຸ່ມ"),
    "km": ("ម៉ាស៊ីនបោកគក់បានបញ្ចប់ហើយ។", "សូមចុះមកខាងក្រោមមុនពេលភ្លៀង។"),
    "am": ("ልብሱ ታጥቦ ደርቋል አሁን ነው።", "እባክዎ ከዝናቡ በፊት ወደ ታች ይምጡ።"),
    "zh": ("洗衣机里的衣服现在已经全部洗好并且烘干了。", "请在下雨之前下楼来拿衣服。"),
    "ja": ("お母さんは「洗濯が終わって乾燥もできました。」", "雨が降る前に下りてきてください。"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("size", [1, 3])
async def test_the_first_request_is_for_the_first_sentence_in_every_script(
    speaker: Synthesizer, simulator: Simulator, first: str, second: str, size: int
) -> None:
    between = "" if "。" in first else " "
    text = f"{first}{between}{second}"
    heard = await say(speaker, growing(text, size), utterance(V3, Route.HTTP))
    assert heard.error is None
    assert [text.strip() for text in spoken(simulator, "http")] == [first, second]


async def test_a_blank_around_a_number_ends_nothing_in_thai(
    speaker: Synthesizer, simulator: Simulator
) -> None:
    text = "อาหารเย็นจะพร้อมในอีกประมาณ 15 นาทีข้างหน้านี้"
    heard = await say(speaker, growing(text, 2), utterance(V3, Route.HTTP))
    assert heard.error is None
    assert spoken(simulator, "http") == [text]


@pytest.mark.parametrize("model", [FLASH, V3])
@pytest.mark.parametrize(
    "clause",
    [
        "**Let me look, one short moment.**",
        'He says: "One short moment."',
        "`One` short _moment!_",
        "Let me see:",
        "कृपया एक क्षण रुकिए।",
        "براہ کرم ایک لمحہ انتظار کریں۔",  # noqa: RUF001
        "Խնդրում եմ սպասեք։",  # noqa: RUF001
        "กรุณารอสักครู่นะครับ",
        "请稍等一下",
    ],
)
async def test_a_finished_clause_is_spoken_before_a_long_pause(
    session: aiohttp.ClientSession, simulator: Simulator, clause: str, model: str
) -> None:
    patient, go_on = at(session, simulator.url, flush=0.02), asyncio.Event()

    async def write() -> AsyncGenerator[str]:
        for token in cut(clause, 3):
            yield token
            await asyncio.sleep(0)
        await go_on.wait()
        yield "\n\nThat is all."

    saying = asyncio.create_task(say(patient, write(), utterance(model)))
    await simulator.journal.until(
        lambda journal: any(one.state == "finished" for one in journal.generations)
    )
    before = " ".join("".join(one.text for one in simulator.journal.generations).split())
    go_on.set()
    assert (await saying).error is None
    assert before == clause


@pytest.mark.parametrize("latency", list(Latency))
@pytest.mark.parametrize(
    "text",
    [
        "The level is <low and the other one is rather high ",
        "It is <break and enter> in the old list of words ",
        "Now a<b is what it says in the book of signs ",
        "I <3 you and all of the others in this house ",
    ],
)
async def test_what_cannot_be_a_tag_holds_nothing_up(
    speaker: Synthesizer, simulator: Simulator, text: str, latency: Latency
) -> None:
    go_on = asyncio.Event()

    async def write() -> AsyncGenerator[str]:
        for token in tokens(text):
            yield token
            await asyncio.sleep(0)
        await go_on.wait()
        yield "Really."

    wanted = utterance(route=Route.WEBSOCKET, latency=latency)
    saying = asyncio.create_task(say(speaker, write(), wanted))
    await simulator.journal.until(
        lambda journal: any(
            "".join(socket.texts).strip() == text.strip() for socket in journal.sockets
        )
    )
    go_on.set()
    assert (await saying).error is None


LIST = "Here is the list of what we need:\nmilk and butter\neggs\n\nbread and apples\nthat is all"


@pytest.mark.parametrize("pattern", [r"(?=\s)", r"(?<=\s)", r"(\s)", "()"])
async def test_lines_are_the_same_wherever_the_tokens_are_cut(
    speaker: Synthesizer, simulator: Simulator, pattern: str
) -> None:
    heard = await say(speaker, pieces(re.split(pattern, LIST)), utterance(V3, Route.HTTP))
    assert heard.error is None
    assert "".join(spoken(simulator, "http")) == LIST
    assert spoken(simulator, "http")[0].strip() == LIST.split("\n", maxsplit=1)[0]
