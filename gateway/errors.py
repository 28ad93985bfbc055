"""What can go wrong, as data: one root, few kinds, one shape on every surface (RFC 9457)."""

from collections.abc import Iterable
from typing import Any, ClassVar

from rapidfuzz import fuzz, process


class GatewayError(Exception):
    """Root of everything that homeport tells a caller; `detail` is a sentence one can act on."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong in homeport"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, *, hint: str | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.more = more

    def problem(self) -> dict[str, Any]:
        """Return the error as every surface shows it."""
        shown: dict[str, Any] = {
            "type": f"urn:homeport:problem:{self.code}",
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "retryable": self.retryable,
        }
        if self.hint:
            shown["hint"] = self.hint
        return shown | self.more


class Malformed(GatewayError):
    """The request itself cannot be read."""

    code, status, title = "malformed", 400, "The request cannot be read"


class Unauthorized(GatewayError):
    """No token, or one that is not known."""

    code, status, title = "unauthorized", 401, "A valid token is needed"


class NotAllowed(GatewayError):
    """The caller's grant does not cover this."""

    code, status, title = "not_allowed", 403, "This token may not do that"


class ApprovalNeeded(GatewayError):
    """A person has to say yes before this is done; nothing was sent."""

    code, status, title = "approval_needed", 403, "A person has to approve this"


class NotFound(GatewayError):
    """No such page, scene, plan or receipt."""

    code, status, title = "not_found", 404, "There is no such thing here"


class UnknownTool(NotFound):
    """No such tool for this caller."""

    code, title = "unknown_tool", "There is no such tool"


class UnknownTarget(NotFound):
    """No such device or area for this caller."""

    code, title = "unknown_target", "There is no such device or area"


class AmbiguousTarget(GatewayError):
    """Several devices answer to the name; `choices` lists them."""

    code, status, title = "ambiguous_target", 409, "More than one device answers to that name"


class InvalidArguments(GatewayError):
    """The arguments do not fit the tool."""

    code, status, title = "invalid_arguments", 422, "The arguments do not fit"


class OutOfLimits(GatewayError):
    """A value is outside what is in force for this device; nothing was sent."""

    code, status, title = "out_of_limits", 422, "The value is outside the limits"


class Conflict(GatewayError):
    """The house is not as the request supposes."""

    code, status, title = "conflict", 409, "The house has changed"


class NeedsSetup(GatewayError):
    """The device waits for a login, a code or a button; the sentence says which."""

    code, status, title = "needs_setup", 409, "The device needs to be set up first"


class DeviceRefused(GatewayError):
    """The device answered no."""

    code, status, title = "device_refused", 502, "The device said no"


class AdapterFault(GatewayError):
    """The device or its library answered something that makes no sense."""

    code, status, title = "adapter_fault", 502, "The device answered nonsense"


class Unreachable(GatewayError):
    """The device does not answer; surely nothing happened."""

    code, status, title, retryable = "unreachable", 503, "The device does not answer", True


class TimedOut(GatewayError):
    """No answer in time; it may have happened."""

    code, status, title = "timed_out", 504, "No answer in time; it may have happened"


class StoreFailed(GatewayError):
    """The state folder cannot be written; nothing was sent."""

    code, status, title, retryable = "store_failed", 507, "homeport cannot write its state", True


class CannotStart(GatewayError):
    """homeport cannot run as asked; the command line prints the sentence and exits."""

    code, title = "cannot_start", "homeport cannot start"

    def __init__(self, detail: str, *, exit_code: int = 1, hint: str | None = None) -> None:
        super().__init__(detail, hint=hint)
        self.exit_code = exit_code


def nearest(word: str, options: Iterable[str], count: int = 3) -> list[str]:
    """Return the options most like `word`, best first."""
    found = process.extract(
        word[:80],
        list(options),
        scorer=fuzz.ratio,
        processor=str.casefold,
        limit=count,
        score_cutoff=50,
    )
    return [option for option, _, _ in found]


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """Return a hint that names the nearest options, or None."""
    close = nearest(word, options)
    return f"Did you mean {' or '.join(close)}?" if close else None
