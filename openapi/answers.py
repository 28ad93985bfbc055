"""What the pages beside the tools answer: the shape of a session's data, for the document."""

from typing import Any, Literal

from pydantic import ConfigDict

from gateway.event import Told
from gateway.schema import Model
from gateway.text import Untrusted


class Health(Model):
    """The process answers."""

    status: Literal["ok"]


class Annotations(Model):
    """The hints of the Model Context Protocol."""

    readOnlyHint: bool
    destructiveHint: bool
    idempotentHint: bool
    openWorldHint: bool


class ToolListing(Model):
    """A tool as the Model Context Protocol lists it."""

    name: str
    description: str
    inputSchema: dict[str, Any]
    outputSchema: dict[str, Any]
    annotations: Annotations


class ToolListings(Model):
    """The tools that this token may call, in the one fixed order."""

    tools: list[ToolListing]


class Instructions(Model):
    """What an agent is told before it begins."""

    instructions: str


class Device(Model):
    """Everything that is known of one device; what is not known is absent."""

    id: str
    name: Untrusted
    area: Untrusted | None = None
    kinds: list[str]
    state: dict[str, dict[str, Any]]
    """by kind, in the shape that get_state answers"""
    age: int | None = None
    """seconds since the state was seen"""
    online: bool
    since: str | None = None
    """when it went offline"""
    limits: dict[str, dict[str, dict[str, Any]]] | None = None
    """what its fields may be, by kind and field"""
    part_of: str | None = None
    protected: bool | None = None
    problems: list[Untrusted] | None = None
    maker: Untrusted | None = None
    model: Untrusted | None = None
    members: list[str] | None = None
    """ids; the device is a group of these"""
    address: str | None = None
    adapter: str | None = None
    twin_of: str | None = None
    """the id of the device that is the same thing"""
    aliases: list[Untrusted] | None = None
    use_as: Literal["light", "fan"] | None = None
    queries: list[str] | None = None
    """what GET /v1/devices/{id}/{query} can ask it"""


class Unclaimed(Model):
    """Something that was heard on the network and that no adapter claims."""

    address: str
    ports: list[int]
    maker: Untrusted | None = None
    model: Untrusted | None = None
    name: Untrusted | None = None
    guess: str | None = None
    """what it looks like"""
    evidence: list[Untrusted]
    first_seen: str
    last_seen: str


class Devices(Model):
    """Devices, or with `unknown` what nobody claims."""

    devices: list[Device | Unclaimed]


class Forgotten(Model):
    """The device is dropped; it comes back as new when it is heard again."""

    id: str
    forgotten: Literal[True]


class Receipt(Model):
    """The record of one action. Until it has ended its outcome is `unknown`."""

    id: str
    seq: int
    started: str
    finished: str | None = None
    agent: str
    tool: str
    arguments: dict[str, Any]
    cause: str | None = None
    """the receipt of the scene or plan that led to it"""
    outcome: str
    results: list[dict[str, Any]]


class Receipts(Model):
    """Receipts, the newest first; `before` with the last one's `seq` gives the next page."""

    receipts: list[Receipt]


class Token(Model):
    """A token, without its secret."""

    name: str
    preset: str
    created: str
    allow: list[str] | None = None
    """tools that it may call beside"""


class Tokens(Model):
    """All tokens."""

    tokens: list[Token]


class IssuedToken(Model):
    """A new token, shown this once."""

    name: str
    token: str
    preset: str


class Revoked(Model):
    """The token is of no use any more."""

    name: str
    revoked: Literal[True]


class Open(Model):
    """An object whose shape is not ours to say."""

    model_config = ConfigDict(extra="allow")


class Text(Model):
    """Text."""


class Events(Model):
    """What happened, oldest first."""

    events: list[Told]
    cursor: str
    """send it back as `after` to go on"""
    truncated: bool
    """whether events behind `after` are gone for ever"""
