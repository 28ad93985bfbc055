"""What a request says, read strictly: anything that could be read in two ways is refused."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.types import Receive

from gateway.errors import InvalidArguments, Malformed, did_you_mean
from gateway.schema import Model
from gateway.session import Json
from gateway.text import clean

DEEPEST = 64
LONGEST_INTEGER = 308
"""Digits; a longer one is beyond what a double holds, as 1e400 is."""
MOST_PARAMETERS = 420
"""As many as the lists of a filter hold, and what stands beside them."""


async def body_of(receive: Receive) -> bytes:
    """Return a request's whole body; raise Malformed where the connection ends before it does."""
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed("The connection ended before the body did")
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def json_object(body: bytes) -> Json:
    """Return the JSON object of a body; an empty body is an empty object.

    Raises Malformed for what is no JSON (RFC 8259), or is ambiguous: a key given twice, NaN, a
    number beyond a double, a lone surrogate, endless nesting. Raises InvalidArguments for JSON
    that is no object.
    """
    if not body:
        return {}
    try:
        text = body.decode()
        found = _decode(text)
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: byte {error.start} cannot be read") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"The body is no JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise _too_deep() from None
    if text.count("[") + text.count("{") > DEEPEST and _deeper_than(DEEPEST, found):
        raise _too_deep()
    if "\\u" in text and _has_lone_surrogate(found):
        raise Malformed("The body has half a surrogate pair, which is no character")
    if not isinstance(found, dict):
        raise InvalidArguments(
            "The body is JSON, but no object", hint='Send the arguments as an object: {"name": …}.'
        )
    return found


def parameters(model: type[Model], query: bytes) -> dict[str, Any]:
    """Return a query string's parameters; raise InvalidArguments where `model` has no such ones."""
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise InvalidArguments("The query has too many parameters") from None
    many = [name for name, field in model.model_fields.items() if "list[" in str(field.annotation)]
    given = {name: value for name, value in pairs if name not in many}
    if len(given) != sum(name not in many for name, _ in pairs):
        raise InvalidArguments("The query names a parameter twice")
    lists = {name: [value for other, value in pairs if other == name] for name in many}
    try:
        read = model.model_validate_strings(given).model_dump(exclude_unset=True)
        some = {name: values for name, values in lists.items() if values}
        return read | model.model_validate(some).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise _invalid(model, error) from None


def checked(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that fit `model`; raise InvalidArguments that names the first that does not."""
    try:
        return model.model_validate(values).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise _invalid(model, error) from None


def _invalid(model: type[Model], error: ValidationError) -> InvalidArguments:
    first = error.errors(include_url=False, include_context=False)[0]
    field = clean(str(first["loc"][0]), 40)
    if first["type"] == "missing":
        return InvalidArguments(f"{field} is needed", field=field)
    if first["type"] == "extra_forbidden":
        known = list(model.model_fields)
        takes = f"It takes {', '.join(known)}." if known else "It takes none."
        hint = did_you_mean(field, known) or takes
        return InvalidArguments(f"There is no parameter {field!r}", hint=hint, field=field)
    return InvalidArguments(f"{field}: {first['msg']}", field=field)


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("The body gives a key twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise Malformed("The body has a number that is too large")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise Malformed("The body has a number that is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise Malformed(f"The body is no JSON: {name} is no number")


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
).decode


def _too_deep() -> Malformed:
    return Malformed(f"The body is nested deeper than {DEEPEST} levels")


def _deeper_than(levels: int, value: Any) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper_than(levels - 1, one) for one in inner)


def _has_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
