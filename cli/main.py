"""`homeport`: reads the command, runs it, and turns what goes wrong into a sentence and a code."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module

from gateway.errors import CannotStart, GatewayError

COMMANDS = {
    "demo": "see a house being found and an agent putting it to bed; needs no device",
    "serve": "find this home's devices and serve them to agents",
    "devices": "list what was found, and what it still needs",
    "device": "rename a device, set its area, protect it, forget it",
    "call": "call a tool, as an agent would",
    "events": "show what happened, or follow what happens",
    "webhooks": "make, list, test and replay webhooks",
    "history": "show what a device measured, as numbers or a picture",
    "listen": "receive webhooks on this machine, to try things out",
    "notify": "tell a person something, or test whether that works",
    "login": "keep the login that a maker's devices ask for",
    "pair": "pair a HomeKit accessory by the code that is on it",
    "workouts": "bring workouts in as files, list them, give them out",
    "token": "make, list and revoke agents' tokens",
    "mcp": "serve one agent over standard input and output",
    "openapi": "print the OpenAPI document",
    "backup": "copy everything that homeport remembers into one file",
    "restore": "put a backup back",
    "doctor": "say what works here and what does not",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = _parser(next((word for word in words if word in COMMANDS), None))
    arguments = parser.parse_args(words)
    if arguments.command is None:
        parser.print_help()
        return 2
    try:
        code: int = arguments.run(arguments)
    except GatewayError as error:
        _tell(error, as_json=getattr(arguments, "json", False))
        return error.exit_code if isinstance(error, CannotStart) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the module of the command that is wanted is loaded."""
    parser = argparse.ArgumentParser(
        prog="homeport",
        description="Finds what a home already has and serves it to AI agents as typed tools.",
        epilog="example: homeport demo",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, help in COMMANDS.items():
        if name != wanted:
            commands.add_parser(name, help=help)
            continue
        module = import_module(f"cli.{name}")
        command = commands.add_parser(
            name,
            help=help,
            description=module.__doc__,
            epilog=f"example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("homeport")
    except PackageNotFoundError:
        return "0 (not installed)"


def _tell(error: GatewayError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(error.problem(), ensure_ascii=False))
        return
    print(f"homeport: {error.detail}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
