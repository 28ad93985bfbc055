"""One bounded XML-RPC call, and what its failures mean to us.

The numbers of errors are those of eQ-3's "HomeMatic XML-RPC-Schnittstelle". What is raised is never
chained to its cause: texts of xmlrpc hold the address as it was called, with the login in it.
"""

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from xml.parsers.expat import ExpatError

from gateway import errors

NONSENSE = (ExpatError, xmlrpc.client.ResponseError, LookupError, TypeError, ValueError, EOFError)
FAILURE, NO_AIRTIME, OUT_OF_REACH = -1, -8, -9


@contextmanager
def typed(who: str, *, silence: type[errors.GatewayError] = errors.Unreachable) -> Iterator[None]:
    """Turn what goes wrong in a call into an error of ours; `silence` says what no answer means."""
    try:
        yield
    except xmlrpc.client.Fault as fault:
        raise _refused(who, fault.faultCode) from None
    except xmlrpc.client.ProtocolError as error:
        if error.errcode in (401, 403):
            raise errors.NeedsSetup(f"{who} refuses the login") from None
        raise errors.Unreachable(f"{who} answers HTTP {error.errcode}") from None
    except TimeoutError:
        raise silence(f"{who} does not answer") from None
    except (OSError, http.client.HTTPException):
        raise errors.Unreachable(f"{who} does not answer") from None
    except NONSENSE:
        raise errors.AdapterFault(f"{who} answers nonsense") from None


def _refused(who: str, code: Any) -> errors.GatewayError:
    if code in (FAILURE, OUT_OF_REACH):
        return errors.Unreachable(f"{who} cannot reach the device")
    if code == NO_AIRTIME:
        return errors.DeviceRefused(f"{who} has used up the time that it may send in this hour")
    return errors.DeviceRefused(f"{who} refuses that (error {code})")


class _Connection(http.client.HTTPConnection):
    """Knows its answer, as xmlrpc leaves one that it does not read open, and its socket, which
    an answer takes over."""

    answer: http.client.HTTPResponse | None = None
    wire: socket.socket | None = None

    def connect(self) -> None:
        super().connect()
        self.wire = self.sock

    def getresponse(self) -> http.client.HTTPResponse:
        self.answer = super().getresponse()
        return self.answer

    def close(self) -> None:
        super().close()
        if self.answer is not None:
            self.answer.close()


class Line(xmlrpc.client.Transport):
    """HTTP that gives up after `within` seconds of silence, and can be cut from elsewhere."""

    def __init__(self, within: float, headers: Iterable[tuple[str, str]]) -> None:
        super().__init__(headers=headers)
        self.within = within
        self._made: _Connection | None = None

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        if self._made is None:
            self._made = _Connection(str(host))
        self._made.timeout = self.within
        return self._made

    def close(self) -> None:
        """Hang up; the next call connects anew."""
        made, self._made = self._made, None
        if made is not None:
            made.close()

    def cut(self) -> None:
        """Have whoever waits here wait no more."""
        wire = self._made.wire if self._made else None
        if wire is not None:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
