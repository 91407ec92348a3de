"""Texts that were written for eyes, as they are shown and spoken."""

import random

import pytest

from custom_components.elevenlabs_streaming.text import CleanText, TextCleaner

SPOKEN = [
    # Emphasis, after CommonMark's section 6.2.
    ("*foo bar*", "foo bar"),
    ("a * foo bar*", "a * foo bar"),
    ("5*6*78", "5*6*78"),
    ("_foo bar_", "foo bar"),
    ("foo_bar_", "foo_bar_"),
    ("5_6_78", "5_6_78"),
    ("foo-_(bar)_", "foo-(bar)"),
    ("*(*foo*)*", "(foo)"),
    ("**foo bar**", "foo bar"),
    ("** is not an empty emphasis", "** is not an empty emphasis"),
    ("foo**bar**", "foobar"),
    ("__foo, __bar__, baz__", "foo, bar, baz"),
    (
        "**Gomphocarpus (*Gomphocarpus physocarpus*, syn.)**",
        "Gomphocarpus (Gomphocarpus physocarpus, syn.)",
    ),
    ("***strong** in emph*", "strong in emph"),
    ("The *milk*, please.", "The milk, please."),
    ("~~Hi~~ Hello", "Hi Hello"),
    ("It takes ~5 minutes", "It takes ~5 minutes"),
    # What only looks like it.
    ("sensor.kitchen_temp_2 is snake_case", "sensor.kitchen_temp_2 is snake_case"),
    ("3 * 4 is 12, 2**8 is 256, 3*4 too", "3 * 4 is 12, 2**8 is 256, 3*4 too"),
    ("C# and F# with #42", "C# and F# with #42"),
    ("I <3 you", "I <3 you"),
    ("5 > 3 and 3 < 5", "5 > 3 and 3 < 5"),
    ("> 5 of them", "5 of them"),
    (">5 of them", ">5 of them"),
    ("a 5* hotel", "a 5* hotel"),
    ("delete *.txt", "delete *.txt"),
    ("#hashtag", "#hashtag"),
    ("-5 degrees", "-5 degrees"),
    ("12:30 is lunch", "12:30 is lunch"),
    ("AT&T and R&D;", "AT&T and R&D;"),
    ("it is <low and rising", "it is <low and rising"),
    ("List<String> of <your name>", "List<String> of <your name>"),
    # Headings, rules, items, quotes, tables.
    ("# Dinner\nIs ready.", "Dinner.\nIs ready."),
    ("## foo ##\nbar", "foo.\nbar"),
    ("####### foo", "####### foo"),
    ("Foo\n---\nbar", "Foo.\nbar"),
    ("Foo *bar*\n====\nbaz", "Foo bar.\nbaz"),
    ("One.\n\n* * *\n\nTwo.", "One.\nTwo."),
    ("- milk\n- two eggs\n* bread!\n+ oil", "milk.\ntwo eggs.\nbread!\noil"),
    ("- [ ] milk\n- [x] eggs", "milk.\neggs"),
    ("  - milk\n    - skimmed", "milk.\nskimmed"),
    ("• milk\n•eggs", "milk.\neggs"),
    ("1. Wash\n2) Dry\n10. Iron", "1. Wash.\n2. Dry.\n10. Iron"),
    ("1. **Wash:** warm\n", "1. Wash: warm."),
    ("> Be *kind*.\n> Always", "Be kind.\nAlways"),
    (
        "| Item | Count |\n|:-----|------:|\n| Milk | 2 |\n| **Eggs** | 6 |\n",
        "Item, Count.\nMilk, 2.\nEggs, 6.",
    ),
    ("a | b", "a | b"),
    # Line ends.
    ("Milk\nBread\nButter", "Milk.\nBread.\nButter"),
    (
        "A long line that somebody wrapped where it\nwas full",
        "A long line that somebody wrapped where it\nwas full",
    ),
    ("Paragraph one\n\nparagraph two", "Paragraph one.\nparagraph two"),
    ("Here it is:\n- a\n", "Here it is:\na."),
    ("晚饭好了\n\n请下来", "晚饭好了。\n请下来"),
    ("Done.\r\nNext", "Done.\nNext"),
    ("foo\\\nbar", "foo\nbar"),
    # Code.
    ("Say `turn_on *now*` twice", "Say turn_on *now* twice"),
    ("A `` foo ` bar ``!", "A foo ` bar !"),
    ("```yaml\nkey: *a_b*\n```\nDone", "key: *a_b*.\nDone"),
    ("~~~\n< \n~~~", "<."),
    ("it`s fine", "it`s fine"),
    # Links and addresses.
    ('[link](/uri "title") here', "link here"),
    ("[the **best** recipe](https://a.de/x_(y)?b=c) now", "the best recipe now"),
    ("![a *foo*](train.jpg) bar", "a foo bar"),
    ("[![moon](moon.jpg)](/uri) up", "moon up"),
    ("[recipe][1] and [note][]\n\n[1]: https://example.com/a\n", "recipe and note."),
    ("[link] (/uri) and [OK](", "[link] (/uri) and [OK]("),
    ("[Kitchen]: 21 degrees", "[Kitchen]: 21 degrees"),
    ("See https://www.example.com/a?b=c_d, now.", "See example dot com, now."),
    ("See www.example.co.uk.", "See example dot co dot uk."),
    ("at http://192.168.1.5:8123/lovelace!", "at 192 dot 168 dot 1 dot 5!"),
    ("<https://example.com/x> and <me@example.com>", "example dot com and me@example.com"),
    ("**https://example.com/x**", "example dot com"),
    ("(https://example.com)", "(example dot com)"),
    ("the whole http thing, www and h", "the whole http thing, www and h"),
    # Footnotes.
    ("It rains[^1].\n\n[^1]: They say.", "It rains.\nThey say."),
    ("It rains.[1][2] Often.[3, 4]", "It rains. Often."),
    ("It rains【4†source】.", "It rains."),
    ("see [1] and [23]", "see [1] and [23]"),
    # Entities and HTML.
    (
        "Fish &amp; chips&nbsp;&#39;n&#39; peas &copy; &lt;3 &unknown;",
        "Fish & chips 'n' peas © <3 &unknown;",
    ),
    ("<b>Hi</b> there<br>you<br/>", "Hi there.\nyou."),
    ("<p>One</p><p>Two</p>", "One.\nTwo."),
    ("<ul><li>milk</li><li>eggs</li></ul>", "milk.\neggs."),
    ('<a href="https://a.de/?q=1&b=2" target=_blank>here</a>', "here"),
    ("H<sub>2</sub>O <!-- not this --> is wet", "H2O is wet"),
    ("<script>alert(1)</script>Hi", "Hi"),
    # SSML and audio tags.
    ('Wait <break time="1s"/> now', 'Wait <break time="1s"/> now'),
    (
        '<phoneme alphabet="ipa" ph="x_y*z">tomato</phoneme>',
        '<phoneme alphabet="ipa" ph="x_y*z">tomato</phoneme>',
    ),
    ("<speak><p>One</p></speak>", "<speak><p>One</p></speak>"),
    ('<sub alias="World">W</sub>', '<sub alias="World">W</sub>'),
    ("[whispers] *Good* night [laughs softly].", "[whispers] Good night [laughs softly]."),
    ("[happy][laughs] Yes", "[happy][laughs] Yes"),
    ("['Kitchen', 'Bathroom'] [OK]", "['Kitchen', 'Bathroom'] [OK]"),
    # Escapes.
    (r"\*not emphasized\* \# \[no](x) C:\new", "*not emphasized* # [no](x) C:\\new"),
    # Emoji.
    ("Good 👍🏽 job 👨‍👩‍👧!", "Good job!"),
    ("Great 👍!", "Great!"),
    ("🎉 The *laundry* 🧺 is done 🎉! Great", "The laundry is done! Great"),
    ("[the recipe 👍](https://a.de)!", "the recipe!"),
    ("Great 👍 👍🏽. Next", "Great. Next"),
    ("**Great 👍**, *really 🎉*…", "Great, really…"),
    ("(great 👍) and “fine 🎉”, then", "(great) and “fine”, then"),
    ("很好 👍！", "很好！"),  # noqa: RUF001
    ("Great 👍 day, great 👍day, great👍 day", "Great day, great day, great day"),
    ("- Great 👍\n- Fine 🎉 \n", "Great.\nFine."),
    ("Great 👍\nFine \nNext", "Great.\nFine.\nNext"),
    ("| Milk 🥛 | 2 👍|\n", "Milk, 2."),
    ("Great. 👍 Next", "Great. Next"),
    ("3 > 2 !", "3 > 2 !"),
    ("🌡️ 21 °C", "21 °C"),
    ("✅ Done\n❌ Not done", "Done.\nNot done"),
    ("1️⃣ first → second ➡️ third ™", "1 first → second third ™"),
    # Reasoning.
    ("<think>The user wants *x*.\n\nHm</think>\n\nIt is sunny.", "It is sunny."),
    ("<thinking>a</thinking>It <reasoning>b</reasoning>is.", "It is."),
    ("It rains. <think>but no end", "It rains. "),
    ("</think>It is sunny.", "It is sunny."),
    ("<think>a</think><answer>It is sunny.</answer>", "It is sunny."),
    ('<tool_call>{"name": 1}</tool_call>Done.', "Done."),
    ("[THINK]a[/THINK]Hi", "Hi"),
    ("◁think▷a◁/think▷Hi", "Hi"),
    (
        "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Hi<|return|>",
        "Hi",
    ),
    ("<|START_THINKING|>x<|END_THINKING|><|START_RESPONSE|>Hi<|END_RESPONSE|>", "Hi"),
    # Nothing.
    ("*", ""),
    ("---", ""),
    ("👍", ""),
    ("", ""),
]
SHOWN = [
    (
        "**Dinner** is *ready* 🎉, see [the recipe](https://example.com/a?b=c)",
        "Dinner is ready 🎉, see the recipe",
    ),
    ("See https://www.example.com/a now", "See example.com now"),
    ("2) Dry\n- milk", "2) Dry\nmilk"),
    ("👨‍👩‍👧 1️⃣", "👨‍👩‍👧 1️⃣"),
    ("Great 👍! (Fine 🎉 👍)", "Great 👍! (Fine 🎉 👍)"),
]
LONGEST_HELD = 90


def cleaned(*pieces: str, language: str = "en") -> CleanText:
    """Return a text that came in pieces."""
    cleaner = TextCleaner(language)
    parts = [*map(cleaner.add, pieces), cleaner.rest()]
    return CleanText.joined(stretch for part in parts for stretch in part)


@pytest.mark.parametrize(("text", "spoken"), SPOKEN)
def test_what_a_person_would_say_is_spoken(text: str, spoken: str) -> None:
    assert cleaned(text).spoken.rstrip("\n") == spoken


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_captions_show_words_and_emoji(text: str, shown: str) -> None:
    assert cleaned(text).shown == shown


@pytest.mark.parametrize("text", [text for text, _ in SPOKEN + SHOWN])
def test_a_text_may_be_cut_anywhere(text: str) -> None:
    rng = random.Random(text)  # noqa: S311  # repeatable, not secret
    whole = cleaned(text)
    assert cleaned(*text) == whole
    for at in range(len(text)):
        assert cleaned(text[:at], text[at:]) == whole
    for _ in range(5):
        cuts = sorted(rng.sample(range(len(text) + 1), min(len(text), 4)))
        assert (
            cleaned(*(text[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True))) == whole
        )


def test_texts_of_chance_may_be_cut_anywhere() -> None:
    rng = random.Random(16)  # noqa: S311  # repeatable, not secret
    parts = [
        *"*_~`[]()<>&#-+.!|\\\n:; 1a",
        *("**", "word ", "http", "://a.de/b", "<b", "<think>", "``", "[^1]", "](x)", "\n- ", "| "),
        *("👍", "\ufe0f", "→"),
    ]
    for _ in range(3000):
        text = "".join(rng.choices(parts, k=rng.randint(1, 25)))
        whole = cleaned(text)
        assert cleaned(*text) == whole, repr(text)
        at = rng.randint(0, len(text))
        assert cleaned(text[:at], text[at:]) == whole, repr((text[:at], text[at:]))


@pytest.mark.parametrize(
    "sign", [*"*_~`[<&\\!#hw-|>", "**", "<b ", "[a", "<break ", "https://", "&am", "1"]
)
def test_words_behind_what_may_be_a_mark_are_not_held_back_for_long(sign: str) -> None:
    cleaner, text = TextCleaner(), sign + " quite a few words" * 8
    spoken = "".join(cleaner.add(character).spoken for character in text)
    assert len(spoken) > len(text) - LONGEST_HELD


def test_a_finished_clause_waits_for_no_mark() -> None:
    cleaner = TextCleaner()
    assert cleaner.add("**One moment.").spoken == "One moment."
    assert cleaner.add("**").spoken == ""
    assert cleaner.add("\n").spoken == ""
    assert cleaner.add("Then").spoken == "\nThen"


def test_a_blank_waits_for_an_emoji_only_behind_a_word() -> None:
    cleaner = TextCleaner()
    pieces = ["Great ", "👍", "!", " One moment. ", "Then ", "more"]
    assert [cleaner.add(piece).spoken for piece in pieces] == [
        "Great", "", "!", " One moment. ", "Then", " more"
    ]  # fmt: skip


def test_the_host_is_spoken_in_the_language_of_the_text() -> None:
    assert cleaned("Auf https://beispiel.de/x", language="de").spoken == "Auf beispiel Punkt de"
    assert cleaned("https://example.com/x", language="ja").spoken == "example.com"


def test_a_plain_text_stays_as_it_is() -> None:
    text = (
        "It's 21 °C, 50% (or so) — \"fine\": a/b, 1,250.5 € & more; isn't it? Ja! 晚饭好了。 नमस्ते।"
    )
    assert cleaned(text) == CleanText.plain(text)


@pytest.mark.parametrize(
    "sign", ["[", "<", "<b ", "*", "`", "&", "|", "- ", "https://a.de/", "(", "👍", "\n"]
)
def test_a_row_of_marks_is_read_quickly(sign: str) -> None:
    assert len(cleaned(sign * 20000).shown) <= len(sign) * 20000
