"""The operations beside the tools, declared once: routes and document are made of this table."""

from typing import Annotated

from pydantic import Field

from gateway.policy import Preset
from gateway.schema import Model
from openapi import answers
from openapi.event_operations import EVENT_OPERATIONS
from openapi.operation import Operation
from openapi.workouts import WORKOUT_OPERATIONS

TOOL_PATH = "/v1/tools/{tool}"


class WhichDevices(Model):
    """Which devices to list."""

    all: bool = False
    """also what another adapter sees too, hidden otherwise"""
    unknown: bool = False
    """instead what was heard and nobody claims"""


class Page(Model):
    """Which receipts to list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """how many"""
    before: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    """the `seq` of a receipt: only older ones"""


class NewToken(Model):
    """A token to make."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")]
    """what receipts call the agent"""
    preset: Preset
    """what it may do"""
    allow: Annotated[list[str], Field(max_length=50)] = Field(default_factory=list)
    """tools that it may call beside, such as subscribe_webhook"""


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/tools",
        "list_tools",
        "tools",
        "List the tools that this token may call, as the Model Context Protocol does.",
        answers.ToolListings,
    ),
    Operation(
        "GET",
        "/v1/instructions",
        "get_instructions",
        "tools",
        "Read what an agent is told before it begins.",
        answers.Instructions,
    ),
    Operation(
        "GET",
        "/v1/devices",
        "list_devices",
        "devices",
        "List every device with its state.",
        answers.Devices,
        query=WhichDevices,
        owners_parameters=("unknown",),
    ),
    Operation(
        "GET",
        "/v1/devices/{id}",
        "get_device",
        "devices",
        "Read everything that is known of one device.",
        answers.Device,
        problems=(404,),
    ),
    Operation(
        "DELETE",
        "/v1/devices/{id}",
        "forget_device",
        "devices",
        "Drop a device and its parts; it comes back as new when it is heard again.",
        answers.Forgotten,
        problems=(404, 507),
        owner_only=True,
    ),
    Operation(
        "GET",
        "/v1/devices/{id}/td",
        "get_thing_description",
        "devices",
        "Read the W3C Web of Things Thing Description 1.1 of one device.",
        answers.Open,
        problems=(404,),
        media="application/td+json",
    ),
    Operation(
        "GET",
        "/v1/devices/{id}/{query}",
        "ask_device",
        "devices",
        "Ask one device something that is not state, such as a speaker's favourites.",
        answers.Open,
        problems=(404, 409, 502, 503, 504),
    ),
    *EVENT_OPERATIONS,
    *WORKOUT_OPERATIONS,
    Operation(
        "GET",
        "/v1/receipts",
        "list_receipts",
        "receipts",
        "List what was done, the newest first.",
        answers.Receipts,
        query=Page,
    ),
    Operation(
        "GET",
        "/v1/tokens",
        "list_tokens",
        "tokens",
        "List all tokens, without their secrets.",
        answers.Tokens,
        owner_only=True,
    ),
    Operation(
        "POST",
        "/v1/tokens",
        "new_token",
        "tokens",
        "Make a token; it is shown this once.",
        answers.IssuedToken,
        body=NewToken,
        problems=(400, 404, 409, 413, 507),
        owner_only=True,
    ),
    Operation(
        "DELETE",
        "/v1/tokens/{name}",
        "revoke_token",
        "tokens",
        "End a token at once.",
        answers.Revoked,
        problems=(404, 409, 507),
        owner_only=True,
    ),
    Operation(
        "GET",
        "/healthz",
        "get_health",
        "homeport",
        "Say whether homeport answers.",
        answers.Health,
        needs_token=False,
    ),
    Operation(
        "GET",
        "/metrics",
        "get_metrics",
        "homeport",
        "Read what homeport counts and measures of itself, for Prometheus.",
        answers.Text,
        media="text/plain",
        owner_only=True,
    ),
    Operation(
        "GET",
        "/openapi.json",
        "get_document",
        "homeport",
        "Read this document: everything that this token may do.",
        answers.Open,
    ),
    Operation(
        "GET",
        "/openapi/tools.json",
        "get_tools_document",
        "homeport",
        "Read the document of the tools alone.",
        answers.Open,
    ),
)
