"""What must hold for a text to count as fully spoken."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.audio_file import DecodedAudio
from harness.home_api import Json
from harness.text import has_same_words, letters

# MP3 comes in whole frames (26 ms at 44.1 kHz, 48 ms at 24 kHz) and an encoder adds up to
# two of them at either end, which not every decoder takes away again.
FRAMES_OF_SLACK = 0.2
# A player opens and closes its outputs on the way; it may lose or add a buffer.
PLAYER_SLACK = 0.35
# After the last word a voice lets its breath out; more than this is a missing ending.
LAST_BREATH = 1.5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what was found."""

    what: str
    holds: bool
    found: str

    def __str__(self) -> str:
        """Tell it in a line."""
        return f"{'ok    ' if self.holds else 'FAILED'} {self.what}: {self.found}"


def check_words(text: str, words: Sequence[Json]) -> Check:
    """Check that all words of the text are in the timings, in order."""
    spoken = [word["text"] for word in words]
    holds = has_same_words(text, spoken)
    found = f"{len(words)} words" if holds else _difference(text, letters(" ".join(spoken)))
    return Check("every word has its time", holds=holds, found=found)


def _difference(text: str, spoken: str) -> str:
    place = 0
    for word in text.split():
        wanted = letters(word)
        found = spoken.find(wanted, place)
        if found < 0:
            return f"{word!r} is not among the timed words, or not in its place"
        place = found + len(wanted)
    return f"the timed words are not the text's: {spoken!r}"


def _texts(words: Sequence[Json]) -> list[str]:
    """Leave the times aside: the end of the audio may still correct them."""
    return [word["text"] for word in words]


def check_complete(track: Json, words: Sequence[Json]) -> Check:
    """Check that the track ended well, with the very words that came before."""
    agrees = _texts(track["words"]) == _texts(words)
    found = f"state {track['state']}, route {track['route']}"
    if not agrees:
        found += f", but it counts {len(track['words'])} words where {len(words)} came"
    holds = agrees and track["state"] == "finished"
    return Check("the captions are finished", holds=holds, found=found)


def check_order(words: Sequence[Json]) -> Check:
    """Check that the times run forward."""
    what = "the times run forward"
    for word in words:
        if not 0 <= word["start"] <= word["end"]:
            return Check(what, holds=False, found=f"{word} ends before it starts")
    for earlier, later in pairwise(words):
        if later["start"] < earlier["start"]:
            return Check(what, holds=False, found=f"{later} comes after {earlier}")
    last = words[-1]["end"] if words else 0.0
    return Check(what, holds=bool(words), found=f"the last word ends at {last:.2f} s")


def check_duration(sound: DecodedAudio, duration: float | None) -> Check:
    """Check that the audio is as long as the track says."""
    what = "the audio is as long as its captions say"
    if duration is None:
        return Check(what, holds=False, found="the track has no duration")
    holds = abs(sound.seconds - duration) <= FRAMES_OF_SLACK
    found = f"{sound.seconds:.2f} s of {sound.codec}, {duration:.2f} s announced"
    return Check(what, holds=holds, found=found)


def check_ending(sound: DecodedAudio, words: Sequence[Json]) -> Check:
    """Check that the last word ends where the audio does, give or take a breath."""
    last = words[-1]["end"] if words else 0.0
    rest = sound.seconds - last
    holds = bool(words) and -FRAMES_OF_SLACK <= rest <= LAST_BREATH
    found = f"{rest:+.2f} s of audio after the last word"
    return Check("the words end with the audio", holds=holds, found=found)


def check_audible(sound: DecodedAudio) -> Check:
    """Check that there is something to hear."""
    found = f"loudness {sound.loudness:.3f}"
    return Check("there is something to hear", holds=sound.is_audible, found=found)


def check_played(recording: DecodedAudio, served: DecodedAudio) -> Check:
    """Check that the player played the whole audio, and not silence."""
    same = abs(recording.seconds - served.seconds) <= PLAYER_SLACK
    found = (
        f"{recording.seconds:.2f} s recorded of {served.seconds:.2f} s served, "
        f"loudness {recording.loudness:.3f}"
    )
    return Check("the player played it all", holds=same and recording.is_audible, found=found)
