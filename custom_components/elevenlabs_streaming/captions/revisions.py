"""Words whose times change after they were shown, until the track is finished."""

from collections.abc import Callable, Sequence

from ..alignment import Token, Word


class WordRevisions:
    """Looks at each word once more when the voice has passed it.

    A long text has thousands of words, so they are not all looked at together at its end.
    """

    def __init__(self, word_of: Callable[[Token], Word]) -> None:
        """`word_of`: returns the word of a token with its times as they are now."""
        self._word_of = word_of
        self._unsettled: list[int] = []
        self._revised: dict[int, Word] = {}
        self._is_rebuilt = False

    def add(self, number: int) -> None:
        """Add the number of a word that was shown while the voice may still be in it."""
        self._unsettled.append(number)

    def restart(self) -> None:
        """Start with another text, of which nothing was shown."""
        self._unsettled.clear()
        self._is_rebuilt = False

    def rebuild(self) -> None:
        """Have all words made anew at the end: the text is what was said, and is said again."""
        self._is_rebuilt = True

    def settle(self, tokens: Sequence[Token], before: int) -> None:
        """Look again at the words that end before a key."""
        if self._is_rebuilt or not self._unsettled:
            return
        unsettled = self._unsettled
        self._unsettled = [number for number in unsettled if tokens[number].last >= before]
        for number in unsettled:
            if tokens[number].last < before:
                self._revised[number] = self._word_of(tokens[number])

    def unsettle(self, tokens: Sequence[Token], shown: int, cursor: int) -> None:
        """Have words looked at again that were shown and end after a key: they are said again."""
        number = min(shown, len(tokens))
        while number and tokens[number - 1].last > cursor:
            number -= 1
        self._unsettled = sorted({*self._unsettled, *range(number, shown)})

    def final_words(self, words: Sequence[Word], tokens: Sequence[Token], keys: int) -> list[Word]:
        """Return the words that were shown, with their last times; `keys`: of the whole text."""
        if self._is_rebuilt:
            return [self._word_of(token) for token in tokens[: len(words)]]
        self.settle(tokens, keys + 1)
        found = [*words]
        for number, word in self._revised.items():
            found[number] = word
        return found
