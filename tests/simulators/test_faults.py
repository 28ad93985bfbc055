"""The wire proxy before a device that echoes a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.faults import FaultProxy
from tests.simulators.echo import DEVICE, PROXY, Echo, connected


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    device = Echo()
    server = await asyncio.start_server(device.serve, *DEVICE)
    yield device
    server.close()
    await device.hang_up()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(PROXY, DEVICE) as running:
        yield running


async def test_bytes_pass_unchanged(proxy: FaultProxy) -> None:
    async with connected() as client:
        assert await client.ask(b"hello") == b"hello"
        large = bytes(range(256)) * 4096
        assert await client.ask(large) == large


async def test_a_client_that_closes_its_half_still_gets_its_answer(proxy: FaultProxy) -> None:
    async with connected() as client:
        client.send(b"last words")
        client.end()
        assert await client.until_closed() == b"last words"


async def test_a_device_that_hangs_up_hangs_up_on_the_client(proxy: FaultProxy, echo: Echo) -> None:
    async with connected() as client:
        await client.ask(b"hello")
        await echo.hang_up()
        with suppress(ConnectionResetError):
            assert await client.until_closed() == b""


async def test_a_device_that_refuses_shows_as_a_reset() -> None:
    async with FaultProxy(PROXY, DEVICE), connected() as client:
        with pytest.raises(ConnectionResetError):
            await client.any_answer(b"hello")


async def test_an_answer_is_late_but_the_device_heard_at_once(
    proxy: FaultProxy, echo: Echo
) -> None:
    await proxy.delay(0.2)
    loop = asyncio.get_running_loop()
    async with connected() as client:
        asked = loop.time()
        client.send(b"switch on")
        await echo.hears(b"switch on")
        assert loop.time() - asked < 0.2
        assert await client.hear(9) == b"switch on"
        assert loop.time() - asked >= 0.19


async def test_a_large_answer_is_late_only_once(proxy: FaultProxy) -> None:
    await proxy.delay(0.2)
    loop = asyncio.get_running_loop()
    async with connected() as client:
        asked = loop.time()
        await client.ask(bytes(1_000_000))
        assert loop.time() - asked < 2


async def test_an_answer_held_back_goes_out_when_the_delay_is_lifted(
    proxy: FaultProxy, echo: Echo
) -> None:
    await proxy.delay(3600)
    async with connected() as client:
        client.send(b"hello")
        await echo.hears(b"hello")
        await proxy.pass_through()
        assert await client.hear(5) == b"hello"


async def test_a_silent_wire_swallows_and_stays_open(proxy: FaultProxy, echo: Echo) -> None:
    await proxy.silent()
    async with connected() as client:
        client.send(b"hello")
        assert await client.hears_nothing()
        assert echo.connections == 0
        await proxy.pass_through()
        assert await client.ask(b"again") == b"again"
        assert echo.heard == b"again"


async def test_silence_falls_on_an_open_connection_too(proxy: FaultProxy, echo: Echo) -> None:
    async with connected() as client:
        assert await client.ask(b"one") == b"one"
        await proxy.silent()
        client.send(b"two")
        assert await client.hears_nothing()
        await echo.hang_up()
        assert await client.hears_nothing()
        await proxy.pass_through()
        assert await client.ask(b"three") == b"three"
        assert echo.heard == b"onethree"


async def test_garbage_is_answered_and_the_device_hears_nothing(
    proxy: FaultProxy, echo: Echo
) -> None:
    await proxy.garbage()
    async with connected() as client:
        assert await client.any_answer(b"hello") not in (b"", b"hello")
        assert echo.heard == b""


async def test_the_same_seed_makes_the_same_garbage() -> None:
    answers = []
    for seed in (1, 1, 2):
        async with FaultProxy(PROXY, DEVICE, seed=seed) as proxy:
            await proxy.garbage()
            async with connected() as client:
                answers.append(await client.any_answer(b"hello"))
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("count", [0, 3, 5])
async def test_an_answer_is_cut_and_the_connection_closed(proxy: FaultProxy, count: int) -> None:
    await proxy.truncated(count)
    async with connected() as client:
        client.send(b"hello")
        assert await client.until_closed() == b"hello"[:count]


async def test_an_answer_shorter_than_the_cut_passes(proxy: FaultProxy) -> None:
    await proxy.truncated(4)
    async with connected() as client:
        assert await client.ask(b"one") == b"one"
        assert await client.ask(b"two") == b"two"
        client.send(b"three")
        assert await client.until_closed() == b"thre"


async def test_a_reset_breaks_open_connections_and_new_ones(proxy: FaultProxy, echo: Echo) -> None:
    async with connected() as client:
        await client.ask(b"hello")
        await proxy.reset()
        with pytest.raises(ConnectionResetError):
            await client.until_closed()
    async with connected() as client:
        with pytest.raises(ConnectionResetError):
            await client.any_answer(b"hello")
    await proxy.pass_through()
    async with connected() as client:
        assert await client.ask(b"hello") == b"hello"
    assert echo.heard == b"hellohello"


async def test_refusing_breaks_open_connections_and_lets_nobody_in(proxy: FaultProxy) -> None:
    async with connected() as client:
        await client.ask(b"hello")
        await proxy.refuse()
        with pytest.raises(ConnectionResetError):
            await client.until_closed()
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*PROXY)
        await proxy.refuse()
    await proxy.pass_through()
    async with connected() as client:
        assert await client.ask(b"hello") == b"hello"


async def test_a_slow_answer_takes_its_time_and_can_be_hurried(proxy: FaultProxy) -> None:
    await proxy.slow(1000)
    loop = asyncio.get_running_loop()
    async with connected() as client:
        asked = loop.time()
        assert await client.ask(bytes(200)) == bytes(200)
        assert 0.1 < loop.time() - asked < 2
        client.send(bytes(1_000_000))
        await client.hear(1)
        await proxy.pass_through()
        await client.hear(999_999)


@pytest.mark.parametrize("mode", ["pass_through", "silent", "delay", "slow"])
async def test_stopping_leaves_no_task_and_no_socket(echo: Echo, mode: str) -> None:
    before = asyncio.all_tasks()
    modes: dict[str, Callable[[FaultProxy], Awaitable[None]]] = {
        "pass_through": lambda proxy: proxy.pass_through(),
        "silent": lambda proxy: proxy.silent(),
        "delay": lambda proxy: proxy.delay(3600),
        "slow": lambda proxy: proxy.slow(1),
    }
    proxy = FaultProxy(PROXY, DEVICE)
    await proxy.start()
    await modes[mode](proxy)
    async with connected() as client, connected():
        client.send(b"hello")
        if mode != "silent":
            await echo.hears(b"hello")
        await proxy.stop()
        await proxy.stop()
        await echo.hang_up()
        with suppress(ConnectionResetError):
            await client.until_closed()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*PROXY)
    assert {task for task in asyncio.all_tasks() - before if "Echo.serve" not in str(task)} == set()


async def test_a_mode_set_before_the_start_holds(echo: Echo) -> None:
    proxy = FaultProxy(PROXY, DEVICE)
    await proxy.refuse()
    async with proxy:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*PROXY)
        await proxy.pass_through()
        async with connected() as client:
            assert await client.ask(b"hello") == b"hello"


async def test_port_0_is_a_free_port_that_stays(echo: Echo) -> None:
    async with FaultProxy((PROXY[0], 0), DEVICE) as proxy:
        first = proxy.listen
        assert first[1] != 0
        await proxy.refuse()
        await proxy.pass_through()
        assert proxy.listen == first
        async with connected(first) as client:
            assert await client.ask(b"hello") == b"hello"


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=5000), st.integers(0, 6000))
def test_a_cut_leaves_the_beginning_of_any_answer(data: bytes, count: int) -> None:
    async def scene() -> bytes:
        device = Echo()
        server = await asyncio.start_server(device.serve, *DEVICE)
        async with FaultProxy(PROXY, DEVICE) as proxy, connected() as client:
            await proxy.truncated(count)
            if count > len(data):
                answer = await client.ask(data)
            else:
                client.send(data)
                answer = await client.until_closed()
        server.close()
        await device.hang_up()
        return answer

    assert asyncio.run(scene()) == data[:count]
