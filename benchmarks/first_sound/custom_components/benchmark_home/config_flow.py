"""Adding the benchmark's home."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import voluptuous as vol

# Which library's schemas Home Assistant's annotations name varies.
FIELDS: Any = vol.Schema({vol.Required("address"): str, vol.Optional("sdk", default=""): str})


class BenchmarkHomeConfigFlow(ConfigFlow, domain="benchmark_home"):
    """Create the only entry."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the service is."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=FIELDS)
        return self.async_create_entry(title="Benchmark home", data={"sdk": "", **user_input})
