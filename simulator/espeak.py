"""Call espeak-ng through ctypes: text in, samples and word events out."""

import _ctypes
import ctypes
from dataclasses import dataclass
import threading
from typing import ClassVar

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

type Samples = NDArray[np.int16]

NATIVE_RATE = 22050

# Values from espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_PHONEME_EVENTS_AND_NO_EXIT = 0x8001
_UTF8_WITH_END_PAUSE = 0x1001
_RATE, _PITCH, _RANGE = 1, 3, 4
_EVENT_END, _EVENT_WORD = 0, 1

_LOCK = threading.Lock()


class _EspeakEventId(ctypes.Union):
    _fields_: ClassVar = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _EspeakEvent(ctypes.Structure):
    _fields_: ClassVar = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EspeakEventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_EspeakEvent)
)


@dataclass(frozen=True, slots=True)
class EspeakSettings:
    """The voice and the parameters of a synthesis."""

    voice: str
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = 165


@dataclass(frozen=True, slots=True)
class WordEvent:
    """The start of a word: the index of its character and of its sample."""

    index: int
    sample: int


@dataclass(frozen=True, slots=True)
class EspeakAudio:
    """The samples and the word events of a text."""

    samples: Samples
    words: tuple[WordEvent, ...]


class EspeakError(RuntimeError):
    """espeak-ng failed."""


NO_AUDIO = EspeakAudio(np.zeros(0, dtype=np.int16), ())


class _CallbackRecorder:
    """Collects what espeak-ng passes to its callback."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.words: list[WordEvent] = []
        self.callback = _Callback(self._receive)

    def _receive(self, wave: object, count: int, events: object) -> int:
        if wave and count:
            self.blocks.append(ctypes.string_at(wave, count * 2))  # type: ignore[arg-type]
        position = 0
        while (event := events[position]).type != _EVENT_END:  # type: ignore[index]
            if event.type == _EVENT_WORD:
                self.words.append(WordEvent(event.text_position - 1, event.sample))
            position += 1
        return 0

    def audio(self) -> EspeakAudio:
        samples: Samples = np.frombuffer(b"".join(self.blocks), dtype=np.int16)
        return EspeakAudio(samples, tuple(self.words))


class _EspeakLibrary:
    """A freshly loaded espeak-ng.

    No call resets its global oscillators and random numbers, so equal input sounds equal only if
    the library is loaded again. That takes 0.3 ms (measured).
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        path = espeakng_loader.get_data_path().encode()
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, path, _PHONEME_EVENTS_AND_NO_EXIT)
        if rate != NATIVE_RATE:
            message = f"Could not start espeak-ng: it returned {rate}"
            raise EspeakError(message)

    def synthesize(self, text: str, settings: EspeakSettings) -> EspeakAudio:
        recorder = _CallbackRecorder()
        self._library.espeak_SetSynthCallback(recorder.callback)
        self._configure(settings)
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, 1, 0, _UTF8_WITH_END_PAUSE, None, None)
        self._library.espeak_Synchronize()
        return recorder.audio()

    def to_phonemes(self, text: str, voice: str) -> str:
        self._library.espeak_SetVoiceByName(voice.encode())
        translate = self._library.espeak_TextToPhonemes
        translate.restype = ctypes.c_char_p
        pointer = ctypes.c_char_p(text.encode())
        phonemes: bytes | None = translate(ctypes.byref(pointer), 1, 0)
        return (phonemes or b"").decode(errors="replace")

    def _configure(self, settings: EspeakSettings) -> None:
        if self._library.espeak_SetVoiceByName(settings.voice.encode()) != 0:
            message = f"espeak-ng doesn't have the voice {settings.voice!r}"
            raise EspeakError(message)
        self._library.espeak_SetParameter(_RATE, settings.words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, settings.pitch, 0)
        self._library.espeak_SetParameter(_RANGE, settings.pitch_range, 0)

    def close(self) -> None:
        self._library.espeak_Terminate()
        name = "dlclose" if hasattr(_ctypes, "dlclose") else "FreeLibrary"
        getattr(_ctypes, name)(self._library._handle)  # noqa: SLF001 - no other way


def synthesize(text: str, settings: EspeakSettings) -> EspeakAudio:
    """Synthesize a text; blocking, and safe to call from any thread."""
    with _LOCK:
        library = _EspeakLibrary()
        try:
            return library.synthesize(text.replace("\0", " "), settings)
        finally:
            library.close()


def to_phonemes(text: str, voice: str) -> str:
    """Return the first clause of a text in espeak-ng's phoneme mnemonics."""
    with _LOCK:
        library = _EspeakLibrary()
        try:
            return library.to_phonemes(text, voice)
        finally:
            library.close()
