"""All voices at one loudness."""

from collections.abc import Hashable
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..api import OutputFormat, SpeechChunk
from ..audio import Leveller
from ..const import DOMAIN
from ..speech import Outcome, Sink, Synthesizer, TextSource, Utterance
from .ha_internals import requester
from .loudness_meter import LoudnessMeter

TARGET_LUFS: Final = -16.0
"""Where speech is usual on loudspeakers and phones (AES TD1008, for mono)."""
_LOOK_AHEAD_S: Final = 0.2
"""How long a voice may be waited for whose loudness is not known yet."""
# The end of the speech waits for the last of the measurement.
_ENDS_WITHIN_S: Final = 0.2
_MOST_GAIN_DB: Final = 15.0
_MOST_LOSS_DB: Final = 3.0
# How much earlier utterances of a voice count against the seconds of the present one.
_KNOWN_COUNTS_S: Final = 2.0
_BYTES: Final = 2


class VoiceLoudness:
    """How loud each voice was until now, in LUFS, less what the limiter takes of it."""

    def __init__(self) -> None:
        """Know no voice."""
        self._known: dict[Hashable, float] = {}

    def is_known(self, voice: Hashable) -> bool:
        """Whether a voice was heard before."""
        return voice in self._known

    def estimate(self, voice: Hashable, measured: float | None, seconds: float) -> float | None:
        """Return the loudness of a voice, of which so many seconds were measured now."""
        known = self._known.get(voice)
        if known is None or measured is None:
            return measured if known is None else known
        return known + (measured - known) * seconds / (seconds + _KNOWN_COUNTS_S)

    def learn(self, voice: Hashable, measured: float | None, seconds: float) -> None:
        """Learn from one utterance."""
        if (estimate := self.estimate(voice, measured, seconds)) is not None:
            self._known[voice] = estimate


_VOICES: HassKey[VoiceLoudness] = HassKey(f"{DOMAIN}_voice_loudness")


class LevellingSynthesizer:
    """Has a synthesizer speak, and levels what comes in plain samples."""

    def __init__(self, hass: HomeAssistant, synthesizer: Synthesizer, *, looks_ahead: bool) -> None:
        """`looks_ahead`: whether a voice that is not known is measured before its first sound."""
        self._hass = hass
        self._synthesizer = synthesizer
        self._looks_ahead = looks_ahead

    @property
    def lacks(self) -> set[OutputFormat]:
        """The formats that the plan does not include."""
        return self._synthesizer.lacks

    async def speak(
        self, utterance: Utterance, text: TextSource, sink: Sink, outcome: Outcome
    ) -> None:
        """Speak like the synthesizer."""
        request = utterance.request
        output_format = request.output_format
        if output_format.codec != "pcm":
            await self._synthesizer.speak(utterance, text, sink, outcome)
            return
        voice = (request.voice_id, request.model_id)
        levelling = _Levelling(self._hass, voice, output_format.sample_rate)

        async def level(chunk: SpeechChunk) -> None:
            if chunk.audio:
                audio = await levelling.level(chunk.audio, looks_ahead=self._looks_ahead)
                chunk = chunk._replace(audio=audio)
            await sink(chunk)

        try:
            await self._synthesizer.speak(utterance, text, level, outcome)
            await levelling.learn()
        finally:
            levelling.close()


@callback
def levelled(hass: HomeAssistant, synthesizer: Synthesizer) -> LevellingSynthesizer:
    """Return a synthesizer that levels; replies do not wait for it, our announcements do."""
    return LevellingSynthesizer(hass, synthesizer, looks_ahead=requester() is not None)


class _Levelling:
    """The levelling of one utterance while it streams."""

    def __init__(self, hass: HomeAssistant, voice: Hashable, sample_rate: int) -> None:
        self._voices = _voices(hass)
        self._voice = voice
        self._rate = sample_rate
        self._is_known = self._voices.is_known(voice)
        self._seconds = 0.0
        self._meter = LoudnessMeter(hass, sample_rate)
        self._leveller = Leveller(sample_rate)

    async def level(self, audio: bytes, *, looks_ahead: bool) -> bytes:
        """Return the audio at the loudness that all voices have."""
        if not self._is_known:
            self._meter.add(audio)
            if looks_ahead and not self._seconds:
                await self._meter.first(_LOOK_AHEAD_S)
        self._seconds += len(audio) / (_BYTES * self._rate)
        loudness = self._voices.estimate(self._voice, self._voice_loudness(), self._seconds)
        if loudness is not None:
            self._leveller.set_gain(_gain(loudness))
        levelled = self._leveller.level(audio)
        if self._is_known:
            self._meter.add(levelled)
        return levelled

    async def learn(self) -> None:
        """Learn how loud the voice was."""
        await self._meter.end(_ENDS_WITHIN_S)
        self._voices.learn(self._voice, self._voice_loudness(), self._seconds)

    def close(self) -> None:
        """Stop measuring."""
        self._meter.close()

    def _voice_loudness(self) -> float | None:
        """Return the loudness without the gain, less what the limiter takes of it.

        Of a voice that is known, what is heard is measured; else what came, and the rest estimated.
        """
        if (measured := self._meter.loudness) is None:
            return None
        loss = self._leveller.loss
        if self._is_known:
            # More gain would sound pressed, and hardly be louder.
            return measured - self._leveller.mean_gain + max(0.0, loss - _MOST_LOSS_DB)
        return measured - min(_MOST_LOSS_DB, loss)


@callback
def _voices(hass: HomeAssistant) -> VoiceLoudness:
    return hass.data.setdefault(_VOICES, VoiceLoudness())


def _gain(loudness: float) -> float:
    return max(-_MOST_GAIN_DB, min(_MOST_GAIN_DB, TARGET_LUFS - loudness))
