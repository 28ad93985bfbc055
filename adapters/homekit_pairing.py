"""Pairings with HomeKit accessories: how one is made and taken back, and the file that keeps them.

The file holds keys that open doors: 0600 in a folder 0700, replaced as a whole, and left alone
where it cannot be read.
"""

import asyncio
import fcntl
import json
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from adapters.homekit_session import READ_WITHIN, Line, Session, typed
from gateway import errors
from gateway.private import write_private

FILE = "pairings.json"
VERSION = 1
KEYS = ("AccessoryPairingID", "AccessoryLTPK", "iOSPairingId", "iOSDeviceLTSK", "iOSDeviceLTPK")
"""As aiohomekit calls them."""
LONGEST_ID = 20
ARITHMETIC_WITHIN = 20.0
"""Small accessories take many seconds for the arithmetic of a code."""
_CODE = re.compile(r"(\d{3})-?(\d{2})-?(\d{3})")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class WrongCode(errors.DeviceRefused):
    """The accessory has another code."""


class AlreadyPaired(errors.DeviceRefused):
    """Somebody else is paired with the accessory."""


class TooManyTries(errors.DeviceRefused):
    """The accessory takes no code at present."""


class Busy(errors.DeviceRefused):
    """The accessory is being paired by somebody else."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """What lets us in at one accessory, and where it was last."""

    name: str
    address: str
    port: int
    keys: Mapping[str, str] = field(repr=False)

    @property
    def id(self) -> str:
        return plain(self.keys["AccessoryPairingID"])


def plain(id: str) -> str:
    """Return an accessory's id (AA:BB:CC:DD:EE:FF) as a part of ours; empty where it is none."""
    return re.sub(r"[^0-9a-z]", "", id.lower().removeprefix("homekit-"))[:LONGEST_ID]


def code_of(text: str) -> str:
    """Return a setup code as XXX-XX-XXX; raise InvalidArguments where it is none."""
    found = _CODE.fullmatch(text.strip())
    if found is None:
        raise errors.InvalidArguments(
            "a code has eight digits, such as 031-45-154",
            hint="It is on the accessory, its box or its display.",
        )
    return "-".join(found.groups())


class Pairings:
    """The file of pairings in an adapter's folder; where there is no folder there are none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read: tuple[object, Mapping[str, Pairing]] = (None, _NOTHING)

    def all(self) -> Mapping[str, Pairing]:
        """Return the pairings by the plain ids of their accessories, as the file has them now.

        Raises NeedsSetup where the file cannot be read.
        """
        mark = self.mark()
        if self._read[0] != mark or mark is None:
            self._read = (mark, _NOTHING if mark is None else self._load())
        return self._read[1]

    def mark(self) -> object:
        """Return what is different whenever the file is; None where there is none."""
        if self._folder is None:
            return None
        try:
            found = (self._folder / FILE).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def keep(self, pairing: Pairing) -> None:
        """Add a pairing, in the place of an older one with the same accessory."""
        with self._changing() as kept:
            kept[pairing.id] = pairing

    def drop(self, id: str) -> None:
        """Forget a pairing."""
        with self._changing() as kept:
            kept.pop(id, None)

    def moved(self, id: str, address: str, port: int) -> None:
        """Take note of where an accessory is now."""
        with self._changing() as kept:
            if id in kept:
                kept[id] = Pairing(kept[id].name, address, port, kept[id].keys)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Pairing]]:
        """Yield the pairings to be changed, while nobody else changes them."""
        if self._folder is None:
            raise errors.StoreFailed("there is no folder to keep pairings in")
        try:
            for folder in (*reversed(self._folder.parents), self._folder):
                if not folder.exists():
                    folder.mkdir(mode=0o700)
            self._folder.chmod(0o700)
            alone = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            fcntl.flock(alone, fcntl.LOCK_EX)
            kept = dict(self.all())
            yield kept
            self._write(kept)
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            os.close(alone)

    def _load(self) -> Mapping[str, Pairing]:
        try:
            told = json.loads(self._path.read_text("utf-8"))
            if told["version"] != VERSION:
                raise ValueError(
                    f"it is of version {told['version']}, this homeport reads {VERSION}"
                )
            found = [_pairing(one) for one in told["pairings"]]
        except (OSError, LookupError, TypeError, ValueError) as error:
            raise self._unreadable(error) from None
        return {one.id: one for one in found}

    def _write(self, kept: Mapping[str, Pairing]) -> None:
        rows = [
            {"name": one.name, "address": one.address, "port": one.port, **one.keys}
            for one in kept.values()
        ]
        write_private(self._path, json.dumps({"version": VERSION, "pairings": rows}, indent=1))

    @property
    def _path(self) -> Path:
        assert self._folder is not None
        return self._folder / FILE

    def _unreadable(self, error: Exception) -> errors.NeedsSetup:
        reason = error.strerror if isinstance(error, OSError) else "its content makes no sense"
        return errors.NeedsSetup(
            f"the HomeKit pairings in {self._path} cannot be read: {reason}",
            hint="Restore the file from a backup, or move it away, reset the accessories and "
            "pair again.",
        )

    def _unwritable(self, error: OSError) -> errors.StoreFailed:
        where = self._folder
        return errors.StoreFailed(f"{where} cannot be written: {error.strerror or error}")


def _pairing(row: Mapping[str, Any]) -> Pairing:
    keys = {name: row[name] for name in KEYS}
    for name in ("AccessoryLTPK", "iOSDeviceLTSK", "iOSDeviceLTPK"):
        bytes.fromhex(keys[name])
    return Pairing(str(row["name"]), str(row["address"]), int(row["port"]), keys)


async def pair(
    address: str, port: int, code: Callable[[], str], name: str = "", features: int = 0
) -> Pairing:
    """Pair with the accessory at an address, once; `features` is what it says as `ff`.

    `code` is called when a display would show it. Raises WrongCode, AlreadyPaired, TooManyTries,
    Busy or another GatewayError.
    """
    from aiohomekit import protocol
    from aiohomekit.model.feature_flags import FeatureFlags
    from aiohomekit.utils import pair_with_auth

    line = Line(address, port)
    try:
        await line.open()
        with typed(line.name, silence=errors.TimedOut), _told(line.name):
            start = protocol.perform_pair_setup_part1(pair_with_auth(FeatureFlags(features)))
            salt, public = await _converse(line.wire, start)
            typed_code = code()
            proof = protocol.perform_pair_setup_part2(typed_code, str(uuid.uuid4()), salt, public)
            told = await _converse(line.wire, proof)
    finally:
        await line.aclose()
    keys = {one: told[one] for one in KEYS}
    return Pairing(name or f"HomeKit at {address}", address, port, keys)


async def _converse(wire: Any, questions: Any) -> Any:
    """Ask what the library's generator wants asked; return its result."""
    answer = None
    while True:
        try:
            question, _ = questions.send(answer)
        except StopIteration as end:
            return end.value
        async with asyncio.timeout(ARITHMETIC_WITHIN):
            answer = await wire.post_tlv("/pair-setup", question)


@contextmanager
def _told(who: str) -> Iterator[None]:
    """Turn an accessory's refusal of a pairing into a sentence."""
    from aiohomekit import exceptions as theirs

    try:
        yield
    except theirs.AuthenticationError:
        raise WrongCode(f"{who} has another code") from None
    except (theirs.UnavailableError, theirs.AlreadyPairedError):
        raise AlreadyPaired(
            f"{who} is paired with another controller",
            hint="Remove it there, such as in Apple Home, or reset it.",
        ) from None
    except (theirs.MaxTriesError, theirs.BackoffError):
        raise TooManyTries(
            f"{who} takes no more codes at present: it was given too many wrong ones",
            hint="Take its power for a moment, then try again with the right code.",
        ) from None
    except (theirs.BusyError, theirs.MaxPeersError):
        raise Busy(
            f"{who} is busy: somebody else is pairing it, or it was given wrong codes",
            hint="Wait a minute, then try again.",
        ) from None


async def unpair(pairing: Pairing) -> None:
    """Have an accessory forget us; raise a GatewayError where it does not, Forgotten if it has."""
    from aiohomekit.protocol.tlv import TLV

    session = Session(pairing.address, pairing.port, pairing.keys, lambda event: None)
    try:
        await session.open()
        question = [
            (TLV.kTLVType_State, TLV.M1),
            (TLV.kTLVType_Method, TLV.RemovePairing),
            (TLV.kTLVType_Identifier, pairing.keys["iOSPairingId"].encode()),
        ]
        with typed(session.name, silence=errors.TimedOut):
            async with asyncio.timeout(READ_WITHIN):
                answer = dict(await session.wire.post_tlv("/pairings", question))
        if TLV.kTLVType_Error in answer:
            raise errors.DeviceRefused(f"{session.name} refuses to forget homeport")
    finally:
        await session.aclose()
