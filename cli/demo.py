"""See homeport at work without a single device.

A virtual house stands up on this machine's loopback, speaking the makers' own protocols. homeport
finds it, and an agent drives it over MCP and over HTTP: music, light, heating, "sleepy time".
Then the house goes on standing, for your own agent to try. Your settings and your devices are left
alone.
"""

import argparse
from pathlib import Path

from cli.options import add_json, add_port
from gateway.errors import CannotStart

EXAMPLE = "homeport demo --once"
EXIT_EXTRA = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end after the tour")
    add_port(parser)
    add_json(parser)
    parser.add_argument("--state", type=Path, metavar="FOLDER", help="keep the state here")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings; its network and adapters are ignored"
    )


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 where a step of the tour failed."""
    try:
        from cli.virtual import show
    except ModuleNotFoundError as error:
        raise CannotStart(
            f"the demo needs {error.name}, which is not installed",
            exit_code=EXIT_EXTRA,
            hint="Install the virtual house and all adapters: pip install 'homeport[all]'",
        ) from error
    return show(arguments)
