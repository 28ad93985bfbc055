"""How a Gecko spa fails beyond the contract, and that it ends cleanly."""

import random
import socket
import sys
from pathlib import Path

import pytest

from adapters.gecko_greeting import PORT, greet
from tests.contract.gecko import SPA, TUB, GeckoCase, served, warm
from tests.contract.running import at_work, census, started

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs several addresses on loopback"
)


async def test_a_spa_that_its_transmitter_does_not_reach_is_away_and_says_why(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (case, running):
        case.spa.radio = False
        result = await warm(running, SPA, 37, "C")
        assert result["outcome"] == "unknown"
        await running.until(lambda: not running.online(SPA), 20)
        assert "transmitter" in running.entry(SPA).reason
        assert running.online(TUB)
        case.spa.radio = True
        await running.until(lambda: running.online(SPA), 20)
        assert case.spa.received == []


@pytest.mark.parametrize(
    "files", [b"FILES,inZZ_C01.xml,inZZ_S01.xml", b"FILES,inXM_C01.xml,inXM_S02.xml", b"FILES,"]
)
async def test_a_pack_that_the_library_cannot_read_is_a_fault_and_hides_no_other(
    files: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with started(case := GeckoCase()):
        case.spa.files = files
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(TUB) and running.attempts > 0)
            assert not running.online(SPA)
            assert not [one for one in caplog.records if one.name == "homeport.adapters"]


async def test_news_that_make_no_sense_end_the_connection_and_it_is_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as (case, running):
        case.spa.say(b"STATP\x05\x00")
        await running.until(lambda: running.entry(SPA).reason.endswith("answers nonsense"))
        await running.until(lambda: running.online(SPA))
        case.spa.target = 37
        await running.until(lambda: running.shows(SPA, "water", {"target_temperature": 37}))
        assert not [one for one in caplog.records if one.name == "homeport.adapters"]


async def test_a_close_while_it_still_connects_leaves_nothing(tmp_path: Path) -> None:
    before = census()
    async with started(case := GeckoCase(), proxied=True), at_work(case, tmp_path / "h") as running:
        await case.wire(lambda proxy: proxy.delay(0.4))
        await running.until(lambda: len(case.spa.clients) == 1)
        await running.links.aclose()
        assert not running.online(SPA)
    assert census() == before


async def test_a_simulated_spa_survives_what_it_cannot_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with started(case := GeckoCase()):
        seed, place = random.Random(4), (case.spa.address, PORT)
        before = bytes(case.spa.block.data)
        head = b"<PACKT><SRCCN>IOSx</SRCCN><DESCN>%s</DESCN><DATAS>" % case.spa.identity
        verbs = (b"STATU", b"SPACK\x01\x0a", b"SPACK", b"AVERS", b"SFILE", b"STATQ", b"")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for _ in range(50):
                for verb in verbs:
                    said = verb + seed.randbytes(seed.randrange(9))
                    client.sendto(head + said + b"</DATAS></PACKT>", place)
                    client.sendto(seed.randbytes(40), place)
                assert (await greet(*place)).name == case.spa.name
        assert bytes(case.spa.block.data) == before
        assert not caplog.records
