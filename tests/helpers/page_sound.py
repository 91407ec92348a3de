"""What a page sounds like: all its audio elements together, as they are heard."""

import base64
from typing import Final

from playwright.async_api import Page

from harness.samples import Samples, from_bytes

PAGE_RATE: Final = 24000
# The volume of an element is in what a source node of it gives.
_RECORD: Final = f"""() => {{
  const context = new AudioContext({{ sampleRate: {PAGE_RATE} }});
  const recorder = context.createScriptProcessor(4096, 1, 1);
  const known = new WeakSet();
  window.recorded = [];
  recorder.onaudioprocess = ({{ inputBuffer }}) => {{
    recorded.push(Int16Array.from(inputBuffer.getChannelData(0), (one) => 32767 * one));
  }};
  recorder.connect(context.destination);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {{
    if (!known.has(this)) {{
      known.add(this);
      context.createMediaElementSource(this).connect(recorder);
    }}
    return play.call(this);
  }};
  return context.resume();
}}"""
_TAKE: Final = """async () => {
  const whole = new Blob(recorded);
  recorded.length = 0;
  const read = new FileReader();
  const done = new Promise((resolve) => { read.onload = resolve });
  read.readAsDataURL(whole);
  await done;
  return read.result.split(",")[1] ?? "";
}"""


async def record(page: Page) -> None:
    """Record from now on what begins to play."""
    await page.evaluate(_RECORD)


async def recorded(page: Page) -> Samples:
    """Return what was heard since the last time, mono, `PAGE_RATE` samples a second."""
    return from_bytes(base64.b64decode(await page.evaluate(_TAKE)))
