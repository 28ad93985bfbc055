"""Print the OpenAPI 3.1 document: every kind of device, as the owner sees it."""

import argparse
import json
import sys
from pathlib import Path

from cli.options import add_json
from cli.training import every_tool
from openapi.document import document

EXAMPLE = "homeport openapi --check"

SNAPSHOT = Path(__file__).parent.parent / "openapi" / "openapi.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.add_argument("--check", action="store_true", help="compare with the committed snapshot")
    parser.add_argument("--write", action="store_true", help="write the snapshot")


def run(arguments: argparse.Namespace) -> int:
    """Print the document, or say whether the snapshot is the same."""
    text = (
        json.dumps(
            document([tool.view for tool in every_tool() if not tool.by_name]),
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )
    if arguments.write:
        SNAPSHOT.write_text(text, "utf-8")
    elif arguments.check:
        if not SNAPSHOT.exists() or SNAPSHOT.read_text("utf-8") != text:
            print("openapi/openapi.json is not what the declarations say", file=sys.stderr)
            print("  Look at the difference, then run: homeport openapi --write", file=sys.stderr)
            return 1
    else:
        sys.stdout.write(text)
    return 0
