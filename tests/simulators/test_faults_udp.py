"""The wire proxy before a device that echoes datagrams."""

from __future__ import annotations

import errno

import pytest

from simulators.faults import FaultProxy
from tests.simulators.echo import DEVICE, PROXY, asker, udp_proxy


async def test_a_datagram_passes_and_comes_back_from_where_it_was_sent() -> None:
    async with udp_proxy(), asker() as answer, asker() as other:
        assert await answer() == b"re:hello"
        assert await other() == b"re:hello"


async def test_a_silent_wire_swallows_datagrams() -> None:
    async with udp_proxy() as (proxy, device):
        await proxy.silent()
        async with asker() as answer:
            with pytest.raises(TimeoutError):
                await answer()
        assert device.heard.empty()


async def test_a_datagram_is_answered_with_garbage() -> None:
    async with udp_proxy() as (proxy, device):
        await proxy.garbage()
        async with asker() as answer:
            assert await answer() != b"re:hello"
        assert device.heard.empty()


async def test_a_datagram_is_cut() -> None:
    async with udp_proxy() as (proxy, _):
        await proxy.truncated(4)
        async with asker() as answer:
            assert await answer() == b"re:h"


async def test_a_datagram_comes_twice() -> None:
    async with udp_proxy() as (proxy, _):
        await proxy.duplicate()
        async with asker() as answer:
            assert [await answer(), await answer()] == [b"re:hello"] * 2


async def test_a_late_datagram_goes_out_when_the_delay_is_lifted() -> None:
    async with udp_proxy() as (proxy, device):
        await proxy.delay(3600)
        async with asker() as answer:
            assert await device.heard.get() == b"hello"
            with pytest.raises(TimeoutError):
                await answer()
            await proxy.pass_through()
            assert await answer() == b"re:hello"


async def test_a_late_datagram_comes_late() -> None:
    async with udp_proxy() as (proxy, _):
        await proxy.delay(0.1)
        async with asker() as answer:
            assert await answer() == b"re:hello"


async def test_a_refused_datagram_is_told_to_the_sender() -> None:
    async with udp_proxy() as (proxy, _):
        await proxy.refuse()
        async with asker() as answer:
            with pytest.raises(OSError, match="refused") as refused:
                await answer()
        assert refused.value.errno == errno.ECONNREFUSED
        await proxy.pass_through()
        async with asker() as answer:
            assert await answer() == b"re:hello"


async def test_what_has_no_meaning_on_a_wire_is_refused() -> None:
    with pytest.raises(ValueError, match="reset"):
        await FaultProxy(PROXY, DEVICE, udp=True).reset()
    with pytest.raises(ValueError, match="slow"):
        await FaultProxy(PROXY, DEVICE, udp=True).slow(1)
    with pytest.raises(ValueError, match="duplicate"):
        await FaultProxy(PROXY, DEVICE).duplicate()
