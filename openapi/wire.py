"""What comes before a request is one: bytes that are no HTTP, or a head that does not end."""

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.errors import GatewayError, Malformed
from openapi.problems import COMMON_HEADERS, MEDIA, TooLarge

MOST_BYTES = 64 * 1024
"""Of a request's first line and headers; one read from the socket may go beyond."""


class Wire(HttpToolsProtocol):
    """uvicorn's connection, which answers in our shape also what never reaches the application."""

    _in_head = False
    _head = 0

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MOST_BYTES and not self.transport.is_closing():
            self._refuse(TooLarge(f"The headers are larger than {MOST_BYTES // 1024} KiB"))

    def on_message_begin(self) -> None:
        self._in_head, self._head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(Malformed("What came is no HTTP request"))

    def _refuse(self, error: GatewayError) -> None:
        body = to_json(error.problem())
        headers = {"content-type": MEDIA, "content-length": str(len(body)), "connection": "close"}
        lines = [f"{name}: {value}\r\n" for name, value in (headers | COMMON_HEADERS).items()]
        head = STATUS_LINE[error.status] + "".join(lines).encode() + b"\r\n"
        self.transport.write(head + body)
        self.transport.close()
