"""What of Home Assistant cannot be reached by its doors.

The names used here are not promised (tts and assist_satellite, 2026.6 to 2026.11). Without them
cached replies of Assist have no captions, short private ones stay in Home Assistant's cache, as
does what another engine spoke in our place, of two satellites that answer at once neither is
known to speak, what is heard again seems to cost credits, a reply that nobody hears any more is
made to its end, and Home Assistant's debug log has no text of any engine.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from contextvars import ContextVar
import hashlib
import inspect
import logging
from pathlib import Path
import re
import secrets
from types import FrameType
from typing import Any, Final

from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_component import DATA_INSTANCES

from ..const import DOMAIN, SATELLITE

_DIGEST: Final = re.compile(r"([0-9a-f]{40})_")
# Home Assistant writes a file when the last of the audio was made, and converted.
_WRITTEN_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.2

# Home Assistant generates in a task of its own, which inherits the context of whoever asked.
_REQUESTER: ContextVar[Any] = ContextVar(f"{DOMAIN}_requester", default=None)
_IS_REPLAYING: ContextVar[bool] = ContextVar(f"{DOMAIN}_is_replaying", default=False)
_IS_OURS: ContextVar[bool] = ContextVar(f"{DOMAIN}_is_ours", default=False)
_REPLACED_VOICES: ContextVar[frozenset[str]] = ContextVar(
    f"{DOMAIN}_replaced_voices", default=frozenset()
)

type IsMeant = Callable[[str], bool]
"""Tells by Home Assistant's own key whether an audio is meant."""


@contextmanager
def requested_by(owner: object) -> Iterator[None]:
    """Set who requested what is generated within."""
    token = _REQUESTER.set(owner)
    try:
        yield
    finally:
        _REQUESTER.reset(token)


def requester() -> Any:
    """Return who requested the present generation; None if it was not one of us."""
    return _REQUESTER.get()


@contextmanager
def replaying() -> Iterator[None]:
    """Mark what is generated within as a replay, which is not tracked again."""
    token = _IS_REPLAYING.set(True)
    try:
        yield
    finally:
        _IS_REPLAYING.reset(token)


def is_replaying() -> bool:
    """Whether the present generation is a replay."""
    return _IS_REPLAYING.get()


@contextmanager
def preparing_ours() -> Iterator[None]:
    """Mark the streams that are prepared within as those of our announcements."""
    token = _IS_OURS.set(True)
    try:
        yield
    finally:
        _IS_OURS.reset(token)


def is_ours() -> bool:
    """Whether the stream that is being prepared is one of our announcements."""
    return _IS_OURS.get()


@contextmanager
def speaking_instead_of(voice: str) -> Iterator[None]:
    """Mark what is generated within as the fallback of a voice (an entity ID)."""
    token = _REPLACED_VOICES.set(_REPLACED_VOICES.get() | {voice})
    try:
        yield
    finally:
        _REPLACED_VOICES.reset(token)


def replaced_voices() -> frozenset[str]:
    """Return the voices in whose place the present generation speaks."""
    return _REPLACED_VOICES.get()


@callback
def is_fallback_speaking() -> bool:
    """Whether the present generation is a fallback's."""
    return bool(_REPLACED_VOICES.get())


@callback
def newest_token(hass: HomeAssistant) -> str | None:
    """Return the token of the audio that was prepared last, for any engine."""
    streams: dict[str, tts.ResultStream] = getattr(_manager(hass), "token_to_stream", {})
    return next(reversed(streams), None)


@callback
def streams_between(
    hass: HomeAssistant, after: str | None, until: str | None
) -> list[tts.ResultStream]:
    """Return the audio that was prepared after one token, and until another or until now."""
    streams: dict[str, tts.ResultStream] = getattr(_manager(hass), "token_to_stream", {})
    tokens = list(streams)
    if after is not None and after not in streams:
        # It was deleted meanwhile: only the newest is known to be newer.
        return [streams[token] for token in tokens[-1:]]
    start = 0 if after is None else tokens.index(after) + 1
    end = tokens.index(until) + 1 if until in streams else len(tokens)
    return [streams[token] for token in tokens[start:end]]


@callback
def when_spoken(stream: tts.ResultStream, tell: Callable[[str], None]) -> None:
    """Call `tell` with the digest of a complete text once it is given; never for a growing one."""

    @callback
    def told(given: asyncio.Future[Any]) -> None:
        key = "" if given.cancelled() else getattr(given.result(), "cache_key", "")
        if found := _DIGEST.match(key):
            tell(found[1])

    given = getattr(stream, "_result_cache", None)
    if isinstance(given, asyncio.Future):
        given.add_done_callback(told)


@callback
def count_listeners(
    stream: tts.ResultStream, came: Callable[[], None], left: Callable[[], None]
) -> None:
    """Call back when a reader of a stream's audio starts, and when it finishes or leaves."""
    read = stream.async_stream_result

    async def counted() -> AsyncGenerator[bytes]:
        came()
        try:
            async with aclosing(read()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            left()

    with suppress(AttributeError):
        stream.async_stream_result = counted  # type: ignore[method-assign]


@callback
def is_growing(stream: tts.ResultStream) -> bool:
    """Whether a stream's text came piece by piece, so that its audio is in no cache."""
    given = getattr(stream, "_result_cache", None)
    if not isinstance(given, asyncio.Future) or not given.done() or given.cancelled():
        return False
    key = getattr(given.result(), "cache_key", None)
    return isinstance(key, str) and not _DIGEST.match(key)


@callback
def satellite_of(hass: HomeAssistant, conversation: str) -> str | None:
    """Return the satellite that a conversation is held at."""
    component = hass.data[DATA_INSTANCES].get(SATELLITE)
    for entity in component.entities if component else ():
        if getattr(entity, "_conversation_id", None) == conversation:
            return entity.entity_id
    return None


def digest_of(message: str) -> str:
    """Return what Home Assistant finds the audio of a text by."""
    # Home Assistant has no audio of a text with half a character, which it cannot encode.
    encoded = message.encode(errors="surrogatepass")
    return hashlib.sha1(encoded, usedforsecurity=False).hexdigest()


@callback
def of_sentence(engine: str, digest: str) -> IsMeant:
    """Return what tells the audio of a text and an engine, in whatever format and language."""

    def is_meant(key: str) -> bool:
        return key.startswith(digest) and key.endswith(engine.lower())

    return is_meant


@callback
def is_cached(
    hass: HomeAssistant,
    digest: str,
    language: str,
    options: Mapping[str, Any],
    engine: str,
    *,
    filed: bool,
) -> bool:
    """Whether Home Assistant has the audio of a sentence in memory or, if `filed`, on the disk.

    False where that cannot be known any more.
    """
    key, manager = _audio_key(digest, language, options, engine), _manager(hass)
    places = ("mem_cache", "file_cache") if filed else ("mem_cache",)
    return any(key in getattr(manager, place, {}) for place in places)


@callback
def forget_audio(
    hass: HomeAssistant,
    digest: str,
    language: str,
    options: Mapping[str, Any],
    engine: str,
    *,
    filed: bool,
) -> IsMeant:
    """Remove one audio of a sentence from the cache in memory; returns what recognizes it.

    `filed`: it may be about to be written to the disk. It gets a key there that no sentence has,
    so that nobody finds it before it is erased.
    """
    known: dict[str, Any] = getattr(_manager(hass), "mem_cache", {})
    exact = _audio_key(digest, language, options, engine)
    is_meant = exact.__eq__ if exact in known else of_sentence(engine, digest)
    found = {key: known.pop(key) for key in list(known) if is_meant(key)}
    if not (filed and found):
        return is_meant
    nobodys = secrets.token_hex(len(digest) // 2)
    for key, audio in found.items():
        audio.cache_key = key.replace(digest, nobodys, 1)
    return of_sentence(engine, nobodys)


async def async_erase(hass: HomeAssistant, is_meant: IsMeant) -> None:
    """Remove a sentence from the audio cache on disk as soon as it is there."""
    for _ in range(round(_WRITTEN_WITHIN_S / _LOOK_EVERY_S)):
        await asyncio.sleep(_LOOK_EVERY_S)
        if names := _take_out(hass, is_meant):
            await hass.async_add_executor_job(_remove, names)
            return


def _audio_key(digest: str, language: str, options: Mapping[str, Any], engine: str) -> str:
    """Return what Home Assistant finds an audio by; empty where that is not known any more."""
    if (hashed := getattr(tts, "_hash_options", None)) is None:
        return ""
    of_options = hashed(dict(options)) if options else "-"
    return f"{digest}_{language.replace('_', '-')}_{of_options}_{engine}".lower()


def _take_out(hass: HomeAssistant, is_meant: IsMeant) -> list[Path]:
    """Make Home Assistant forget the files; returns what they are."""
    manager = _manager(hass)
    files: dict[str, str] = getattr(manager, "file_cache", {})
    keys = [key for key in files if is_meant(key)]
    return [Path(getattr(manager, "cache_dir", ""), files.pop(key)) for key in keys]


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _manager(hass: HomeAssistant) -> Any:
    return hass.data.get(DATA_TTS_MANAGER)


def logged_options(record: logging.LogRecord) -> Mapping[str, Any] | None:
    """Return the options of the speech that Home Assistant is logging a line about.

    They are variables of the function that logs it; None if it has no such variables.
    """
    frame: FrameType | None = inspect.currentframe()
    while frame and frame.f_code.co_name != record.funcName:
        frame = frame.f_back
    options = frame.f_locals.get("options") if frame else None
    return options if isinstance(options, Mapping) else None
