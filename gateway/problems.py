"""Why something may not be heard: said once, kept while it lasts, gone when it works again."""

import errno
import logging

log = logging.getLogger("homeport.discovery")

_WORDS = {
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "network unreachable",
    errno.EINVAL: "network unreachable from there",
    errno.ENETDOWN: "network down",
    errno.EPERM: "not permitted; a firewall may forbid it",
    errno.EACCES: "not permitted",
    errno.EADDRNOTAVAIL: "this machine does not have that address now",
    errno.EADDRINUSE: "another program holds the port and does not share it",
    errno.ENODEV: "no such interface now",
    errno.ENOBUFS: "no room for another packet",
    errno.EAGAIN: "no room for another packet",
}


def reason(error: OSError) -> str:
    """Return an operating system's error in words."""
    return _WORDS.get(error.errno or 0) or error.strerror or type(error).__name__


class Problems:
    """What does not work at the moment, by where."""

    def __init__(self) -> None:
        self._lasting: dict[str, str] = {}

    def failed(self, where: str, why: str) -> None:
        """Remember that `where` does not work; log it once."""
        if self._lasting.get(where) != why:
            self._lasting[where] = why
            log.warning("%s: %s", where, why)

    def works(self, where: str) -> None:
        """Forget what did not work there."""
        if self._lasting.pop(where, None) is not None:
            log.info("%s works again", where)

    def list(self) -> list[str]:
        """Return a sentence for each."""
        return [f"{where}: {why}" for where, why in sorted(self._lasting.items())]
