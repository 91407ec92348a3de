"""Text in, speech out, through one account."""

import asyncio
from contextlib import nullcontext
import random

from ..api import ElevenLabsClient, OutputFormat
from ..api.errors import NothingToSpeakError, TextTooLongError
from ..audio import frames_of
from ..text import is_sayable
from .attempts import Attempts
from .concurrency import ConcurrencyLimiter
from .hedging import SoundDeadline
from .pauses import PauseFiller
from .refused_fields import RefusedFields
from .retry import RetryPolicy, Sleep
from .socket_pool import SocketPool
from .speech_account import SpeechAccount
from .text_source import TextSource
from .utterance import Outcome, Route, Sink, TimeLimits, Utterance
from .websocket_support import WebSocketSupport

# One utterance of this length takes about two hours to hear; more is a mistake that costs.
LONGEST_TEXT = 100_000


class Synthesizer:
    """Speaks texts through one account."""

    def __init__(
        self,
        client: ElevenLabsClient,
        time_limits: TimeLimits | None = None,
        *,
        socket_pool: SocketPool | None = None,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`rng` and `sleep` space the attempts where the service fails."""
        self.socket_pool = socket_pool or SocketPool(client)
        self.lacks: set[OutputFormat] = set()
        """Formats that the plan turned out not to include."""
        self._account = SpeechAccount(
            client=client,
            time_limits=time_limits or TimeLimits(),
            socket_pool=self.socket_pool,
            websocket=WebSocketSupport(),
            refused_fields=RefusedFields(),
            concurrency=ConcurrencyLimiter(),
        )
        self._rng = rng or random.Random()  # noqa: S311  # spreads load, protects nothing
        self._sleep = sleep

    def warm(self, utterance: Utterance, holder: str) -> None:
        """Open a socket for an utterance like this; `holder` has one at most."""
        if utterance.route is not Route.HTTP and self._account.has_socket(utterance):
            self.socket_pool.wish(self._account.socket_request(utterance), holder)

    def is_warm(self, utterance: Utterance) -> bool:
        """Return whether a socket is open for an utterance like this, or being opened."""
        return self.socket_pool.has(self._account.socket_request(utterance))

    async def speak(
        self, utterance: Utterance, text: TextSource, sink: Sink, outcome: Outcome
    ) -> None:
        """Hand the audio of a text to `sink`, with timings on one continuous clock.

        `outcome` grows meanwhile. Raises `ElevenLabsError`, and what `sink` raises.
        """
        outcome.route = utterance.route
        whole = await self._is_whole(text)
        is_for_http = whole and not utterance.is_dialogue
        by_http = utterance.route is Route.HTTP or (is_for_http and utterance.route is Route.AUTO)
        try:
            await self._attempt(utterance, text, sink, outcome, by_http=by_http)
        finally:
            outcome.cut = text.cut
            outcome.characters = text.length
        if not outcome.bytes_spoken:
            raise NothingToSpeakError("no audio came for this text")

    async def _is_whole(self, text: TextSource) -> bool:
        """Wait for the first words; refuse a whole text that cannot be spoken."""
        try:
            whole = await text.take_ready(self._account.time_limits.silence)
            while not text.ended and not is_sayable(text.so_far()):
                await text.next(self._account.time_limits.silence)
            text.rewind()
        except TimeoutError:
            raise NothingToSpeakError("no text came") from None
        if text.too_long:
            raise TextTooLongError(f"the text has more than {LONGEST_TEXT} characters")
        if text.ended and not is_sayable(text.so_far()):
            raise NothingToSpeakError("the text is empty")
        return whole

    async def _attempt(
        self, utterance: Utterance, text: TextSource, sink: Sink, outcome: Outcome, *, by_http: bool
    ) -> None:
        """Speak, with silence in the text's pauses if the utterance wants that."""
        account, output_format = self._account, utterance.request.output_format
        frames = frames_of(output_format)
        filling = None
        deadline = SoundDeadline(account.time_limits.first_sound)
        if utterance.fill_pauses:
            rate = output_format.bytes_per_second
            filler = PauseFiller(frames, rate, text, outcome, sink=sink)
            filling, sink = filler.filling(), filler.add
        attempts = Attempts(
            account,
            utterance,
            text,
            outcome,
            RetryPolicy(account.time_limits.retry, self._rng, self._sleep),
            deadline=deadline,
            by_socket=not by_http and account.has_socket(utterance),
            frames=frames,
            sink=sink,
        )
        async with filling or nullcontext():
            try:
                await attempts.run()
            except BaseException:
                outcome.broke_off = attempts.break_off()
                raise
