"""What the utterances of one account share."""

from dataclasses import dataclass, field, replace

from ..api import ElevenLabsClient, SpeechRequest
from .chunking import ChunkSchedule, chunk_schedule
from .concurrency import ConcurrencyLimiter
from .refused_fields import RefusedFields
from .socket_pool import SocketPool
from .utterance import TimeLimits, Utterance
from .websocket_support import WebSocketSupport


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechAccount:
    """What the utterances of one account share."""

    client: ElevenLabsClient
    time_limits: TimeLimits
    socket_pool: SocketPool
    websocket: WebSocketSupport
    refused_fields: RefusedFields
    concurrency: ConcurrencyLimiter
    over_dialogue: set[str] = field(default_factory=set)
    """Models that turned out to speak over HTTP through Text-to-Dialogue only."""

    def has_socket(self, utterance: Utterance) -> bool:
        """Return whether a WebSocket is worth a try for an utterance."""
        return self.websocket.is_open(utterance.request)

    def socket_request(self, utterance: Utterance) -> SpeechRequest:
        """Return what a WebSocket for an utterance is asked for."""
        return on_schedule(self.refused_fields.adapt(utterance.request), schedule_of(utterance))


def schedule_of(utterance: Utterance) -> ChunkSchedule:
    """Return when a WebSocket is to speak what it has of an utterance."""
    return chunk_schedule(
        utterance.latency,
        utterance.request.chunk_length_schedule,
        dialogue=utterance.model.facts.dialogue,
    )


def on_schedule(request: SpeechRequest, schedule: ChunkSchedule) -> SpeechRequest:
    """Return the request with a schedule."""
    return replace(request, chunk_length_schedule=schedule.schedule)
