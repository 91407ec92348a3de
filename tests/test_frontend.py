"""The card's files, as browsers and caches fetch them."""

import gzip
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator
from tests.architecture import COMPONENT
from tests.helpers.home import make_entry, set_up

FOLDER = COMPONENT / "frontend" / "dist"
ADDRESS = "/elevenlabs_streaming_files"
FILES = pytest.mark.parametrize("name", ["elevenlabs-captions-card.js", "translations/de.json"])


@pytest.fixture
async def browser(
    hass: HomeAssistant, simulator: Simulator, hass_client_no_auth: ClientSessionGenerator
) -> TestClient[Any, Any]:
    """Set up a home, and return who visits it."""
    await set_up(hass, make_entry(simulator))
    client: TestClient[Any, Any] = await hass_client_no_auth()
    return client


async def fetch(
    browser: TestClient[Any, Any], name: str, accepts: str | None, method: str = "GET", **more: str
) -> tuple[Any, bytes]:
    """Return the answer, and its bytes as they come."""
    headers = {**more, **({} if accepts is None else {"Accept-Encoding": accepts})}
    answer = await browser.request(
        method,
        f"{ADDRESS}/{name}",
        headers=headers,
        skip_auto_headers=["Accept-Encoding"],
        auto_decompress=False,
    )
    return answer, await answer.read()


@FILES
@pytest.mark.parametrize(
    "accepts", ["gzip", "gzip, deflate, br, zstd", "br, GZIP;q=0.5", "*", "identity;q=0.5, *;q=0.1"]
)
async def test_who_takes_gzip_gets_it(
    browser: TestClient[Any, Any], name: str, accepts: str
) -> None:
    answer, body = await fetch(browser, name, accepts)
    whole = (FOLDER / name).read_bytes()
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(body) == whole
    assert int(answer.headers["Content-Length"]) == len(body) < len(whole) * 0.7
    assert answer.headers["Vary"] == "Accept-Encoding"
    plain, _ = await fetch(browser, name, None)
    assert answer.content_type == plain.content_type


@FILES
@pytest.mark.parametrize(
    "accepts", [None, "", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzip;q=much"]
)
async def test_who_does_not_gets_it_as_it_is(
    browser: TestClient[Any, Any], name: str, accepts: str | None
) -> None:
    answer, body = await fetch(browser, name, accepts)
    assert (answer.status, body) == (200, (FOLDER / name).read_bytes())
    assert "Content-Encoding" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(body)
    # A cache must not give it to others for the compressed one.
    assert answer.headers["Vary"] == "Accept-Encoding"


@FILES
async def test_each_form_has_its_tag(browser: TestClient[Any, Any], name: str) -> None:
    answers = [await fetch(browser, name, accepts) for accepts in ("gzip", None)]
    zipped, plain = (answer.headers["ETag"] for answer, _ in answers)
    assert zipped != plain
    for accepts, tag, other in (("gzip", zipped, plain), (None, plain, zipped)):
        for known in (tag, f"W/{tag}", f'"old", {tag}', "*"):
            answer, body = await fetch(browser, name, accepts, **{"If-None-Match": known})
            assert (answer.status, body) == (304, b"")
            assert answer.headers["ETag"] == tag
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["Cache-Control"]
            assert "Content-Encoding" not in answer.headers
        answer, body = await fetch(browser, name, accepts, **{"If-None-Match": other})
        assert (answer.status, bool(body)) == (200, True)


@FILES
@pytest.mark.parametrize("accepts", ["gzip", None])
async def test_a_browser_that_knows_the_date_gets_nothing_new(
    browser: TestClient[Any, Any], name: str, accepts: str | None
) -> None:
    answer, whole = await fetch(browser, name, accepts)
    date = answer.headers["Last-Modified"]
    again, body = await fetch(browser, name, accepts, **{"If-Modified-Since": date})
    assert (again.status, body) == (304, b"")
    assert again.headers["Last-Modified"] == date
    old = "Mon, 01 Jan 2024 00:00:00 GMT"
    again, body = await fetch(browser, name, accepts, **{"If-Modified-Since": old})
    assert (again.status, body) == (200, whole)
    # A tag counts more than a date.
    both = {"If-Modified-Since": date, "If-None-Match": '"another"'}
    again, body = await fetch(browser, name, accepts, **both)
    assert (again.status, body) == (200, whole)


@FILES
@pytest.mark.parametrize("accepts", ["gzip", None])
async def test_head_tells_what_get_would(
    browser: TestClient[Any, Any], name: str, accepts: str | None
) -> None:
    head, nothing = await fetch(browser, name, accepts, "HEAD")
    answer, _ = await fetch(browser, name, accepts)
    assert (head.status, nothing) == (200, b"")
    for header in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Vary"):
        assert head.headers[header] == answer.headers[header]
    assert head.headers.get("Content-Encoding") == answer.headers.get("Content-Encoding")
    known = {"If-None-Match": answer.headers["ETag"]}
    assert (await fetch(browser, name, accepts, "HEAD", **known))[0].status == 304
