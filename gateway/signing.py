"""Standard Webhooks 1.0: how a receiver knows that a delivery is ours, and which one it is.

The headers, and what is signed, follow the specification (standardwebhooks.com, version 1.0.0):
HMAC-SHA256 over `id.timestamp.body`, in base64, one signature for each secret in force.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.errors import InvalidArguments

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a key."""
_TOKEN = re.compile(r"[\x21-\x7e]{16,200}")


TOLERANCE = 300
"""Seconds by which the clocks of sender and receiver may differ (Standard Webhooks 1.0)."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What only we and the receiver know; it never shows itself."""

    text: str

    def __repr__(self) -> str:
        return "<secret>"

    @property
    def key(self) -> bytes:
        """The bytes to sign with; a plain token signs as it stands."""
        if not self.text.startswith(PREFIX):
            return self.text.encode()
        return _decoded(self.text.removeprefix(PREFIX))


def new_secret() -> Secret:
    """Return a secret that nobody can guess."""
    return Secret(PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())


def checked_secret(text: str, *, plain: bool) -> Secret:
    """Return a secret that a caller chose; `plain` says whether a bearer token will do as well.

    Raises InvalidArguments, which does not repeat it.
    """
    if plain and not text.startswith(PREFIX):
        if _TOKEN.fullmatch(text):
            return Secret(text)
        raise _unfit("a token here is 16 to 200 ASCII letters without spaces")
    if not text.startswith(PREFIX):
        raise _unfit(f"it begins with {PREFIX}")
    try:
        key = _decoded(text.removeprefix(PREFIX))
    except (binascii.Error, ValueError):
        raise _unfit(f"what follows {PREFIX} is base64") from None
    if not SHORTEST <= len(key) <= LONGEST:
        raise _unfit(f"its key is {SHORTEST} to {LONGEST} bytes long")
    return Secret(text)


def _unfit(rule: str) -> InvalidArguments:
    return InvalidArguments(
        f"This secret does not fit: {rule}", field="secret", hint="Leave it out to be given one."
    )


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def signed(keys: Iterable[Secret], id: str, at: int, body: bytes) -> dict[str, str]:
    """Return the three headers of one attempt; `at` is in seconds since 1970."""
    content = b"%s.%d.%s" % (id.encode(), at, body)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(_signature(secret, content) for secret in keys),
    }


def _signature(secret: Secret, content: bytes) -> str:
    made = hmac.digest(secret.key, content, hashlib.sha256)
    return f"v1,{base64.b64encode(made).decode()}"


class BadSignature(ValueError):
    """A delivery that nobody who knows the secret has sent, or an old one sent again."""


def verified(secret: Secret, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Return the id of a delivery; raise BadSignature where it does not prove itself.

    `headers` are looked up by their small names; `now` is in seconds since 1970.
    """
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not at.isdecimal() or len(at) > 12:
        raise BadSignature("it carries no webhook-id or webhook-timestamp")
    if abs(now - int(at)) > TOLERANCE:
        raise BadSignature(f"it was signed at {at}, too far from now")
    expected = _signature(secret, b"%s.%d.%s" % (id.encode(), int(at), body))
    given = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(one.encode(), expected.encode()) for one in given):
        raise BadSignature("no signature is of this secret")
    return id
