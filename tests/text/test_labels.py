"""Labels of speakers at the starts of lines, wherever the text is cut."""

import pytest

from custom_components.elevenlabs_streaming.text import LabelReader, show_names

NAMES = ("Nora", "Old Tom")


def read(pieces: list[str]) -> list[tuple[str | None, str]]:
    """Return who says what."""
    reader = LabelReader(NAMES)
    labelled = [found for piece in pieces for found in reader.add(piece)]
    turns: list[tuple[str | None, str]] = []
    for name, text in [*labelled, *reader.rest()]:
        if name or not turns:
            turns.append((name, text))
        else:
            turns[-1] = (turns[-1][0], turns[-1][1] + text)
    return turns


TEXTS: list[tuple[str, list[tuple[str | None, str]]]] = [
    ("", []),
    ("Dinner is ready.", [(None, "Dinner is ready.")]),
    ("[Nora]: Hi.", [("Nora", "Hi.")]),
    ("[nora] : Hi.\n  [ OLD TOM ]:\tYes?", [("Nora", "Hi.\n"), ("Old Tom", "Yes?")]),
    ("First.\n[Nora]: Hi.\n\nAnd more.", [(None, "First.\n"), ("Nora", "Hi.\n\nAnd more.")]),
    ("[Nora]: Hi [Old Tom]: no.", [("Nora", "Hi [Old Tom]: no.")]),
    ("[Nora] whispers.\n[Bob]: Who?", [(None, "[Nora] whispers.\n[Bob]: Who?")]),
    ("[whispers] Hi.\n[Nora", [(None, "[whispers] Hi.\n[Nora")]),
    ("[Nora]:\n[Nora]:", [("Nora", "\n"), ("Nora", "")]),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
@pytest.mark.parametrize(("text", "turns"), TEXTS)
def test_labels_are_found_wherever_the_text_is_cut(
    text: str, turns: list[tuple[str | None, str]], size: int
) -> None:
    assert read([text[at : at + size] for at in range(0, len(text), size)]) == turns


def test_what_cannot_become_a_label_is_not_held_back() -> None:
    reader = LabelReader(NAMES)
    assert reader.add("The milk\n") == [(None, "The milk\n")]
    assert reader.add("[No") == []
    assert reader.add("te] this") == [(None, "[Note] this")]


def test_labels_are_shown_as_names() -> None:
    assert show_names("[Nora]: Hi.\n[old tom]: Yes?", NAMES) == "Nora: Hi.\nOld Tom: Yes?"
