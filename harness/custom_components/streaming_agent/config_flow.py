"""Config flow of the streaming agent: there is nothing to ask."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult


class StreamingAgentConfigFlow(ConfigFlow, domain="streaming_agent"):
    """Create the only entry at once."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Create the entry."""
        return self.async_create_entry(title="Streaming agent", data=user_input or {})
