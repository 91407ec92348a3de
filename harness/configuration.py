"""The configuration folder of a new home."""

from collections.abc import Sequence
from importlib.util import find_spec
import json
from pathlib import Path

from harness.errors import HarnessError
from harness.home_api import Json
from harness.paths import AGENT, COMPONENT
from harness.ports import LOOPBACK

CONFIGURATION = """\
homeassistant:
  name: ElevenLabs Streaming demo
  internal_url: {url}
  country: GB
  language: en
  media_dirs:
    local: {media}
frontend:
assist_pipeline:
conversation:
media_source:
logger:
  default: warning
  logs:
    custom_components: info
"""
HTTP_CONFIGURATION = """\
http:
  server_host: {host}
  server_port: {port}
"""


def write_configuration(
    config: Path, url: str, port: int, *, components: Sequence[Path] = (), yaml: str = ""
) -> None:
    """Write the configuration folder of a new home.

    `components` are custom components besides ours and the agent; `yaml` is added to
    configuration.yaml.
    """
    storage = config / ".storage"
    storage.mkdir(parents=True)
    media = config / "media"
    media.mkdir()
    text = CONFIGURATION.format(url=url, media=media) + yaml
    if _keeps_http_settings_itself():
        _store(storage, "http", 1, {"server_host": [LOOPBACK], "server_port": port})
    else:
        text += HTTP_CONFIGURATION.format(host=LOOPBACK, port=port)
    (config / "configuration.yaml").write_text(text, encoding="utf-8")
    # With these steps done, onboarding adds no integration that calls the internet.
    done = ["core_config", "analytics", "integration"]
    _store(storage, "onboarding", 4, {"done": done})
    _link_components(config / "custom_components", (COMPONENT, AGENT, *components))


def _keeps_http_settings_itself() -> bool:
    # Later versions take `http:` from the YAML for five minutes on trial only, then
    # restart without it; what they find in their storage they take as settled.
    package = find_spec("homeassistant")
    if package is None or package.origin is None:
        message = "Home Assistant is not installed in this environment."
        raise HarnessError(message)
    return (Path(package.origin).parent / "components/http/config.py").exists()


def _store(storage: Path, key: str, version: int, data: Json) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content), encoding="utf-8")


def _link_components(folder: Path, components: Sequence[Path]) -> None:
    folder.mkdir()
    for component in components:
        (folder / component.name).symlink_to(component, target_is_directory=True)
