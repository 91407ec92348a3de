"""Synthesize the segments of a stream in order, with one alignment for each spelling."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from . import languages
from .espeak import EspeakSettings
from .pinyin import is_chinese, pinyin
from .segment_builder import NormalizedFragment, SegmentBuilder, SynthesizedSegment
from .synthesis_settings import SynthesisSettings
from .text_normalization import TextFragment
from .text_parsing import ParserSettings, parse_text

_MAX_ESPEAK_VALUE = 99


class SpeechSynthesizer:
    """Synthesizes segments; language and audio tags carry over to the next one."""

    def __init__(self, settings: SynthesisSettings) -> None:
        self._settings = settings
        self._language = settings.language
        self._whispers = False
        self._is_at_word_start = True
        self._lead_in = settings.lead_in

    def synthesize(self, text: str) -> SynthesizedSegment:
        """Synthesize one segment; blocking."""
        fragments = parse_text(text, self._parser_settings(text))
        leading_spaces = self._settings.leading_spaces
        builder = SegmentBuilder()
        if self._lead_in:
            builder.append_pause(self._lead_in)
            self._lead_in = 0.0
        if self._is_at_word_start and leading_spaces != "none":
            builder.append_leading_silence(2 if leading_spaces == "double" else 1)
        for run, pause in _split_runs(fragments):
            self._apply_audio_tags(run)
            builder.append_fragments(self._normalized(run), self._espeak_settings())
            builder.append_pause(pause)
        self._is_at_word_start = text[-1:].isspace() or not text[-1:].isalnum()
        return builder.build(text, strip_end=leading_spaces != "none")

    def _parser_settings(self, text: str) -> ParserSettings:
        settings = self._settings
        if settings.language is None:
            likely = self._language or settings.voice.language
            self._language = languages.guess_language(text, likely)
        return ParserSettings(
            languages.base_language(self._language or "en"),
            normalize=settings.normalize,
            ssml=settings.ssml,
            audio_tags=settings.audio_tags,
            aliases=settings.aliases,
        )

    def _apply_audio_tags(self, run: Sequence[TextFragment]) -> None:
        """Whisper from a `[whispers]` tag until the next tag."""
        for fragment in run:
            if fragment.audio_tag:
                self._whispers = "whisper" in fragment.audio_tag

    def _normalized(self, run: Sequence[TextFragment]) -> list[NormalizedFragment]:
        romanizes = languages.base_language(self._language or "") == "zh"
        if not (self._settings.romanize and romanizes):
            return [NormalizedFragment(fragment, fragment.spoken) for fragment in run]
        return [item for fragment in run for item in _romanize(fragment)]

    def _espeak_settings(self) -> EspeakSettings:
        settings, voice = self._settings, self._settings.voice
        pitch_offset = 0 if settings.seed is None else settings.seed % 7 - 3
        range_offset = round((0.5 - settings.stability) * 40 + settings.style * 20)
        return EspeakSettings(
            self._espeak_voice(),
            pitch=_clamp(voice.pitch + pitch_offset),
            pitch_range=_clamp(voice.pitch_range + range_offset),
            words_per_minute=round(voice.words_per_minute * settings.speed),
        )

    def _espeak_voice(self) -> str:
        voice = self._settings.voice
        language = self._language or voice.language
        is_english = languages.base_language(language) == "en"
        name = voice.english if is_english else languages.espeak_voice(language)
        variant = "whisper" if self._whispers else voice.variant
        return f"{name}+{variant}" if variant else name


def _clamp(value: int) -> int:
    return min(_MAX_ESPEAK_VALUE, max(0, value))


def _romanize(fragment: TextFragment) -> list[NormalizedFragment]:
    """Return a fragment for each character, shown as pinyin if it is Chinese."""
    if fragment.text != fragment.spoken:
        return [NormalizedFragment(fragment, fragment.spoken)]
    return [
        NormalizedFragment(
            replace(fragment, text=char, spoken=char),
            f"{pinyin(char)} " if is_chinese(char) else char,
        )
        for char in fragment.text
    ]


def _split_runs(
    fragments: Sequence[TextFragment],
) -> Iterator[tuple[list[TextFragment], float]]:
    """Yield fragments that are spoken in one go, and the silence after them."""
    run: list[TextFragment] = []
    for fragment in fragments:
        is_new_tag = fragment.audio_tag is not None and any(item.spoken for item in run)
        if is_new_tag:
            yield run, 0.0
            run = []
        run.append(fragment)
        if fragment.pause:
            yield run, fragment.pause
            run = []
    if run:
        yield run, 0.0
