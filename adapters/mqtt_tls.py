"""Whom a connection to a broker trusts."""

import ssl
from pathlib import Path
from typing import Any

from gateway import errors


class Trust(ssl.SSLContext):
    """A context for one broker, which may be certified under another name than it is reached by.

    It knows the socket that it made, because the library leaves that open when a certificate is
    not trusted.
    """

    name: str | None = None
    _made: ssl.SSLSocket | None = None

    def __new__(cls) -> "Trust":
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        if self.name is not None:
            options["server_hostname"] = self.name
        self._made = super().wrap_socket(*arguments, **options)
        return self._made

    def close(self) -> None:
        """Close what was made with it."""
        if self._made is not None:
            self._made.close()


def trusting(ca_file: Path | None, name: str | None) -> Trust:
    """Return a context for a broker that is certified by `ca_file`, under `name`.

    None means the usual authorities, and the address that is connected to. Raises NeedsSetup
    where the file cannot be read.
    """
    trust = Trust()
    trust.name = name
    try:
        if ca_file is None:
            trust.load_default_certs()
        else:
            trust.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError):
        raise errors.NeedsSetup(f"the certificates in {ca_file} cannot be read") from None
    return trust
