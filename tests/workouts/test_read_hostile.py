"""Whatever is sent, the answer is workouts or one kind of error, and never much memory."""

import gzip
import io
import random
import struct
import tracemalloc
import zipfile

import pytest
from fitdecode.utils import compute_crc
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import InvalidArguments
from tests.workouts.files import apple, apple_workout, fit, gpx, tcx, workouts, zipped

LAUGHS = "<!DOCTYPE {root} [<!ENTITY a0 'ha'>{more}]>".format(
    root="gpx",
    more="".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)),
)
SOUND = {"fit": fit(), "tcx": tcx(), "gpx": gpx(), "apple": apple(apple_workout())}
MEGABYTE = 1 << 20


def grown(size: int) -> bytes:
    """Return a sound document that says the same again and again."""
    again = b'<wpt name="%s"/>' % (b"x" * 4000)
    return gpx()[:-6] + again * (size // len(again)) + b"</gpx>"


def refused(data: bytes, sentence: str, name: str = "run.file") -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InvalidArguments, match=sentence):
            workouts(data, name)
        assert tracemalloc.get_traced_memory()[1] < 32 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_billion_laughs_are_refused() -> None:
    refused(gpx(before=LAUGHS, type="&a11;"), "declares a document type or entities")


def test_entities_from_elsewhere_are_refused() -> None:
    outside = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    refused(gpx(before=outside, type="&x;"), "declares a document type or entities")


def test_an_unknown_entity_is_refused() -> None:
    refused(gpx(type="&x;"), "no sound XML at line 3")


def test_a_zip_bomb_is_refused_while_it_is_unpacked() -> None:
    refused(zipped(("a.gpx", grown(300 * MEGABYTE))), "grows beyond all measure")


def test_many_names_for_one_bomb_are_counted_together() -> None:
    body = grown(4 * MEGABYTE)
    refused(zipped(*((f"{n}.gpx", body) for n in range(30))), "grows beyond all measure")


def test_a_gzip_bomb_is_refused_while_it_is_unpacked() -> None:
    refused(gzip.compress(grown(300 * MEGABYTE)), "grows beyond all measure")


def test_spaces_without_end_are_refused_packed_or_not() -> None:
    spaces = gpx()[:-6] + b" " * 40 * MEGABYTE
    for data in (spaces, gzip.compress(spaces)):
        refused(data, "grows beyond|too long")


def test_a_zip_in_a_zip_is_refused() -> None:
    refused(zipped(("inner.zip", zipped(("a.gpx", gpx())))), "holds another zip file")


def test_a_zip_that_says_it_lists_gigabytes_is_refused() -> None:
    size = 3 * MEGABYTE
    ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60000, 60000, size, 0, 0)
    refused(b"PK\x03\x04" + b"\0" * size + ending, r"“run.file” (lists far too many|cannot be)")


def test_an_encrypted_zip_is_refused() -> None:
    data = bytearray(zipped(("a.gpx", gpx())))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    data[6] |= 1
    refused(bytes(data), "is encrypted")


def test_other_ways_to_pack_are_refused() -> None:
    refused(zipped(("a.gpx", gpx()), packed=zipfile.ZIP_LZMA), "a method that is not read")


def test_names_in_a_zip_lead_nowhere() -> None:
    data = zipped(("../../../etc/passwd", tcx()), ("/var/x\x1b[31m", gpx()))
    assert [one.source for one in workouts(data)] == ["tcx", "gpx"]
    with pytest.raises(InvalidArguments, match=r"“passwd” in “run.file” is cut off"):
        workouts(zipped(("../../../etc/passwd", tcx()[:-30])))


def test_a_member_without_a_name_is_refused_or_read() -> None:
    data = zipped(("x", gpx()))
    at = data.index(b"PK\x01\x02")
    nameless = bytearray(data[:at] + data[at : at + 46] + data[at + 47 :])
    nameless[at + 28] = 0  # the length of the name in the list of files
    struct.pack_into("<L", nameless, len(nameless) - 10, 46)  # and of that list
    only_typed(bytes(nameless))


def test_a_zip_of_packed_files_is_read() -> None:
    data = zipped(("activities/1.fit.gz", gzip.compress(fit())), ("activities.csv", b"a,b"))
    assert [one.source for one in workouts(data)] == ["fit"]


@pytest.mark.parametrize("kind", SOUND)
def test_a_packed_file_that_is_cut_off_is_an_error(kind: str) -> None:
    for packed in (gzip.compress(SOUND[kind]), zipped(("a", SOUND[kind]))):
        refused(packed[:-12], "is cut off|cannot be unpacked|no file of workouts")


def test_a_packed_file_with_a_wrong_checksum_is_an_error() -> None:
    packed = bytearray(gzip.compress(gpx()))
    packed[-8] ^= 1
    refused(bytes(packed), "cannot be unpacked")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"hello", "no file of workouts that is known"),
        (b"<html/>", "no file of workouts that is known"),
        (b"\x1f\x8b", "is cut off"),
        (b"PK\x05\x06" + b"\0" * 18, "holds no file of workouts"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b'<?xml version="1.0" encoding="hex"?><gpx/>', "is no XML that can be read"),
        (b'<?xml version="1.0" encoding="none"?><gpx/>', "is no"),
    ],
)
def test_what_is_no_file_of_workouts_is_said_so(data: bytes, sentence: str) -> None:
    refused(data, sentence)


def test_a_name_is_shown_without_its_folders_and_tricks() -> None:
    with pytest.raises(InvalidArguments, match=r"^“x\.fit” is empty$"):
        workouts(b"", "C:\\Users\\anna\\\x1b\u202ex.fit")


def test_no_element_is_kept_that_does_not_end() -> None:
    refused(b"<gpx><trk a='" + b"x" * 40 * MEGABYTE, "an element that is too long")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"<gpx>"]))
def test_random_bytes_are_refused_or_read(data: bytes, head: bytes) -> None:
    only_typed(head + data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 255))
def test_random_fit_records_are_refused_or_read(data: bytes, size: int) -> None:
    header = struct.pack("<BBHI4s", 12, 0x10, 100, min(len(data), size), b".FIT")
    only_typed(header + data)


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_file_with_a_few_other_bytes_is_refused_or_read(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(150):
        data = bytearray(SOUND[kind])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        only_typed(bytes(data))
        only_typed(gzip.compress(bytes(data), 1))
        packed = bytearray(zipped(("a", SOUND[kind])))
        packed[chance.randrange(len(packed))] = chance.randrange(256)
        only_typed(bytes(packed))


def test_a_fit_file_with_other_bytes_and_a_right_checksum_is_refused_or_read() -> None:
    chance = random.Random(4)
    sound = fit(records=5)
    for _ in range(400):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(14, len(data) - 2)] = chance.randrange(256)
        only_typed(bytes(data[:-2]) + struct.pack("<H", compute_crc(data[:-2])))


def only_typed(data: bytes) -> None:
    try:
        workouts(data)
    except InvalidArguments as error:
        assert error.detail.startswith("“")
    assert io.BytesIO(data).read() == data
