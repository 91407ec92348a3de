"""One utterance as the caption channel told it."""

from dataclasses import dataclass

from harness.events import Arrival, CapturedEvents
from harness.home_api import Json

ENDS = ("finished", "failed")


@dataclass(frozen=True, slots=True)
class Utterance:
    """A finished track with the messages that brought it, in the order they came."""

    track: Json
    messages: list[Arrival]

    @property
    def words(self) -> list[Json]:
        """The words as they came, message by message."""
        words: list[Json] = []
        for message in self.messages:
            if message.event["type"] == "words":
                words += message.event["words"]
            elif message.event["type"] == "track" and not _ended(message.event):
                words = list(message.event["track"]["words"])
        return words

    def told_from(self, start: float) -> Json:
        """Tell the whole story, with moments in seconds since `start`."""
        arrivals = [
            {"at": round(message.moment - start, 3), "message": message.event}
            for message in self.messages
        ]
        return {"track": self.track, "words": self.words, "arrivals": arrivals}


async def next_utterance(
    captions: CapturedEvents, engine: str, *, after: int, seconds: float
) -> Utterance:
    """Wait until the engine's next utterance (after so many messages) is complete."""
    begin = await captions.first(
        "The first caption",
        lambda event: event["type"] == "track" and event["track"]["engine"] == engine,
        after=after,
        seconds=seconds,
    )
    number = begin.event["track"]["id"]
    end = await captions.first(
        "The end of the captions",
        lambda event: _ends(event, number),
        after=after,
        seconds=seconds,
    )
    heard = captions.arrivals[after:]
    messages = [found for found in heard if _belongs(found.event, number)]
    return Utterance(end.event["track"], messages)


def _ends(event: Json, number: str) -> bool:
    return _belongs(event, number) and _ended(event)


def _ended(event: Json) -> bool:
    return event.get("track", {}).get("state") in ENDS


def _belongs(event: Json, number: str) -> bool:
    return number in (event.get("id"), event.get("track", {}).get("id"))
