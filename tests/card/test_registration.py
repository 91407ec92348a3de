"""Dashboards load the card without a manual step, once, in its present version."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator
from tests.helpers.home import make_entry, set_up

COMPONENT = Path(__file__).parents[2] / "custom_components/elevenlabs_streaming"
FILE = COMPONENT / "frontend/dist/elevenlabs-captions-card.js"
YAML_MODE = {"resource_mode": "yaml"}
ADDRESS = "/elevenlabs_streaming_files/elevenlabs-captions-card.js"


async def add_dashboards(hass: HomeAssistant, config: Mapping[str, Any] | None = None) -> None:
    """Set up Home Assistant's dashboards."""
    assert await async_setup_component(hass, "frontend", {"lovelace": dict(config or {})})


def resources(hass: HomeAssistant) -> list[dict[str, str]]:
    """Return what dashboards load."""
    return list(hass.data[LOVELACE_DATA].resources.async_items())


def is_present(url: str) -> bool:
    """Tell whether an address is the card's in its present version."""
    path, _, version = url.partition("?v=")
    files = sorted(file for file in FILE.parent.rglob("*") if file.is_file())
    digest = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return path == ADDRESS and version.endswith(digest[:8])


async def add_resource(hass: HomeAssistant, url: str, kind: str = "module") -> None:
    """Add a resource by hand."""
    collection = hass.data[LOVELACE_DATA].resources
    await collection.async_create_item({"res_type": kind, "url": url})  # type: ignore[union-attr]  # storage mode


async def test_the_address_serves_the_file(
    hass: HomeAssistant, simulator: Simulator, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await add_dashboards(hass)
    await set_up(hass, make_entry(simulator))
    (resource,) = resources(hass)
    assert resource["type"] == "module"
    assert is_present(resource["url"])
    client = await hass_client_no_auth()
    answer = await client.get(resource["url"])
    assert answer.status == 200
    assert answer.content_type in {"text/javascript", "application/javascript"}
    assert await answer.read() == FILE.read_bytes()


@pytest.mark.parametrize("query", ["", "?v=0.0.9-12345678", "?hacstag=1"])
async def test_an_address_without_the_present_version_is_revalidated(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
    query: str,
) -> None:
    await add_dashboards(hass, YAML_MODE)
    await set_up(hass, make_entry(simulator))
    client = await hass_client_no_auth()
    answer = await client.get(f"{ADDRESS}{query}")
    assert await answer.read() == FILE.read_bytes()
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Last-Modified"]
    again = {"If-None-Match": answer.headers["ETag"]}
    answer = await client.get(f"{ADDRESS}{query}", headers=again)
    assert (answer.status, await answer.read()) == (304, b"")
    assert answer.headers["Cache-Control"] == "no-cache"
    answer = await client.get(f"{ADDRESS}{query}", headers={"If-None-Match": '"another"'})
    assert (answer.status, await answer.read()) == (200, FILE.read_bytes())


async def test_the_present_version_is_kept_and_asks_nobody(
    hass: HomeAssistant, simulator: Simulator, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await add_dashboards(hass)
    await set_up(hass, make_entry(simulator))
    (resource,) = resources(hass)
    client = await hass_client_no_auth()
    translation = resource["url"].replace(FILE.name, "translations/de.json")
    for url in (resource["url"], translation):
        assert "max-age=2678400" in (await client.get(url)).headers["Cache-Control"]
        head = await client.head(url)
        assert (head.status, await head.read()) == (200, b"")


@pytest.mark.parametrize("name", ["", "nothing.js", "translations", "..%2f__init__.py", "%2e%2e/x"])
async def test_nothing_else_is_served(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client_no_auth: ClientSessionGenerator,
    name: str,
) -> None:
    await set_up(hass, make_entry(simulator))
    client = await hass_client_no_auth()
    answer = await client.get(f"/elevenlabs_streaming_files/{name}")
    assert answer.status in {400, 404}


async def test_the_translations_are_served_beside_the_file(
    hass: HomeAssistant, simulator: Simulator, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await add_dashboards(hass)
    await set_up(hass, make_entry(simulator))
    (resource,) = resources(hass)
    _, _, version = resource["url"].partition("?")
    client = await hass_client_no_auth()
    folder = ADDRESS.rpartition("/")[0]
    answer = await client.get(f"{folder}/translations/de.json?{version}")
    assert answer.status == 200
    assert (await answer.json())["close"] == "Schließen"
    assert (await client.get(f"{folder}/../card.py")).status == 404


async def test_a_home_without_dashboards_is_set_up_all_the_same(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    entry = await set_up(hass, make_entry(simulator))
    assert LOVELACE_DATA not in hass.data
    assert await hass.config_entries.async_remove(entry.entry_id)


async def test_a_reload_and_a_second_account_add_nothing(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await add_dashboards(hass)
    entry = await set_up(hass, make_entry(simulator))
    await set_up(hass, make_entry(simulator, key="sk_other"))
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert len(resources(hass)) == 1


async def test_two_accounts_at_start_add_one(hass: HomeAssistant, simulator: Simulator) -> None:
    await add_dashboards(hass)
    for key in ("sk_demo", "sk_other"):
        make_entry(simulator, key=key).add_to_hass(hass)
    assert await async_setup_component(hass, "elevenlabs_streaming", {})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(resources(hass)) == 1


@pytest.mark.parametrize(
    "url",
    [f"{ADDRESS}?v=0.0.1-00000000", f"/local/{FILE.name}"],
    ids=["an older version", "the user's own"],
)
async def test_another_address_of_the_card_is_brought_up_to_date(
    hass: HomeAssistant, simulator: Simulator, url: str
) -> None:
    await add_dashboards(hass)
    await add_resource(hass, "/local/something-else.js")
    await add_resource(hass, url)
    await set_up(hass, make_entry(simulator))
    other, card = resources(hass)
    assert other["url"] == "/local/something-else.js"
    assert is_present(card["url"])


async def test_it_leaves_with_the_last_account(hass: HomeAssistant, simulator: Simulator) -> None:
    await add_dashboards(hass)
    await add_resource(hass, "/local/something-else.js")
    entries = [
        await set_up(hass, make_entry(simulator, key=key)) for key in ("sk_demo", "sk_other")
    ]
    assert await hass.config_entries.async_remove(entries[0].entry_id)
    assert len(resources(hass)) == 2
    assert await hass.config_entries.async_remove(entries[1].entry_id)
    assert [resource["url"] for resource in resources(hass)] == ["/local/something-else.js"]


async def test_it_comes_back_with_a_new_account(hass: HomeAssistant, simulator: Simulator) -> None:
    await add_dashboards(hass)
    entry = await set_up(hass, make_entry(simulator))
    assert await hass.config_entries.async_remove(entry.entry_id)
    await set_up(hass, make_entry(simulator))
    assert len(resources(hass)) == 1


async def test_yaml_mode_loads_it_with_every_page(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await add_dashboards(hass, YAML_MODE)
    entry = await set_up(hass, make_entry(simulator))
    assert resources(hass) == []
    assert [is_present(url) for url in hass.data[DATA_EXTRA_MODULE_URL].urls] == [True]
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert not hass.data[DATA_EXTRA_MODULE_URL].urls


async def test_yaml_mode_with_the_resource_line_loads_it_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    line = {"type": "module", "url": ADDRESS}
    await add_dashboards(hass, {**YAML_MODE, "resources": [line]})
    await set_up(hass, make_entry(simulator))
    assert not hass.data[DATA_EXTRA_MODULE_URL].urls
