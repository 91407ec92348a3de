"""Helpers that decode, measure and converse."""

import base64
from dataclasses import dataclass, field
import io
import json
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
import av
import numpy as np
from numpy.typing import NDArray

GEORGE = "JBFqnCBsd6RMkjVDRZzb"
SARAH = "EXAVITQu4vr4xnSDxMaL"
FLASH = "eleven_flash_v2_5"
SPEECH = f"/v1/text-to-speech/{GEORGE}"

type Sound = NDArray[np.float64]

_RAW = {"pcm": "s16le", "ulaw": "mulaw", "alaw": "alaw"}


def decode(data: bytes, output_format: str) -> tuple[Sound, int]:
    """Decode audio to mono samples between -1 and 1, and their rate."""
    codec, rate = output_format.split("_")[:2]
    raw = _RAW.get(codec)
    options = {"sample_rate": rate} if raw else {}
    with av.open(io.BytesIO(data), "r", format=raw, options=options) as container:
        resampler = av.AudioResampler(format="flt", layout="mono")
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        found = container.streams.audio[0].rate
    blocks = [frame.to_ndarray().reshape(-1) for frame in frames]
    return np.concatenate(blocks).astype(np.float64), found


def energy(sound: Sound, rate: int, start: float, end: float) -> float:
    """Measure the loudness (root mean square) of a stretch."""
    part = sound[round(start * rate) : round(end * rate)]
    return float(np.sqrt(np.mean(part**2))) if len(part) else 0.0


_BANDS = np.geomspace(150, 7000, 25)
_STEP = 0.01


def _frames(sound: Sound, rate: int) -> Sound:
    """Give the loudness of bands every 10 ms in decibels, each frame centred."""
    step = round(rate * _STEP)
    windows = np.lib.stride_tricks.sliding_window_view(sound, 3 * step)[::step]
    power = np.abs(np.fft.rfft(windows * np.hanning(3 * step), axis=1)) ** 2
    band = np.digitize(np.fft.rfftfreq(3 * step, 1 / rate), _BANDS)
    sums = np.array([power[:, band == i].sum(axis=1) for i in range(1, len(_BANDS))]).T
    decibels = np.log10(sums + 1e-4 * np.max(sums))
    decibels -= decibels.mean(axis=1, keepdims=True)
    return np.asarray(decibels / (np.linalg.norm(decibels, axis=1, keepdims=True) + 1e-9))


def likeness(one: Sound, other: Sound, rate: int) -> float:
    """Compare two words, stretching time as needed: 1 for the same sound."""
    costs = 1 - _frames(one, rate) @ _frames(other, rate).T
    rows, columns = costs.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(rows):
        for j in range(columns):
            before = min(total[i, j], total[i, j + 1], total[i + 1, j])
            total[i + 1, j + 1] = costs[i, j] + before
    return float(1 - total[rows, columns] / max(rows, columns))


@dataclass(slots=True)
class Timed:
    """What a timed answer contained: audio, lines and both alignments."""

    audio: bytes = b""
    messages: list[dict[str, Any]] = field(default_factory=list)
    chars: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    spoken: str = ""

    @property
    def text(self) -> str:
        """The written text."""
        return "".join(self.chars)

    def add(self, message: dict[str, Any]) -> None:
        """Take one more object of an HTTP answer."""
        self.messages.append(message)
        self.audio += base64.b64decode(message["audio_base64"])
        if written := message["alignment"]:
            self.chars += written["characters"]
            self.starts += written["character_start_times_seconds"]
            self.ends += written["character_end_times_seconds"]
        if spoken := message["normalized_alignment"]:
            self.spoken += "".join(spoken["characters"])

    def words(self) -> list[tuple[str, float, float]]:
        """Give every word with its start and end."""
        found: list[tuple[str, float, float]] = []
        word, start, end = "", 0.0, 0.0
        for char, begins, ends in zip(
            [*self.chars, " "], [*self.starts, 0.0], [*self.ends, 0.0], strict=True
        ):
            if char.isspace():
                if word:
                    found.append((word, start, end))
                word = ""
                continue
            if not word:
                start = begins
            if char.isalnum():
                end = ends
            word += char
        return found


async def speak_timed(client: ClientSession, text: str, **options: Any) -> Timed:
    """Speak a text over the streaming HTTP route with timestamps."""
    query = options.pop("query", {"output_format": "pcm_24000"})
    path = f"/v1/text-to-speech/{options.pop('voice', GEORGE)}/stream/with-timestamps"
    body = {"text": text, "model_id": FLASH, **options}
    async with client.post(path, params=query, json=body) as response:
        assert response.status == 200, await response.text()
        lines = (await response.read()).split(b"\n")
    timed = Timed()
    for line in lines:
        if line.strip():
            timed.add(json.loads(line))
    return timed


@dataclass(slots=True)
class Talk:
    """What came out of a WebSocket."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    odd: list[str | bytes] = field(default_factory=list)
    close_code: int | None = None
    reason: str = ""

    @property
    def audio(self) -> bytes:
        """All audio."""
        return b"".join(base64.b64decode(m["audio"]) for m in self.messages if m.get("audio"))

    @property
    def error(self) -> str | None:
        """The identifier of the error frame."""
        return next((m["error"] for m in self.messages if "error" in m), None)

    def chars(self, key: str = "alignment") -> str:
        """Join the characters of an alignment, over all messages."""
        return "".join("".join(m[key]["chars"]) for m in self.messages if m.get(key))


async def listen(socket: ClientWebSocketResponse) -> Talk:
    """Receive until the socket closes."""
    talk = Talk()
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.TEXT:
            try:
                talk.messages.append(json.loads(message.data))
            except ValueError:
                talk.odd.append(message.data)
        elif message.type is WSMsgType.BINARY:
            talk.odd.append(message.data)
        else:
            break
    if message.type is WSMsgType.CLOSE:
        talk.reason = message.extra or ""
    talk.close_code = socket.close_code
    return talk


async def converse(
    client: ClientSession, *messages: dict[str, Any], voice: str = GEORGE, **query: Any
) -> Talk:
    """Open a WebSocket, send messages (and the end, unless given), and listen."""
    params = {"model_id": FLASH, "output_format": "pcm_24000", **query}
    path = f"/v1/text-to-speech/{voice}/stream-input"
    kept = {name: value for name, value in params.items() if value is not None}
    async with client.ws_connect(path, params=kept, max_msg_size=16 * 1024 * 1024) as socket:
        for message in messages:
            await socket.send_json(message)
        if messages and messages[-1]["text"] != "":
            await socket.send_json({"text": ""})
        return await listen(socket)
