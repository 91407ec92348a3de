"""Every fault of the service, on both routes, with a fallback and without one.

The rows and what is to come of them are in `tests/helpers/faults.py`; `python -m tests.fault_table`
prints what was heard in each.
"""

from collections.abc import Iterator
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator.behaviour import STREAM_FAULTS
from tests.fault_table import table_of
from tests.helpers.engines import add_piper
from tests.helpers.faults import GROUPS, ROUTES, Bench, Met, found, possible
from tests.helpers.players import House

_MET: list[Met] = []


@pytest.fixture(scope="module", autouse=True)
def _write_table(request: pytest.FixtureRequest) -> Iterator[None]:
    """Write down all that was met, if anybody wants it."""
    yield
    if path := request.config.getoption("--fault-table"):
        Path(path).write_text(table_of(_MET), encoding="utf-8")


# Where nothing fails a fallback has to be silent; without one there is nobody else.
_ALONE_TOO = ("before", "after")


@pytest.mark.parametrize(
    ("group", "route", "fallback"),
    [
        (group, route, fallback)
        for group in GROUPS
        for route in ROUTES
        for fallback in ([False, True] if group in _ALONE_TOO else [True])
    ],
)
async def test_every_fault(
    house: House,
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    group: str,
    route: str,
    fallback: bool,
) -> None:
    caplog.set_level(logging.DEBUG, f"custom_components.{DOMAIN}")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await add_piper(hass)
    bench = await Bench(house, entry, await house.player(), caplog.records).measure()
    wrong = {}
    for fault in GROUPS[group]:
        if expected := fault.expected(route):
            outcome = await bench.meet(fault, route, fallback=fallback)
            _MET.append(Met(group, fault, route, fallback, outcome))
            came, hoped = found(outcome), possible(expected, fallback=fallback)
            if came not in hoped:
                wrong[fault.name] = {"came": came, "hoped": hoped}
    assert not wrong


def test_no_fault_of_the_simulator_is_left_out() -> None:
    used = {
        name
        for group in GROUPS.values()
        for one in group
        for name in one.behaviour.changed_switches()
    }
    refusals = {"fail_status", "quota", "unusual_activity", "refuse_connections"}
    assert set(STREAM_FAULTS) | refusals <= used
