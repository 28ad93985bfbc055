"""KLAP, the login protocol of TP-Link's newer devices, as a device speaks it. Unverified.

No independent peer that speaks it as a device is known, so this proves only our reading; besides
python-kasa 0.12 the separately written client `tapo` 0.12 found such a device, logged in and
switched it. The handshake, the keys and the framing follow, in their second version,
gist.github.com/chriswheeldon/3b17d974db3817613c69191c0480fe55
(SHA-1 and SHA-256 of the login instead of MD5, both seeds in both proofs). The header of a probe is
the TDP of labs.withsecure.com/advisories/tp-link-ac1750-pwn2own-2019.
"""

from __future__ import annotations

import binascii
import hashlib
import struct
from typing import TypeAlias

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

PROBE = struct.Struct(">BBHHBBII")
PROBE_VERSION, PROBE_OPERATION, PROBE_FLAGS = 2, 1, 17
CRC_SEED = 0x5A6B7C8D

SEED_BYTES = 16
PROOF_BYTES = 32
LONGEST_HEAD = 8 * 1024
LONGEST_BODY = 64 * 1024

CbcCipher: TypeAlias = Cipher[modes.CBC]


class Forbidden(Exception):
    """The login, the session, the number or the seal is wrong: HTTP 403."""


class Request:
    """One HTTP request: its path, query, cookie and body."""

    def __init__(self, head: bytes) -> None:
        """Reads the head; ValueError for one that is none, or whose body cannot be read."""
        first, *lines = head.decode("latin-1").split("\r\n")
        _, target, _ = first.split(" ")
        self.path, _, self.query = target.partition("?")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        self.length = int(headers.get("content-length", "0"))
        self.cookie = headers.get("cookie", "")
        self.body = b""
        if not 0 <= self.length <= LONGEST_BODY or "transfer-encoding" in headers:
            raise ValueError("a body this device cannot read")


def take_request(received: bytearray) -> Request | None:
    """The first whole request, taken off the front; None while it is incomplete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        if len(received) > LONGEST_HEAD:
            raise ValueError("a head this long is none")
        return None
    request = Request(bytes(received[:end]))
    start, after = end + 4, end + 4 + request.length
    if len(received) < after:
        return None
    request.body = bytes(received[start:after])
    del received[:after]
    return request


def response(status: str, body: bytes = b"", cookie: str = "") -> bytes:
    """One HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    if cookie:
        lines.append(f"Set-Cookie: {cookie}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def read_probe(datagram: bytes) -> int | None:
    """The serial of a well-formed probe whose checksum is right, None for anything else."""
    if len(datagram) < PROBE.size:
        return None
    body = datagram[PROBE.size :]
    version, kind, operation, length, flags, _, serial, _checksum = PROBE.unpack_from(datagram)
    if (version, operation, length) != (PROBE_VERSION, PROBE_OPERATION, len(body)):
        return None
    return serial if framed(kind, flags, serial, body)[12:16] == datagram[12:16] else None


def framed(kind: int, flags: int, serial: int, body: bytes) -> bytes:
    """The body behind its header, whose last field is the checksum of both."""
    fields = (PROBE_VERSION, kind, PROBE_OPERATION, len(body), flags, 0, serial)
    checksum = binascii.crc32(PROBE.pack(*fields, CRC_SEED) + body)
    return PROBE.pack(*fields, checksum) + body


def login_of(username: str, password: str) -> bytes:
    """What a device keeps of its owner's login."""
    return sha256(*(hashlib.sha1(text.encode()).digest() for text in (username, password)))


def sha256(*parts: bytes) -> bytes:
    """The digest of the parts put together."""
    return hashlib.sha256(b"".join(parts)).digest()


class Session:
    """What both sides know after the first handshake; it is trusted after the second."""

    def __init__(self, theirs: bytes, ours: bytes, login: bytes) -> None:
        seeds = theirs + ours + login
        vector = sha256(b"iv", seeds)
        self.proof = sha256(seeds)
        self.trusted = False
        self._expected = sha256(ours, theirs, login)
        self._key = sha256(b"lsk", seeds)[:16]
        self._vector = vector[:12]
        self._seal_key = sha256(b"ldk", seeds)[:28]
        self._last = int.from_bytes(vector[-4:], "big", signed=True)

    def trust(self, proof: bytes) -> None:
        """Lets requests in; Forbidden unless the proof shows the same login."""
        if proof != self._expected:
            raise Forbidden
        self.trusted = True

    def open(self, number: int, sealed: bytes) -> bytes:
        """The plain request; Forbidden when its number was used or its seal is broken."""
        seal, cipher = sealed[:PROOF_BYTES], sealed[PROOF_BYTES:]
        if not self.trusted or not self._last < number < 2**31:
            raise Forbidden
        if seal != sha256(self._seal_key, numbered(number), cipher):
            raise Forbidden
        self._last = number
        decryptor = self._cipher(number).decryptor()
        padded = decryptor.update(cipher) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()

    def seal(self, number: int, plain: bytes) -> bytes:
        """The sealed reply to the request of that number."""
        padder = PKCS7(128).padder()
        padded = padder.update(plain) + padder.finalize()
        encryptor = self._cipher(number).encryptor()
        cipher = encryptor.update(padded) + encryptor.finalize()
        return sha256(self._seal_key, numbered(number), cipher) + cipher

    def _cipher(self, number: int) -> CbcCipher:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._vector + numbered(number)))


def numbered(number: int) -> bytes:
    """A request's number as it stands in the vector and under the seal."""
    return number.to_bytes(4, "big", signed=True)
