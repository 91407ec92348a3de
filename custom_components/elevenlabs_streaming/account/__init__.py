"""The settings, budget, and state of one ElevenLabs account."""

from .access_fields import credits_selector, endpoint_field, key_field
from .account_selectors import model_selector, voice_selector
from .activity import Activity
from .announcement_rate import MOST_A_MINUTE, AnnouncementRate
from .answers import AccountAnswers
from .assistant_options import AssistantOptions
from .assistants import (
    ASSISTANT_VOICE,
    ATTR_ASSISTANT,
    async_assistants,
    async_check_assistants,
    async_set_assistant_voice,
)
from .budget import Budget, Expense, async_delete_ledger
from .catalogue import Catalogue, credits_reset, remaining_credits, voice_subentries
from .circuit_breaker import CircuitBreaker, CircuitState
from .first_audio import FirstAudio, FirstAudios
from .issues import (
    ATTR_ENTRY,
    ATTR_KIND,
    ATTR_VOICE,
    VOICE_NOT_FOUND,
    VOICE_RETIRING,
    AccountIssues,
    async_delete_issues,
    successor,
)
from .languages import SupportedLanguages
from .lines import LINES, Speaker, find_speaker, read_lines
from .log_filter import async_setup_log_filter
from .migration import migrate_voice
from .notifier_flow import NotifierSubentryFlow
from .notifiers import notifier_signal, notifier_subentries, voice_entities
from .prewarm import Prewarmer
from .quiet_form import apply_quiet, checked_quiet, quiet_fields
from .session import async_open_session
from .settings import OPTIONS, SUPPORTED_OPTIONS
from .speech_options import SpeechOptions
from .validation import (
    AccountAccess,
    FormError,
    access_of,
    async_open_account,
    async_open_voices,
)
from .voice_billing import VoiceBilling
from .voice_form import (
    VoiceForm,
    async_find_voice,
    find_model,
    free_title,
    is_given_title,
    voice_titles,
)
from .word_list import (
    checked_replacements,
    replacements_of,
    replacements_selector,
    settings_to_load,
)

__all__ = [
    "ASSISTANT_VOICE",
    "ATTR_ASSISTANT",
    "ATTR_ENTRY",
    "ATTR_KIND",
    "ATTR_VOICE",
    "LINES",
    "MOST_A_MINUTE",
    "OPTIONS",
    "SUPPORTED_OPTIONS",
    "VOICE_NOT_FOUND",
    "VOICE_RETIRING",
    "AccountAccess",
    "AccountAnswers",
    "AccountIssues",
    "Activity",
    "AnnouncementRate",
    "AssistantOptions",
    "Budget",
    "Catalogue",
    "CircuitBreaker",
    "CircuitState",
    "Expense",
    "FirstAudio",
    "FirstAudios",
    "FormError",
    "NotifierSubentryFlow",
    "Prewarmer",
    "Speaker",
    "SpeechOptions",
    "SupportedLanguages",
    "VoiceBilling",
    "VoiceForm",
    "access_of",
    "apply_quiet",
    "async_assistants",
    "async_check_assistants",
    "async_delete_issues",
    "async_delete_ledger",
    "async_find_voice",
    "async_open_account",
    "async_open_session",
    "async_open_voices",
    "async_set_assistant_voice",
    "async_setup_log_filter",
    "checked_quiet",
    "checked_replacements",
    "credits_reset",
    "credits_selector",
    "endpoint_field",
    "find_model",
    "find_speaker",
    "free_title",
    "is_given_title",
    "key_field",
    "migrate_voice",
    "model_selector",
    "notifier_signal",
    "notifier_subentries",
    "quiet_fields",
    "read_lines",
    "remaining_credits",
    "replacements_of",
    "replacements_selector",
    "settings_to_load",
    "successor",
    "voice_entities",
    "voice_selector",
    "voice_subentries",
    "voice_titles",
]
