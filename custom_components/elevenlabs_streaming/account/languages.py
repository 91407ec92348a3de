"""The languages that a voice speaks, as Home Assistant asks for them."""

from typing import override

from homeassistant.generated.languages import LANGUAGES

from ..api import Model, base_language

_OFTEN_USED = ("en-US",)


class SupportedLanguages(list[str]):
    """The tags to select from; any other tag of one of these languages is supported too.

    Home Assistant refuses a language that is not in this list, and there is no end to the tags
    that people and programs write: `de-CH`, `zh-TW`, `en_GB`, or the older `iw`.
    """

    def __init__(self, model: Model) -> None:
        """List the languages of a model with the regional tags that Home Assistant knows."""
        self._bases = frozenset(model.languages)
        tags = {*_OFTEN_USED, *LANGUAGES, *model.languages}
        super().__init__(sorted(tag for tag in tags if tag in self))

    @override
    def __contains__(self, tag: object) -> bool:
        """Return whether the model speaks the language of a tag."""
        return isinstance(tag, str) and base_language(tag) in self._bases
