"""Lists of words that are written on one line."""


def split_words(text: str) -> list[str]:
    """Return the words of a line."""
    return text.split()
