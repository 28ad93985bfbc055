"""Receive webhooks on this machine, check who sent them, and print them: for trying things out."""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.options import add_json
from gateway.errors import CannotStart, InvalidArguments
from gateway.signing import BadSignature, Secret, checked_secret, new_secret, verified
from gateway.text import clean

if TYPE_CHECKING:
    from aiohttp import web

EXAMPLE = "homeport listen --port 9000"
VARIABLE = "HOMEPORT_WEBHOOK_SECRET"
EXIT_USAGE, EXIT_PORT = 2, 3
MOST_BYTES = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=9000, help="0 takes any free port")
    parser.add_argument("--host", default="127.0.0.1", help="listen on this address")
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help=f"take the secret from there; else from {VARIABLE}, or one is made",
    )
    parser.add_argument(
        "--fail", type=_percent, default=0.0, metavar="N%", help="answer 503 so often"
    )
    parser.add_argument("--once", action="store_true", help="end after the first delivery")
    add_json(parser)


def _percent(text: str) -> float:
    share = float(text.removesuffix("%")) / 100
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("it is 0% to 100%")
    return share


def run(arguments: argparse.Namespace) -> int:
    """Print deliveries until Ctrl-C; with --once return 1 where the first is not genuine."""
    receiver = Receiver(*_secret(arguments), fail=arguments.fail, as_json=arguments.json)
    with suppress(KeyboardInterrupt):
        asyncio.run(_listen(receiver, arguments))
    return 1 if arguments.once and receiver.bad else 0


def _secret(arguments: argparse.Namespace) -> tuple[Secret, bool]:
    """Return the secret, and whether it was made just now."""
    given = sys.stdin.readline() if arguments.secret_stdin else os.environ.get(VARIABLE)
    if given is None:
        return new_secret(), True
    try:
        return checked_secret(given.strip(), plain=True), False
    except InvalidArguments as error:
        raise CannotStart(error.detail, exit_code=EXIT_USAGE) from error


async def _listen(receiver: "Receiver", arguments: argparse.Namespace) -> None:
    from aiohttp import web

    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post("/{path:.*}", receiver.hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, arguments.host, arguments.port).start()
        host, port = runner.addresses[0][:2]
        receiver.invite(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        heard = receiver.heard if arguments.once else asyncio.Event()
        await heard.wait()
    except (OSError, OverflowError) as error:
        raise CannotStart(
            f"{arguments.host}:{arguments.port} cannot be listened on: {error}",
            exit_code=EXIT_PORT,
            hint="Choose another port with --port; 0 takes any free one.",
        ) from error
    finally:
        await runner.cleanup()


@dataclass
class Receiver:
    """Checks and prints what is posted to it, and fails as often as it is told to."""

    secret: Secret
    made: bool
    fail: float = 0.0
    as_json: bool = False
    bad: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)

    def invite(self, origin: str) -> None:
        """Print where it listens, and how to have events sent there."""
        if self.as_json:
            more = {"secret": self.secret.text} if self.made else {}
            self._print({"listening": origin} | more)
            return
        print(f"Listening at {origin}. Let homeport.toml have:", flush=True)
        print(f'  [webhooks]\n  allow = ["{origin}"]\nThen:')
        add = f"homeport webhooks add {origin}/hook --secret-stdin"
        known = f"'{self.secret.text}'" if self.made else f'"${VARIABLE}"'
        print(f"  echo {known} | {add}", flush=True)

    async def hear(self, request: "web.Request") -> "web.Response":
        """Answer 204, or 401 to what is not genuine, or 503 where it is to fail."""
        from aiohttp import web

        body = await request.read()
        told = self._told(request.headers, body)
        if told["verified"] and random.random() < self.fail:
            status = 503
        else:
            status = 204 if told["verified"] else 401
        self._print({"status": status} | told)
        self.heard.set()
        return web.Response(status=status)

    def _told(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        now = time.time()
        told: dict[str, Any] = {"webhook_id": headers.get("webhook-id", ""), "verified": True}
        try:
            verified(self.secret, headers, body, now)
            told["duplicate"] = told["webhook_id"] in self._seen
            self._seen.add(told["webhook_id"])
        except BadSignature as error:
            self.bad += 1
            told |= {"verified": False, "why": str(error)}
        try:
            told["event"] = json.loads(body)
            at = datetime.fromisoformat(told["event"]["timestamp"])
            told["milliseconds"] = round((now - at.timestamp()) * 1000, 1)
        except (ValueError, KeyError, TypeError):
            told.setdefault("event", body[:500].decode("utf-8", "replace"))
        return told

    def _print(self, told: dict[str, Any]) -> None:
        said = json.dumps(told, ensure_ascii=False) if self.as_json else line(told)
        print(said, flush=True)


def line(told: Mapping[str, Any]) -> str:
    """Return one delivery for people: what comes from outside is made harmless."""
    event = told["event"]
    if isinstance(event, dict) and "name" in event:
        what = clean(f"{event['name']} {event.get('device') or ''}")
    else:
        what = clean(event if isinstance(event, str) else json.dumps(event, ensure_ascii=False))
    more = [
        f"{told['milliseconds']:g} ms" if "milliseconds" in told else "",
        f"answered {told['status']}" if told["status"] != 204 else "",
        clean(told.get("why", "")),
        "again" if told.get("duplicate") else "",
    ]
    mark = "✓" if told["verified"] else "✗"
    words = (mark, f"{datetime.now():%H:%M:%S}", clean(told["webhook_id"]), what, *more)
    return "  ".join(word for word in words if word)
