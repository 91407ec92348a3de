"""Uses the official ElevenLabs SDK as its users do, and prints what it found as JSON.

It runs in a process of its own: the SDK blocks, and imports nothing of ours.
"""

import base64
from collections.abc import Callable, Iterator
import json
import sys
from typing import Any

from elevenlabs import DialogueInput, VoiceSettings
from elevenlabs.client import ElevenLabs
from elevenlabs.core import ApiError

GEORGE = "JBFqnCBsd6RMkjVDRZzb"
SARAH = "EXAVITQu4vr4xnSDxMaL"
TEXT = "The laundry is done. It took 10 min."
MODEL = "eleven_flash_v2_5"


def _models(client: ElevenLabs) -> Any:
    return [
        {"id": model.model_id, "speaks": model.can_do_text_to_speech, "kind": type(model).__name__}
        for model in client.models.list()
    ]


def _voices(client: ElevenLabs) -> Any:
    found, token, pages = [], None, 0
    while True:
        page = client.voices.search(
            page_size=7, next_page_token=token, sort="name", include_total_count=True
        )
        found += [voice.voice_id for voice in page.voices]
        pages += 1
        token = page.next_page_token
        if not page.has_more:
            break
    george = client.voices.search(search="george").voices
    return {
        "ids": found,
        "pages": pages,
        "total": page.total_count,
        "george": [voice.voice_id for voice in george],
        "language": george[0].verified_languages[0].locale,
        "settings": client.voices.settings.get(GEORGE).stability,
    }


def _dictionaries(client: ElevenLabs) -> Any:
    found, cursor = [], None
    while True:
        page = client.pronunciation_dictionaries.list(cursor=cursor, page_size=2, sort="name")
        found += page.pronunciation_dictionaries
        cursor = page.next_cursor
        if not page.has_more:
            break
    return {
        "names": [one.name for one in found],
        "archived": [one.id for one in found if one.archived_time_unix],
        "kinds": list({type(one).__name__ for one in found}),
    }


def _account(client: ElevenLabs) -> Any:
    subscription = client.user.subscription.get()
    return {
        "tier": subscription.tier,
        "used": subscription.character_count,
        "limit": subscription.character_limit,
        "status": subscription.status,
        "overage": subscription.current_overage.amount,
        "workspace": client.user.get().workspace_id,
    }


def _encoded(chunks: Iterator[bytes]) -> Any:
    return base64.b64encode(b"".join(chunks)).decode()


def _whole(client: ElevenLabs) -> Any:
    return _encoded(client.text_to_speech.convert(GEORGE, text=TEXT, model_id=MODEL))


def _stream(client: ElevenLabs) -> Any:
    return _encoded(
        client.text_to_speech.stream(
            GEORGE,
            text=TEXT,
            model_id=MODEL,
            output_format="mp3_22050_32",
            voice_settings=VoiceSettings(stability=0.4, speed=1.1),
            seed=7,
        )
    )


def _stream_with_timestamps(client: ElevenLabs) -> Any:
    chunks = client.text_to_speech.stream_with_timestamps(
        GEORGE, text=TEXT, model_id=MODEL, output_format="pcm_16000"
    )
    return [chunk.model_dump() for chunk in chunks]


def _convert_with_timestamps(client: ElevenLabs) -> Any:
    return client.text_to_speech.convert_with_timestamps(
        GEORGE, text=TEXT, model_id=MODEL, output_format="mp3_44100_128"
    ).model_dump()


def _realtime(client: ElevenLabs) -> Any:
    sentence = "Hello there, my friend. The laundry is done, and dinner is ready."
    return _encoded(
        client.text_to_speech.convert_realtime(
            GEORGE,
            text=(f"{word} " for word in sentence.split()),
            model_id=MODEL,
            voice_settings=VoiceSettings(stability=0.5, similarity_boost=0.8),
        )
    )


def _lines() -> list[DialogueInput]:
    return [
        DialogueInput(text="The laundry is done. ", voice_id=GEORGE),
        DialogueInput(text="It took 10 min.", voice_id=SARAH),
    ]


def _dialogue(client: ElevenLabs) -> Any:
    return _encoded(client.text_to_dialogue.convert(inputs=_lines()))


def _dialogue_stream(client: ElevenLabs) -> Any:
    return _encoded(
        client.text_to_dialogue.stream(
            inputs=_lines(), model_id="eleven_v4", output_format="mp3_22050_32", seed=7
        )
    )


def _dialogue_with_timestamps(client: ElevenLabs) -> Any:
    return client.text_to_dialogue.convert_with_timestamps(
        inputs=_lines(), output_format="pcm_16000"
    ).model_dump()


def _dialogue_stream_with_timestamps(client: ElevenLabs) -> Any:
    chunks = client.text_to_dialogue.stream_with_timestamps(
        inputs=_lines(), output_format="pcm_16000"
    )
    return [chunk.model_dump() for chunk in chunks]


def _failure(work: Callable[[], Any]) -> Any:
    try:
        work()
    except ApiError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "body": error.body}
    return None


def _errors(client: ElevenLabs) -> Any:
    speak = client.text_to_speech

    def run(**options: Any) -> Any:
        return _failure(lambda: b"".join(speak.stream(**{"voice_id": GEORGE, **options})))

    return {
        "voice": run(voice_id="nobody", text="Hi."),
        "model": run(text="Hi.", model_id="eleven_v9"),
        "settings_type": run(text="Hi.", voice_settings={"stability": "high"}),
        "format": run(text="Hi.", output_format="pcm_44100"),
        "realtime_voice": _failure(
            lambda: b"".join(speak.convert_realtime("nobody", text=iter(["Hi. "]), model_id=MODEL))
        ),
    }


def _key_error(client: ElevenLabs) -> Any:
    return {
        "models": _failure(client.models.list),
        "speech": _failure(lambda: b"".join(client.text_to_speech.stream(GEORGE, text="Hi."))),
        "realtime": _failure(
            lambda: b"".join(
                client.text_to_speech.convert_realtime(GEORGE, text=iter(["Hi. "]), model_id=MODEL)
            )
        ),
    }


_TASKS = {
    "models": _models,
    "voices": _voices,
    "dictionaries": _dictionaries,
    "account": _account,
    "whole": _whole,
    "stream": _stream,
    "stream_with_timestamps": _stream_with_timestamps,
    "convert_with_timestamps": _convert_with_timestamps,
    "realtime": _realtime,
    "dialogue": _dialogue,
    "dialogue_stream": _dialogue_stream,
    "dialogue_with_timestamps": _dialogue_with_timestamps,
    "dialogue_stream_with_timestamps": _dialogue_stream_with_timestamps,
    "errors": _errors,
    "key_error": _key_error,
}


def main() -> None:
    """Do the named tasks and print their results."""
    url, key, *tasks = sys.argv[1:]
    client = ElevenLabs(base_url=url, api_key=key, timeout=30)
    sys.stdout.write(json.dumps({task: _TASKS[task](client) for task in tasks}))


if __name__ == "__main__":
    main()
