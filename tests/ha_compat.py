"""Lets pytest-homeassistant-custom-component 0.13.375 (for 2026.10) run on other releases.

Loaded before every other plugin (`-p tests.ha_compat`), because 2026.11 must be imported
before httpx, which it replaces, and because it moved a function that the plugin imports.
"""

from homeassistant.components import logger
from homeassistant.components.logger import helpers

if not hasattr(logger, "_clear_logger_overwrites"):
    logger._clear_logger_overwrites = helpers._clear_logger_overwrites
