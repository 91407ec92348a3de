"""Names of the component, shared by Home Assistant's doors."""

from typing import Final

DOMAIN: Final = "elevenlabs_streaming"

CONF_ENDPOINT: Final = "endpoint"
CONF_VOICE: Final = "voice"
CONF_MODEL: Final = "model"
CONF_ROUTE: Final = "route"
CONF_STABILITY: Final = "stability"
CONF_SIMILARITY_BOOST: Final = "similarity_boost"
CONF_STYLE: Final = "style"
CONF_USE_SPEAKER_BOOST: Final = "use_speaker_boost"
CONF_SPEED: Final = "speed"
CONF_SEED: Final = "seed"
CONF_TEXT_NORMALIZATION: Final = "text_normalization"
CONF_PRIVATE: Final = "private"
CONF_FILL_PAUSES: Final = "fill_pauses"
CONF_LOUDNESS: Final = "loudness"
CONF_CLEAN_TEXT: Final = "clean_text"
CONF_REPLACE_WORDS: Final = "replace_words"
CONF_LATENCY: Final = "latency"
CONF_SPEAKERS: Final = "speakers"
CONF_DICTIONARIES: Final = "pronunciation_dictionary_locators"
CONF_FALLBACK: Final = "fallback"
CONF_DAILY_BUDGET: Final = "daily_budget"
CONF_MONTHLY_BUDGET: Final = "monthly_budget"
CONF_REPLACEMENTS: Final = "replacements"
CONF_ASSISTANT_ANNOUNCES: Final = "assistant_announces"
CONF_ANNOUNCEMENT_VOICE: Final = "announcement_voice"
CONF_WRITTEN: Final = "written"
CONF_SPOKEN: Final = "spoken"
CONF_PRIORITY: Final = "priority"
CONF_TIME_TO_LIVE: Final = "time_to_live"
CONF_VOLUME: Final = "volume"
CONF_CHIME: Final = "chime"
CONF_QUIET_FROM: Final = "quiet_from"
CONF_QUIET_TO: Final = "quiet_to"
CONF_QUIET_PRIORITY: Final = "quiet_priority"

# Not imported: that would load all of Assist into homes that have none.
SATELLITE: Final = "assist_satellite"

SUBENTRY_VOICE: Final = "voice"
SUBENTRY_NOTIFIER: Final = "notifier"

CLEANS_TEXT: Final = True
"""Whether a text is cleaned where neither the voice nor the call says so."""

ROUTES: Final = ("auto", "websocket", "http")
LATENCIES: Final = ("lowest", "balanced", "best_prosody")
TEXT_NORMALIZATIONS: Final = ("auto", "on", "off")
