"""Serve one agent over standard input and output (MCP).

Takes the state folder and runs the house, or, where another homeport holds it, forwards to that
one and takes over when it goes. The caller is the owner unless HOMEPORT_TOKEN says otherwise.
"""

import argparse

EXAMPLE = "homeport mcp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from cli.options import add_json, add_place

    add_json(parser)
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until standard input ends."""
    raise SystemExit("not composed yet")
