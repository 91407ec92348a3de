"""Delay audio as the model would."""

import asyncio


class GenerationThrottle:
    """Holds audio back until a model of a given speed would have generated it."""

    def __init__(self, inference_delay: float, generation_speed: float) -> None:
        self._start = asyncio.get_running_loop().time() + inference_delay
        self._speed = generation_speed

    async def wait_until_generated(self, seconds: float) -> None:
        """Wait until this much audio would have been generated."""
        generation_time = seconds / self._speed if self._speed else 0.0
        delay = self._start + generation_time - asyncio.get_running_loop().time()
        if delay > 0:
            await asyncio.sleep(delay)
