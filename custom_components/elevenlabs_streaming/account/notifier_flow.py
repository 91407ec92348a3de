"""The dialog that adds or changes an announcement target."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)

from ..const import SUBENTRY_NOTIFIER
from .notifier_form import NotifierForm
from .validation import FormError


class NotifierSubentryFlow(ConfigSubentryFlow):
    """Adds an announcement target to an account, or changes one."""

    _form: NotifierForm

    async def async_step_user(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> SubentryFlowResult:
        """Add an announcement target."""
        return self._start(None)

    async def async_step_reconfigure(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> SubentryFlowResult:
        """Change an announcement target."""
        return self._start(self._get_reconfigure_subentry())

    def _start(self, subentry: ConfigSubentry | None) -> SubentryFlowResult:
        """Show the form, if there is a voice to choose."""
        self._form = NotifierForm(self.hass, self._get_entry(), subentry)
        if not self._form.voices:
            return self.async_abort(reason="no_voices")
        return self._show(self._form.suggested)

    async def async_step_notifier(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Handle the submitted form."""
        if user_input is None:
            return self._show(self._form.suggested)
        try:
            name, data = await self._form.async_submit(user_input)
        except FormError as err:
            return self._show(user_input, err.errors(self._form.schema))
        if self.source == SOURCE_RECONFIGURE:
            subentry = self._get_reconfigure_subentry()
            return self.async_update_and_abort(self._get_entry(), subentry, title=name, data=data)
        return self.async_create_entry(title=name, data=data)

    def _show(
        self, filled: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=SUBENTRY_NOTIFIER,
            data_schema=self.add_suggested_values_to_schema(self._form.schema, filled),
            errors=errors,
            last_step=True,
        )
