"""What a generation knows of whoever requested it, also when the request fails."""

import pytest

from custom_components.elevenlabs_streaming.generation.ha_internals import (
    is_fallback_speaking,
    is_replaying,
    replaying,
    requested_by,
    requester,
    speaking_instead_of,
)


def fails(seen: object, expected: object) -> None:
    """Raise once the expectation inside the context holds."""
    assert seen == expected
    raise RuntimeError


def test_a_replay_that_fails_is_over() -> None:
    with pytest.raises(RuntimeError), replaying():
        fails(is_replaying(), expected=True)
    assert not is_replaying()


def test_a_request_that_fails_has_no_requester_afterwards() -> None:
    owner = object()
    with pytest.raises(RuntimeError), requested_by(owner):
        fails(requester(), owner)
    assert requester() is None


def test_a_fallback_that_fails_no_longer_speaks() -> None:
    with pytest.raises(RuntimeError), speaking_instead_of("tts.elevenlabs_george"):
        fails(is_fallback_speaking(), expected=True)
    assert not is_fallback_speaking()
