"""Options that say which events are meant."""

import argparse
from typing import Any

from gateway.errors import InvalidArguments
from gateway.subscriptions import Filter

LISTS = {
    "names": "names of events, such as button.pressed or device.*",
    "devices": "ids of devices",
    "areas": "names of areas",
    "kinds": "kinds, such as light or contact",
}


def add_filter(parser: argparse.ArgumentParser) -> None:
    """Add the options of a filter."""
    for name, help in LISTS.items():
        parser.add_argument(f"--{name}", nargs="+", metavar=name[:-1].upper(), help=help)
    parser.add_argument("--where", metavar="CONDITION", help="data.after.open == true")
    parser.add_argument("--query", metavar="WORDS", help="fedex front door")


def chosen_filter(arguments: argparse.Namespace) -> Filter:
    """Return the filter that the options say; raise InvalidArguments where it is none."""
    given = {name: getattr(arguments, name) for name in (*LISTS, "where", "query")}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        return Filter.model_validate(wanted)
    except ValueError as error:
        raise InvalidArguments(f"these options do not fit: {error}") from None
