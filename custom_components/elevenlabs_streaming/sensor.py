"""What a voice is saying now, and what the account has left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account import Budget, Expense, FirstAudio, credits_reset, remaining_credits, voice_subentries
from .announcements import SIGNAL_CUE
from .api import Subscription
from .api.errors import MissingPermissionError
from .coordinator import AccountCoordinator
from .data import ElevenLabsConfigEntry
from .entity import VoiceEntity, account_device

PARALLEL_UPDATES = 0
_LONGEST_STATE: Final = 255
_CREDITS: Final = "credits"


@dataclass(frozen=True, kw_only=True)
class CreditsDescription(SensorEntityDescription):
    """What one sensor shows of the subscription."""

    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC
    value: Callable[[Subscription], int | datetime | None]


@dataclass(frozen=True, kw_only=True)
class SpendingDescription(SensorEntityDescription):
    """What one sensor shows of what was spent here."""

    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC
    native_unit_of_measurement: str | None = _CREDITS
    value: Callable[[Budget], int | None]
    attributes: Callable[[Budget], Mapping[str, Any] | None] = lambda _: None


def _last_cost(budget: Budget) -> int | None:
    return budget.last.credits if budget.last else None


def _last_expense(budget: Budget) -> Mapping[str, Any] | None:
    last: Expense | None = budget.last
    if last is None:
        return None
    return {
        "characters": last.characters,
        "estimated": last.estimated,
        "route": last.route,
        "voice": last.voice,
    }


CREDITS: Final = (
    CreditsDescription(
        key="credits_used",
        translation_key="credits_used",
        native_unit_of_measurement=_CREDITS,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda subscription: subscription.used,
    ),
    CreditsDescription(
        key="credits_remaining",
        translation_key="credits_remaining",
        native_unit_of_measurement=_CREDITS,
        state_class=SensorStateClass.MEASUREMENT,
        value=remaining_credits,
    ),
    CreditsDescription(
        key="credits_reset",
        translation_key="credits_reset",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=credits_reset,
    ),
)
SPENDING: Final = (
    SpendingDescription(
        key="last_cost",
        translation_key="last_cost",
        state_class=SensorStateClass.MEASUREMENT,
        value=_last_cost,
        attributes=_last_expense,
    ),
    SpendingDescription(
        key="spent_today",
        translation_key="spent_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda budget: budget.today,
    ),
    SpendingDescription(
        key="spent_this_month",
        translation_key="spent_this_month",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda budget: budget.month,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ElevenLabsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add what belongs to the account, and what each voice has to show."""
    async_add_entities(CreditsSensor(entry, description) for description in CREDITS)
    async_add_entities(SpendingSensor(entry, description) for description in SPENDING)
    for subentry in voice_subentries(entry):
        async_add_entities(
            [CaptionSensor(subentry), FirstAudioSensor(entry, subentry)],
            config_subentry_id=subentry.subentry_id,
        )


class CreditsSensor(CoordinatorEntity[AccountCoordinator], SensorEntity):
    """A figure of the account as ElevenLabs tells it; unknown where the key may not ask."""

    _attr_has_entity_name = True
    entity_description: CreditsDescription

    def __init__(self, entry: ElevenLabsConfigEntry, description: CreditsDescription) -> None:
        """Belong to one account."""
        super().__init__(entry.runtime_data.account)
        self.entity_description = description
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = account_device(entry)

    @property
    @override
    def native_value(self) -> int | datetime | None:
        """Return the figure."""
        subscription = self.coordinator.data
        return self.entity_description.value(subscription) if subscription else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return why there is no value."""
        return {"reason": MissingPermissionError.cause} if self.coordinator.hidden else None


class SpendingSensor(SensorEntity):
    """A figure of what was spent from here."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: SpendingDescription

    def __init__(self, entry: ElevenLabsConfigEntry, description: SpendingDescription) -> None:
        """Belong to one account."""
        self._budget = entry.runtime_data.budget
        self.entity_description = description
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = account_device(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what is spent."""
        await super().async_added_to_hass()
        self.async_on_remove(self._budget.listen(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> int | None:
        """Return the figure."""
        return self.entity_description.value(self._budget)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return how it came about."""
        return self.entity_description.attributes(self._budget)


class CaptionSensor(VoiceEntity, SensorEntity):
    """The cue that is being spoken now, empty afterwards."""

    _attr_translation_key = "caption"
    _attr_native_value = ""

    def __init__(self, subentry: ConfigSubentry) -> None:
        """Watch one voice."""
        super().__init__(subentry, "caption")
        self._cues: dict[str, str] = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the voice's cues."""
        await super().async_added_to_hass()
        self.async_on_remove(async_dispatcher_connect(self.hass, SIGNAL_CUE, self._on_cue))

    @callback
    def _on_cue(self, voice: str | None, announcement_id: str, cue: str) -> None:
        """Show the newest cue of what may be several announcements."""
        if not self.is_spoken_by(voice):
            return
        self._cues.pop(announcement_id, None)
        if cue:
            self._cues[announcement_id] = cue
        text = next(reversed(self._cues.values()), "")
        self._attr_native_value = text.replace("\n", " ")[:_LONGEST_STATE]
        self.async_write_ha_state()


class FirstAudioSensor(VoiceEntity, SensorEntity):
    """How soon the voice began to be heard when it spoke last."""

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_native_unit_of_measurement = UnitOfTime.MILLISECONDS
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_translation_key = "first_audio"

    def __init__(self, entry: ElevenLabsConfigEntry, subentry: ConfigSubentry) -> None:
        """Watch one voice."""
        super().__init__(subentry, "first_audio")
        self._figures = entry.runtime_data.first_audio

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what is spoken."""
        await super().async_added_to_hass()
        self.async_on_remove(self._figures.listen(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> int | None:
        """Return the milliseconds; none are known before the voice has spoken."""
        return self._newest.milliseconds if self._newest else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return how it came about."""
        if (newest := self._newest) is None:
            return None
        return {
            "route": newest.route,
            "connection": newest.connection,
            "attempts": newest.attempts,
        }

    @property
    def _newest(self) -> FirstAudio | None:
        return self._figures.latest.get(self._subentry_id)
