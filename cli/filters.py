"""Options that say which events are meant."""

import argparse
from typing import Any

from pydantic import ValidationError

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
    except ValidationError as error:
        raise InvalidArguments(f"These options do not fit: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    """Return what is wrong with the first option, on one line."""
    wrong = error.errors(include_url=False, include_context=False)[0]
    return f"--{wrong['loc'][0]}: {wrong['msg']}"
