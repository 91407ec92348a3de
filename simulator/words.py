"""Lists of words, written in one line."""


def words(text: str) -> list[str]:
    """Split a line into its words."""
    return text.split()
