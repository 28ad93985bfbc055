"""Receive webhooks on this machine, check who sent them, and print them: for trying things out."""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any

from cli.options import add_json
from gateway.errors import CannotStart
from gateway.signing import BadSignature, Secret, verified

EXAMPLE = "homeport listen --port 9000"
EXIT_PORT = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--host", default="127.0.0.1", help="listen on this address")
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="take the secret from there; else from HOMEPORT_WEBHOOK_SECRET",
    )
    parser.add_argument(
        "--fail", type=int, default=0, metavar="PERCENT", help="answer 503 so often"
    )
    parser.add_argument("--once", action="store_true", help="end after the first delivery")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print deliveries until Ctrl-C."""
    given = sys.stdin.readline().strip() if arguments.secret_stdin else None
    secret = given or os.environ.get("HOMEPORT_WEBHOOK_SECRET")
    asyncio.run(_listen(arguments, Secret(secret) if secret else None))
    return 0


async def _listen(arguments: argparse.Namespace, secret: Secret | None) -> None:
    from aiohttp import web

    seen: set[str] = set()
    done = asyncio.Event()

    async def hear(request: web.Request) -> web.Response:
        body = await request.read()
        if random.randrange(100) < arguments.fail:
            return web.Response(status=503)
        told = _read(secret, request.headers, body)
        told["duplicate"] = told["webhook_id"] in seen
        seen.add(told["webhook_id"])
        _show(told, as_json=arguments.json)
        if arguments.once:
            done.set()
        return web.Response(status=401 if told["verified"] is False else 204)

    app = web.Application(client_max_size=1024 * 1024)
    app.router.add_post("/{path:.*}", hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, arguments.host, arguments.port).start()
        if not arguments.json:
            _invite(f"http://{arguments.host}:{arguments.port}")
        await done.wait()
    except OSError as error:
        where = f"{arguments.host}:{arguments.port}"
        raise CannotStart(
            f"{where} cannot be listened on: {error.strerror}", exit_code=EXIT_PORT
        ) from error
    finally:
        await runner.cleanup()


def _read(secret: Secret | None, headers: Any, body: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"webhook_id": headers.get("webhook-id", ""), "verified": None}
    if secret is not None:
        try:
            verified(secret, headers, body, time.time())
            told["verified"] = True
        except BadSignature as error:
            told |= {"verified": False, "why": str(error)}
    try:
        told["event"] = json.loads(body)
        at = datetime.fromisoformat(told["event"]["timestamp"])
        told["milliseconds"] = round((datetime.now(UTC) - at).total_seconds() * 1000, 1)
    except (ValueError, KeyError, TypeError):
        told["text"] = body[:500].decode("utf-8", "replace")
    return told


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told, ensure_ascii=False), flush=True)
        return
    mark = {True: "✓", False: "✗", None: "·"}[told["verified"]]
    event = told.get("event", {})
    what = f"{event.get('name', '')} {event.get('device', '')}".strip() or told.get("text", "")
    again = "  (again)" if told["duplicate"] else ""
    late = f"  {told['milliseconds']} ms" if "milliseconds" in told else ""
    print(f"{mark} {datetime.now():%H:%M:%S} {told['webhook_id']}  {what}{late}{again}", flush=True)


def _invite(origin: str) -> None:
    print(
        f"Listening at {origin}. Put this into homeport.toml:\n"
        f'  [webhooks]\n  allow = ["{origin}"]\n'
        f"then: homeport webhooks add {origin}/hook\n"
        "and give its secret to HOMEPORT_WEBHOOK_SECRET, or to --secret-stdin.",
        flush=True,
    )
