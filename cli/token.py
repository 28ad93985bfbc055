"""Make, list and revoke the tokens by which agents may call. A token is shown once."""

import argparse
import json

from rich.console import Console
from rich.table import Table

from cli.client import as_owner
from cli.options import add_json, add_place, chosen

EXAMPLE = "homeport token new kitchen-tablet --preset read-only"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", help="make a token")
    new.add_argument("name", metavar="NAME", help="whose it is, as receipts will say")
    new.add_argument("--preset", default="read-only", choices=("owner", "read-only"))
    new.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="TOOL",
        help="a tool beside the preset's, such as subscribe_webhook; may be repeated",
    )
    revoke = verbs.add_parser("revoke", help="end a token at once")
    revoke.add_argument("name", metavar="NAME")
    for verb in (new, revoke, verbs.add_parser("list", help="names and presets, never secrets")):
        add_json(verb)
        add_place(verb)


def run(arguments: argparse.Namespace) -> int:
    """Print the token, once, or what became of it."""
    place = chosen(arguments)
    if arguments.verb == "new":
        answer = as_owner(
            place,
            lambda session: session.new_token(
                arguments.name, preset=arguments.preset, allow=arguments.allow
            ),
        )
    elif arguments.verb == "revoke":
        answer = as_owner(place, lambda session: session.revoke_token(arguments.name))
    else:
        answer = as_owner(place, lambda session: session.tokens())
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif arguments.verb == "new":
        print(answer["token"])
    elif arguments.verb == "revoke":
        print(f"{answer['name']} is revoked.")
    else:
        table = Table("name", "preset", "created", "also allowed")
        for row in answer["tokens"]:
            table.add_row(
                row["name"], row["preset"], row["created"], " ".join(row.get("allow", ()))
            )
        Console().print(table)
    return 0
