"""Characters beyond U+FFFF, which some writers hand over in two halves."""


def join_surrogates(text: str) -> str:
    """Return a text with its halves of characters joined; a lone one is left out."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


class SurrogateJoiner:
    """Joins halves of characters over the pieces of a growing text."""

    def __init__(self) -> None:
        """Start with nothing held back."""
        self._half = ""

    def join(self, piece: str) -> str:
        """Return a piece without the half that it ends in, after the one before it."""
        text, self._half = self._half + piece, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return join_surrogates(text)
