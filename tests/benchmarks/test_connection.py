"""The benchmark of connections: what it prepares, what it counts, what it tells."""

from collections import Counter

from benchmarks.connection import BARE, BEFORE, CLOSED, KEPT, Announced, _order, table


def test_each_kind_is_measured_as_often_in_an_order_by_chance() -> None:
    order = _order(20)
    assert Counter(order) == dict.fromkeys(BEFORE, 20)
    assert order != [*BEFORE] * 20
    assert order == _order(20)


def test_the_table_tells_what_was_found_and_what_is_wanted() -> None:
    found = {name: [Announced(118.6, 119.4, 0)] * 3 for name in KEPT}
    found["after a reply over the WebSocket"] = [Announced(118.6, 119.4, 1)] * 3
    found[CLOSED] = [Announced(160.0, 161.0, 1)] * 3
    found[BARE] = [Announced(115.0, 115.5, 0)] * 3
    lines = table("2026.10.4", found)
    first = next(line for line in lines if line.startswith("after an announcement "))
    assert first.split()[-5:] == ["119", "119", "119", "119", "0"]
    wanted = lines[lines.index("") :]
    assert sum(line.endswith("119 ms  121 ms") for line in wanted) == len(KEPT)
    opened = next(line for line in lines if "WebSocket: connections" in line)
    assert opened.split()[-2:] == ["3", "0"]
