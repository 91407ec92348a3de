"""One text spoken once for Home Assistant."""

from .billing import Billing, BudgetError, DailyBudgetError, MonthlyBudgetError
from .caption_cache import CaptionCache
from .conversion import converted
from .fallback import FallbackEngine
from .ha_internals import (
    async_erase,
    digest_of,
    is_cached,
    is_fallback_speaking,
    is_ours,
    is_replaying,
    logged_options,
    newest_token,
    of_sentence,
    preparing_ours,
    replaying,
    requested_by,
    requester,
    satellite_of,
    streams_between,
    when_spoken,
)
from .job import GenerationJob
from .levelling import levelled
from .listeners import ListenerCount
from .output import (
    PREFERRED_BITRATE,
    PREFERRED_FORMAT,
    PREFERRED_SAMPLE_BYTES,
    PREFERRED_SAMPLE_CHANNELS,
    PREFERRED_SAMPLE_RATE,
    audio_outputs,
    bytes_per_second,
    is_converted,
    needs_filled_pauses,
    possible_outputs,
)
from .recording import Generation, Recording, rounded_seconds
from .transcriber import Transcriber

__all__ = [
    "PREFERRED_BITRATE",
    "PREFERRED_FORMAT",
    "PREFERRED_SAMPLE_BYTES",
    "PREFERRED_SAMPLE_CHANNELS",
    "PREFERRED_SAMPLE_RATE",
    "Billing",
    "BudgetError",
    "CaptionCache",
    "DailyBudgetError",
    "FallbackEngine",
    "Generation",
    "GenerationJob",
    "ListenerCount",
    "MonthlyBudgetError",
    "Recording",
    "Transcriber",
    "async_erase",
    "audio_outputs",
    "bytes_per_second",
    "converted",
    "digest_of",
    "is_cached",
    "is_converted",
    "is_fallback_speaking",
    "is_ours",
    "is_replaying",
    "levelled",
    "logged_options",
    "needs_filled_pauses",
    "newest_token",
    "of_sentence",
    "possible_outputs",
    "preparing_ours",
    "replaying",
    "requested_by",
    "requester",
    "rounded_seconds",
    "satellite_of",
    "streams_between",
    "when_spoken",
]
