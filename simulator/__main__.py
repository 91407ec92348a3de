"""Run a simulator of the ElevenLabs API."""

import argparse
import asyncio
import json
from pathlib import Path
import signal
import ssl
from tempfile import TemporaryDirectory

from .behaviour import Behaviour, BehaviourError
from .certificates import create_server_context, write_certificate
from .server import KEEP_ALIVE, Simulator


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8123, help="port to listen on; 0: a free one")
    parser.add_argument("--region", default="global", help="region whose API keys are valid")
    parser.add_argument("--voices", type=int, default=18, help="number of extra voices")
    parser.add_argument("--delay", type=float, default=0.075, help="seconds until the first audio")
    parser.add_argument(
        "--speed", type=float, default=20.0, help="multiple of real time; 0: no limit"
    )
    parser.add_argument(
        "--keep-alive", type=float, default=KEEP_ALIVE, help="seconds that idle connections last"
    )
    parser.add_argument("--behaviour", help="switches as JSON, or the name of a JSON file")
    parser.add_argument(
        "--tls", action="store_true", help="speak TLS with a new certificate, whose file is printed"
    )
    return parser.parse_args()


def _create_behaviour(arguments: argparse.Namespace) -> Behaviour:
    timing = Behaviour(inference_delay=arguments.delay, generation_speed=arguments.speed)
    if not arguments.behaviour:
        return timing
    text = arguments.behaviour
    if not text.lstrip().startswith("{"):
        text = Path(text).read_text(encoding="utf-8")
    return Behaviour.from_json(json.loads(text), timing)


async def _serve(arguments: argparse.Namespace) -> None:
    """Run the simulator, with a certificate that is removed at the end."""
    if not arguments.tls:
        await _run(arguments, None, "key: sk_demo")
        return
    with TemporaryDirectory(prefix="simulator") as folder:
        path = Path(folder) / "certificate.pem"
        write_certificate(path, arguments.host)
        await _run(arguments, create_server_context(path), f"key: sk_demo, certificate: {path}")


async def _run(arguments: argparse.Namespace, tls: ssl.SSLContext | None, remarks: str) -> None:
    simulator = Simulator(
        behaviour=_create_behaviour(arguments),
        region=arguments.region,
        extra_voices=arguments.voices,
        host=arguments.host,
        port=arguments.port,
        keep_alive=arguments.keep_alive,
        tls=tls,
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with simulator:
        print(f"ElevenLabs simulator on {simulator.url} ({remarks})", flush=True)  # noqa: T201
        await stopped.wait()


def main() -> None:
    """Run until interrupted."""
    try:
        asyncio.run(_serve(_parse_arguments()))
    except (BehaviourError, json.JSONDecodeError, OSError) as error:
        raise SystemExit(f"simulator: {error}") from None


if __name__ == "__main__":
    main()
