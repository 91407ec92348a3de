"""Tracks that outlive a restart, on disks that misbehave."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
import errno
import hashlib
import logging
import os
from pathlib import Path
import random
import time
from typing import Any

from homeassistant.components.tts import _hash_options
import orjson
import pytest

from custom_components.elevenlabs_streaming.generation.caption_files import (
    FORMAT_VERSION,
    LARGEST_TRACK,
)
from custom_components.elevenlabs_streaming.generation.caption_store import (
    CaptionStore,
    ingredients_key,
)

SECRET = bytes(32)
TEXT = "The garage door is open"
TRACK: dict[str, Any] = {"text": TEXT, "words": [{"text": "The", "start": 0.0, "end": 0.2}]}
HOUR, DAY = 3600.0, 86400.0
LIMITS: dict[str, Any] = {"max_bytes": 10_000_000, "max_tracks": 5000, "max_age": 9999 * DAY}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "captions"


@pytest.fixture
def opened(folder: Path) -> Callable[..., CaptionStore]:
    """Return what opens the folder as a start of Home Assistant does."""

    def _open(**limits: Any) -> CaptionStore:
        store = CaptionStore(folder, **{**LIMITS, **limits})
        store.load()
        return store

    return _open


@pytest.fixture(autouse=True)
def _no_text_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert TEXT not in caplog.text
    assert "garage" not in caplog.text


def key_of(store: CaptionStore, message: str = TEXT) -> str:
    return store.key(message, "en", {"voice": "george"}, "tts.george")


def file_of(folder: Path, key: str) -> Path:
    return folder / f"{key}.json"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def tracks(folder: Path) -> list[Path]:
    return [*folder.glob("*.json")]


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in tracks(folder))


def age(path: Path, seconds: float) -> None:
    """Have a track last used some seconds ago."""
    used = time.time() - seconds
    os.utime(path, (used, used))


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]


def track_of(size: int, mark: int = 0) -> dict[str, Any]:
    return {"mark": mark, "text": "x" * size}


def failing(error: int) -> Callable[..., Any]:
    """Return a call that fails as a disk does."""

    def _fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error), TEXT)

    return _fail


def key(
    message: str = TEXT,
    language: str = "en-US",
    options: dict[str, Any] | None = None,
    engine: str = "tts.george",
    secret: bytes = SECRET,
) -> str:
    given = {"voice": "a", "speed": 1.1, "seed": None} if options is None else options
    return ingredients_key(secret, message, language, given, engine)


@pytest.mark.parametrize(
    "other",
    [
        {"message": TEXT.lower()},
        {"message": TEXT + " "},
        {"language": "en-GB"},
        {"options": {"voice": "a", "speed": 1.2, "seed": None}},
        {"options": {}},
        {"engine": "tts.matilda"},
        {"secret": bytes(31) + b"\x01"},
    ],
)
def test_other_ingredients_have_another_key(other: dict[str, Any]) -> None:
    assert key(**other) != key()


@pytest.mark.parametrize(
    "other",
    [
        {"language": "en_US"},
        {"language": "EN-us"},
        {"engine": "TTS.George"},
        {"options": {"seed": None, "speed": 1.1, "voice": "a"}},
        {"options": {"voice": "a", "speed": "1.1", "seed": "None"}},
    ],
)
def test_ingredients_that_share_audio_share_the_key(other: dict[str, Any]) -> None:
    assert key(**other) == key()


@pytest.mark.parametrize("seed", range(50))
def test_options_are_the_same_where_home_assistant_says_so(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # a test's dice
    pool = [("a", "bc"), ("ab", "c"), ("abc", ""), ("x", 1), ("x", "1"), ("x", 1.0), ("y", True)]
    first = dict(dice.sample(pool, 3))
    second = dict(dice.sample(pool, 3))
    same = _hash_options(first) == _hash_options(second)
    assert (key(options=first) == key(options=second)) is same


def test_ingredients_do_not_run_into_each_other() -> None:
    assert key(message="ab", language="c") != key(message="a", language="bc")
    assert key(engine="ab", options={"c": ""}) != key(engine="b", options={"c": "a"})


def test_a_text_that_is_no_unicode_has_a_key() -> None:
    assert key(message="\ud800") != key(message="\ud801")


def test_a_key_tells_nothing_and_cannot_be_computed_elsewhere(
    folder: Path, tmp_path: Path, opened: Callable[..., CaptionStore]
) -> None:
    mine = key_of(opened())
    other = CaptionStore(tmp_path / "other", **LIMITS)
    other.load()
    assert key_of(other) != mine
    assert len(mine) == 40
    assert hashlib.sha1(TEXT.encode()).hexdigest() != mine  # noqa: S324  # Home Assistant's own
    assert len((folder / "secret").read_bytes()) == 32


def test_a_track_is_found_again(folder: Path, opened: Callable[..., CaptionStore]) -> None:
    store = opened()
    assert store.get(key_of(store)) is None
    store.put(key_of(store), TRACK)
    assert store.get(key_of(store)) == TRACK
    assert len(tracks(folder)) == 1


def test_a_track_is_found_after_a_restart(opened: Callable[..., CaptionStore]) -> None:
    before = opened()
    before.put(key_of(before), TRACK)
    after = opened()
    assert after.get(key_of(after)) == TRACK


def test_a_track_is_the_callers_own(opened: Callable[..., CaptionStore]) -> None:
    store = opened()
    given = orjson.loads(orjson.dumps(TRACK))
    store.put(key_of(store), given)
    given["words"].clear()
    for _ in range(2):
        found = store.get(key_of(store))
        assert found == TRACK
        found["words"].clear()


def test_a_later_track_takes_the_place(folder: Path, opened: Callable[..., CaptionStore]) -> None:
    store = opened()
    for mark in range(3):
        store.put(key_of(store), track_of(100 * mark, mark))
    found = opened().get(key_of(store))
    assert found is not None
    assert found["mark"] == 2
    assert len(tracks(folder)) == 1


def test_files_tell_nothing_by_name_and_are_private(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    before = os.umask(0)
    try:
        store = opened()
        store.put(key_of(store), TRACK)
    finally:
        os.umask(before)
    assert names(folder) == {"secret", f"{key_of(store)}.json"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    content = orjson.loads(file_of(folder, key_of(store)).read_bytes())
    assert content == {"version": FORMAT_VERSION, "track": TRACK}


def test_clearing_leaves_the_secret_and_what_is_not_ours(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened()
    keys = [key_of(store, f"{TEXT} {number}") for number in range(3)]
    for each in keys:
        store.put(each, TRACK)
    file_of(folder, "0" * 40).write_bytes(b'{"version": 99}')
    (folder / "notes.txt").write_text("not ours")
    store.clear()
    assert [store.get(each) for each in keys] == [None, None, None]
    assert names(folder) == {"secret", "notes.txt"}
    assert key_of(opened(), f"{TEXT} 1") == keys[1]


@pytest.mark.parametrize("restarted", [False, True])
def test_the_track_used_longest_ago_goes_first(
    folder: Path, opened: Callable[..., CaptionStore], *, restarted: bool
) -> None:
    store = opened(max_tracks=3)
    keys = [key_of(store, str(number)) for number in range(4)]
    for number, each in enumerate(keys[:3]):
        store.put(each, TRACK)
        age(file_of(folder, each), (10 - number) * HOUR)
    assert store.get(keys[0]) == TRACK
    if restarted:
        store = opened(max_tracks=3)
    store.put(keys[3], TRACK)
    kept = [store.get(each) is not None for each in keys]
    assert kept == [True, False, True, True]


def test_a_full_store_is_not_counted_at_every_track(
    folder: Path, opened: Callable[..., CaptionStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, counted = opened(max_tracks=100), list[object]()
    scandir = os.scandir

    def scan(path: Path) -> Any:
        counted.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    for number in range(300):
        store.put(key_of(store, str(number)), TRACK)
        assert len(os.listdir(folder)) <= 101  # noqa: PTH208 - it does not use scandir
        assert store.get(key_of(store, str(max(0, number - 94)))) == TRACK
    assert len(counted) <= 300 / 5


def test_bytes_on_disk_are_bounded(folder: Path, opened: Callable[..., CaptionStore]) -> None:
    store = opened(max_bytes=10_000)
    for number in range(20):
        store.put(key_of(store, str(number)), track_of(1000, number))
        assert size(folder) <= 10_000
    assert len(tracks(folder)) == 9
    assert store.get(key_of(store, "19")) == track_of(1000, 19)
    opened(max_bytes=3000)
    assert len(tracks(folder)) == 2


def test_a_track_larger_than_the_store_is_refused(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened(max_bytes=2000)
    store.put(key_of(store, "small"), TRACK)
    store.put(key_of(store), track_of(3000))
    assert store.get(key_of(store)) is None
    assert store.get(key_of(store, "small")) == TRACK
    assert len(names(folder)) == 2


def test_tracks_not_used_for_long_are_let_go(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened(max_age=10 * DAY)
    old, used = key_of(store, "old"), key_of(store, "used")
    for each in (old, used):
        store.put(each, TRACK)
        age(file_of(folder, each), 9 * DAY)
    assert store.get(used) == TRACK
    assert file_of(folder, used).stat().st_mtime > time.time() - DAY
    age(file_of(folder, old), 11 * DAY)
    after = opened(max_age=10 * DAY)
    assert names(folder) == {"secret", file_of(folder, used).name}
    age(file_of(folder, used), 11 * DAY)
    assert after.get(used) is None
    assert names(folder) == {"secret"}


def test_a_clock_in_the_past_costs_no_track(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened(max_age=10 * DAY)
    store.put(key_of(store), TRACK)
    age(file_of(folder, key_of(store)), -999 * DAY)
    assert opened(max_age=10 * DAY).get(key_of(store)) == TRACK
    assert file_of(folder, key_of(store)).stat().st_mtime > time.time() + DAY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 300,
        b'{"version": 1, "track": {"te',
        b"[]",
        b"17",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"{}",
        b'{"track": {}}',
        b'{"version": "1", "track": {}}',
        b'{"version": true, "track": []}',
        b'{"version": 0, "track": {}}',
        b'{"version": 1}',
        b'{"version": 1, "track": [1]}',
        b'{"version": 1, "track": null}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_costs_that_file(
    folder: Path, opened: Callable[..., CaptionStore], content: bytes
) -> None:
    before = opened()
    good, bad = key_of(before, "good"), key_of(before, "bad")
    before.put(good, TRACK)
    before.put(bad, TRACK)
    file_of(folder, bad).write_bytes(content)
    store = opened()
    assert store.get(bad) is None
    assert store.get(bad) is None
    assert store.get(good) == TRACK
    assert not file_of(folder, bad).exists()
    store.put(bad, TRACK)
    assert opened().get(bad) == TRACK


def test_a_huge_file_is_not_read(folder: Path, opened: Callable[..., CaptionStore]) -> None:
    store = opened()
    store.put(key_of(store), TRACK)
    reopened = opened()
    with file_of(folder, key_of(store)).open("ab") as file:
        file.write(b" " * LARGEST_TRACK)
    assert reopened.get(key_of(store)) is None
    assert names(folder) == {"secret"}


def test_what_a_newer_version_wrote_stays(
    folder: Path, opened: Callable[..., CaptionStore], caplog: pytest.LogCaptureFixture
) -> None:
    newer = orjson.dumps({"version": FORMAT_VERSION + 1, "lines": [TEXT]})
    mine = key_of(opened())
    file_of(folder, mine).write_bytes(newer)
    store = opened()
    assert store.get(mine) is None
    assert store.get(mine) is None
    assert file_of(folder, mine).read_bytes() == newer
    assert not complaints(caplog)
    store.put(mine, TRACK)
    assert opened().get(mine) == TRACK


def test_what_is_half_written_is_cleaned_up(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened()
    for name in (f"{key_of(store)}-0123abcd.part", "secret-0123abcd.part", "mine.part"):
        (folder / name).write_bytes(b"{")
    opened()
    assert names(folder) == {"secret", "mine.part"}


def test_other_things_in_the_folder_do_not_matter(
    folder: Path, opened: Callable[..., CaptionStore], caplog: pytest.LogCaptureFixture
) -> None:
    store = opened()
    (folder / f"{key_of(store)}.json").mkdir()
    (folder / f"{'a' * 41}.json").write_bytes(b"{}")
    (folder / "readme.json").write_bytes(b"{}")
    os.mkfifo(folder / f"{'b' * 40}.json")
    after = opened()
    assert after.get(key_of(store)) is None
    assert after.get("b" * 40) is None
    assert not complaints(caplog)
    after.put(key_of(store, "another"), TRACK)
    assert after.get(key_of(store, "another")) == TRACK
    after.clear()
    assert (folder / "readme.json").exists()


def test_a_file_that_vanished_is_forgotten(
    folder: Path, opened: Callable[..., CaptionStore], caplog: pytest.LogCaptureFixture
) -> None:
    opened().put(key_of(opened()), TRACK)
    store = opened()
    file_of(folder, key_of(store)).unlink()
    assert store.get(key_of(store)) is None
    assert not complaints(caplog)


def test_a_folder_that_vanished_is_made_again(
    folder: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened()
    store.put(key_of(store, "first"), TRACK)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    store.clear()
    store.put(key_of(store), TRACK)
    assert opened().get(key_of(store)) == TRACK


@pytest.mark.parametrize("secret", [b"", b"short", bytes(33), None])
def test_a_lost_secret_costs_the_tracks(
    folder: Path, opened: Callable[..., CaptionStore], secret: bytes | None
) -> None:
    before = opened()
    before.put(key_of(before), TRACK)
    if secret is None:
        (folder / "secret").unlink()
    else:
        (folder / "secret").write_bytes(secret)
    store = opened()
    assert names(folder) == {"secret"}
    assert key_of(store) != key_of(before)
    store.put(key_of(store), TRACK)
    assert opened().get(key_of(store)) == TRACK


def test_a_secret_that_cannot_be_read_now_is_left_alone(
    folder: Path,
    opened: Callable[..., CaptionStore],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = opened()
    before.put(key_of(before), TRACK)
    kept = names(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing(errno.EIO))
        store = opened()
    store.put(key_of(store), TRACK)
    assert store.get(key_of(store)) is None
    assert names(folder) == kept
    assert len(complaints(caplog)) == 1
    assert opened().get(key_of(before)) == TRACK


def test_before_load_nothing_is_written(folder: Path) -> None:
    store = CaptionStore(folder, **LIMITS)
    assert store.get(key_of(store)) is None
    store.put(key_of(store), TRACK)
    store.clear()
    assert not folder.exists()


def test_a_folder_that_is_a_file(
    folder: Path, opened: Callable[..., CaptionStore], caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file")
    store = opened()
    for number in range(5):
        store.put(key_of(store, str(number)), TRACK)
    assert store.get(key_of(store, "1")) is None
    store.clear()
    assert folder.read_text() == "a file"
    assert len(complaints(caplog)) == 1


def test_a_folder_that_is_a_link_is_refused(
    folder: Path, tmp_path: Path, opened: Callable[..., CaptionStore]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    strange = file_of(outside, "a" * 40)
    strange.write_bytes(b"{}")
    folder.symlink_to(outside)
    store = opened()
    store.put(key_of(store), TRACK)
    store.clear()
    assert names(outside) == {strange.name}


def test_a_folder_that_becomes_a_link_is_refused(
    folder: Path, tmp_path: Path, opened: Callable[..., CaptionStore]
) -> None:
    store = opened()
    store.put(key_of(store, "before"), TRACK)
    outside = tmp_path / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)
    held = names(outside)
    store.put(key_of(store), TRACK)
    assert store.get(key_of(store, "before")) is None
    store.clear()
    assert names(outside) == held


def test_links_are_not_followed(
    folder: Path, tmp_path: Path, opened: Callable[..., CaptionStore]
) -> None:
    outside = tmp_path / "outside.json"
    held = orjson.dumps({"version": 1, "track": {"of": "someone else"}})
    outside.write_bytes(held)
    store = opened()
    mine = key_of(store)
    file_of(folder, mine).symlink_to(outside)
    assert opened().get(mine) is None
    assert store.get(mine) is None
    store.put(mine, TRACK)
    assert outside.read_bytes() == held
    assert not file_of(folder, mine).is_symlink()
    assert opened().get(mine) == TRACK


def test_a_link_in_the_place_of_the_secret_is_not_followed(
    folder: Path, tmp_path: Path, opened: Callable[..., CaptionStore]
) -> None:
    outside = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").symlink_to(outside)
    store = opened()
    store.put(key_of(store), TRACK)
    assert store.get(key_of(store)) is None
    assert not outside.exists()


@pytest.mark.parametrize(
    "track",
    [
        {"text": {TEXT}},
        {"text": object()},
        {1: TEXT},
        {"text": "\ud800"},
        {"text": 1 << 70},
    ],
)
def test_what_is_no_json_object_is_not_kept(
    folder: Path,
    opened: Callable[..., CaptionStore],
    caplog: pytest.LogCaptureFixture,
    track: Any,
) -> None:
    store = opened()
    store.put(key_of(store), track)
    assert store.get(key_of(store)) is None
    assert names(folder) == {"secret"}
    assert len(complaints(caplog)) == 1


def test_a_track_that_contains_itself_is_not_kept(opened: Callable[..., CaptionStore]) -> None:
    store = opened()
    track: dict[str, Any] = {}
    track["track"] = track
    store.put(key_of(store), track)
    assert store.get(key_of(store)) is None


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", ["open", "fdopen"])
def test_a_disk_that_takes_nothing_costs_a_caption_and_a_line(
    folder: Path,
    opened: Callable[..., CaptionStore],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: int,
    call: str,
) -> None:
    store = opened()
    kept = key_of(store, "kept")
    store.put(kept, TRACK)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(error))
        for number in range(3):
            store.put(key_of(store, str(number)), TRACK)
    assert len(complaints(caplog)) == 1
    assert os.strerror(error) in complaints(caplog)[0]
    assert {name for name in names(folder) if name.endswith(".part")} == set()
    assert tracks(folder) == [file_of(folder, kept)]
    store.put(key_of(store, "1"), TRACK)
    assert opened().get(key_of(store, "1")) == TRACK
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(error))
        store.put(key_of(store, "2"), TRACK)
    assert len(complaints(caplog)) == 2


def test_a_disk_that_fills_up_in_a_track_leaves_the_one_before(
    folder: Path, opened: Callable[..., CaptionStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    store.put(key_of(store), TRACK)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(errno.ENOSPC))
        store.put(key_of(store), track_of(10))
    assert names(folder) == {"secret", f"{key_of(store)}.json"}
    assert opened().get(key_of(store)) == TRACK


def test_a_start_on_a_full_disk_is_made_up_for(
    opened: Callable[..., CaptionStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(errno.ENOSPC))
        store = opened()
    store.put(key_of(store), TRACK)
    assert opened().get(key_of(store)) == TRACK


def test_what_cannot_be_removed_or_touched_raises_nothing(
    folder: Path,
    opened: Callable[..., CaptionStore],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = opened(max_tracks=2)
    for number in range(2):
        store.put(key_of(store, str(number)), TRACK)
        age(file_of(folder, key_of(store, str(number))), DAY)
    monkeypatch.setattr(Path, "unlink", failing(errno.EROFS))
    monkeypatch.setattr(os, "utime", failing(errno.EROFS))
    assert store.get(key_of(store, "0")) == TRACK
    store.put(key_of(store, "2"), TRACK)
    store.clear()
    assert len(tracks(folder)) == 3
    assert len(complaints(caplog)) == 1


@pytest.mark.parametrize("where", [(os, "scandir"), (Path, "mkdir"), (Path, "lstat")])
def test_a_start_on_a_broken_disk_raises_nothing(
    opened: Callable[..., CaptionStore],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: tuple[object, str],
) -> None:
    before = opened()
    before.put(key_of(before), TRACK)
    with monkeypatch.context() as patch:
        patch.setattr(*where, failing(errno.EIO))
        store = opened()
        store.get(key_of(before))
        store.clear()
    assert len(complaints(caplog)) == 1
    after = opened()
    after.put(key_of(after), TRACK)
    assert opened().get(key_of(after)) == TRACK


def test_a_file_that_cannot_be_read_now_is_kept(
    opened: Callable[..., CaptionStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened()
    before.put(key_of(before), TRACK)
    store = opened()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing(errno.EIO))
        assert store.get(key_of(store)) is None
    assert store.get(key_of(store)) == TRACK


def test_only_the_secret_is_synced(
    opened: Callable[..., CaptionStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    store = opened()
    store.put(key_of(store), TRACK)
    assert len(synced) == 1


def test_many_threads_use_it_at_once(
    folder: Path, opened: Callable[..., CaptionStore], caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(max_tracks=20)
    keys = [key_of(store, str(number)) for number in range(40)]

    def use(seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311  # a test's dice
        for step in range(150):
            mark = dice.randrange(len(keys))
            if dice.random() < 0.5:
                store.put(keys[mark], track_of(dice.randrange(400), mark))
            elif step == 75:
                store.clear()
            else:
                found = store.get(keys[mark])
                assert found is None or found["mark"] == mark

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(use, seed) for seed in range(8)]:
            done.result()
    assert len(tracks(folder)) <= 20
    assert not list(folder.glob("*.part"))
    assert not complaints(caplog)
