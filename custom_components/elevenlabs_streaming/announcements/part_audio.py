"""The audio of one player: the speech, and what is played around it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeassistant.core import HomeAssistant

from ..chimes import ChimeLibrary, Surroundings
from ..media_players import PlayerSetting, PlayerSettings
from .part import Part
from .registry import LISTENER
from .tracker import AnnouncementTracker


class PartAudio:
    """Gives each player its audio."""

    def __init__(self, hass: HomeAssistant, settings: PlayerSettings) -> None:
        """Surround speech with chimes, and with the silence that players need."""
        self._chimes = ChimeLibrary(hass)
        self._settings = settings

    async def async_check_chimes(self, *chimes: str | None) -> None:
        """Raise ChimeError for a chime that cannot be played."""
        await self._chimes.async_check(*chimes)

    async def stream(self, tracker: AnnouncementTracker, part: Part) -> AsyncGenerator[bytes]:
        """Yield the audio of a player as it is generated; raises what an engine raises."""
        if (stream := tracker.announcement.stream) is None:
            return
        speech = _measured(tracker, stream.async_stream_result())
        surroundings = await self._surroundings(tracker, part)
        if surroundings is None:
            pieces = speech
        else:
            pieces = _surrounded(tracker, part, surroundings, speech)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except Exception:
            if part.player == LISTENER and tracker.announcement.stream is stream:
                # It is made anew for whoever tries again.
                tracker.announcement.stream = None
            raise

    async def _surroundings(self, tracker: AnnouncementTracker, part: Part) -> Surroundings | None:
        """Return what is around the speech at a player; nothing for who plays it again."""
        if part.player == LISTENER:
            return None
        get, request = self._settings.get, tracker.announcement.request
        return await self._chimes.async_surroundings(
            request.chime if request else None,
            request.chime_after if request else None,
            get(part.player, PlayerSetting.LEAD_IN),
            get(part.player, PlayerSetting.LEAD_OUT),
        )


async def _surrounded(
    tracker: AnnouncementTracker,
    part: Part,
    surroundings: Surroundings,
    speech: AsyncGenerator[bytes],
) -> AsyncGenerator[bytes]:
    """Yield speech with its surroundings, of whose length the player's clock is told first."""
    stream = tracker.announcement.stream
    joined = surroundings.join(speech, stream.extension if stream else "mp3")
    is_first = True
    async with aclosing(joined.pieces()) as pieces:
        async for piece in pieces:
            if is_first:
                tracker.audio.surround(part, joined.seconds_before, joined.seconds_after)
                is_first = False
            yield piece


async def _measured(
    tracker: AnnouncementTracker, speech: AsyncGenerator[bytes]
) -> AsyncGenerator[bytes]:
    """Yield the speech, and record its size at the end."""
    size = 0
    async with aclosing(speech):
        async for piece in speech:
            size += len(piece)
            yield piece
    tracker.audio.note_size(size)
