"""Webhooks over HTTP, through their lives; what is counted of them; and what is told of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from gateway.allowed import Allowed
from gateway.capabilities.sensors import ButtonPress
from gateway.outside import Outside
from senders.http import HttpSender
from tests.openapi.serving import Served, fits, serving
from tests.webhooks.rig import Receiver, receiving, status, until

PAGE = "/v1/webhooks"


@asynccontextmanager
async def delivering(state: Path) -> AsyncIterator[tuple[Served, Receiver]]:
    """A served house, and a receiver that its owner allows; a failure is tried again once."""
    async with receiving(Receiver()) as receiver:
        sender = HttpSender(Allowed([receiver.origin]))
        own = {
            "webhooks": {"allow": [receiver.origin], "schedule": [0]},
            "outside": Outside(sender=sender),
        }
        try:
            async with serving(state, own) as house:
                yield house, receiver
        finally:
            await sender.aclose()


def press(house: Served) -> None:
    house.home.capability("button-1", "button").pressed(ButtonPress(press="short"))


async def made(house: Served, url: str, **asked: Any) -> Any:
    wanted = {"url": url, "filter": {"names": ["button.pressed"]}} | asked
    return await fits(house, "POST", PAGE, json=wanted)


async def counted(house: Served) -> Mapping[tuple[str, str], float]:
    """What /metrics says, by name and by the one label that there may be."""
    text = (await house.ask("GET", "/metrics")).text
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_is_posted_is_the_event_as_the_page_tells_it(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        receiver.secret = (await made(house, receiver.url))["secret"]
        press(house)
        await receiver.had(1)
        (told,) = (await fits(house, "GET", "/v1/events?names=button.pressed"))["events"]
        assert receiver.got[0].told == told
        assert receiver.got[0].id == f"{told['eventId']}.w1"


async def test_a_receiver_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        for url in (f"{receiver.url}".replace("127.0.0.1", "localhost"), "https://example.org/"):
            answer = await house.ask("POST", PAGE, json={"url": url})
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed_host")
        assert (await fits(house, "GET", PAGE))["webhooks"] == []


async def test_a_secret_is_shown_once_and_nowhere_else(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        first = (await made(house, receiver.url))["secret"]
        second = (await fits(house, "POST", f"{PAGE}/w1/rotate"))["secret"]
        own = "whsec_" + "A" * 40
        assert "secret" not in await made(house, receiver.url, secret=own)
        press(house)
        await receiver.had(2)
        assert {first[:6], second[:6]} == {"whsec_"}
        assert first != second
        pages = ("", "/w1", "/w2")
        listings = [f"{PAGE}{page}" for page in pages] + ["/v1/receipts", "/v1/events", "/metrics"]
        for page in listings:
            said = (await house.ask("GET", page)).text
            assert not any(secret in said for secret in (first, second, own)), page


async def test_a_webhook_is_listed_tried_and_ended(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        await made(house, receiver.url, ordering="none", max_age=60)
        (one,) = (await fits(house, "GET", PAGE))["webhooks"]
        assert one["filter"] == {"names": ["button.pressed"]}
        assert (one["ordering"], one["max_age"]) == ("none", 60)
        tried = await fits(house, "POST", f"{PAGE}/w1/test")
        assert (tried["ok"], tried["status"]) == (True, 204)
        assert receiver.got[0].told["name"] == "webhook.test"
        await fits(house, "DELETE", f"{PAGE}/w1")
        assert (await house.ask("GET", f"{PAGE}/w1")).status_code == 404
        receipts = (await fits(house, "GET", "/v1/receipts"))["receipts"]
        assert [one["tool"] for one in receipts] == ["unsubscribe_webhook", "subscribe_webhook"]


async def test_what_could_not_be_delivered_is_listed_and_goes_out_again(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        await made(house, receiver.url)
        receiver.answer = status(500, 500, 204)
        press(house)
        events = house.home.home.events
        dead = "/v1/events?names=webhook.dead&wait=30&after=" + f"{events.home}.{events.last}"
        (told,) = (await fits(house, "GET", dead))["events"]
        one = await fits(house, "GET", f"{PAGE}/w1")
        assert [letter["event"] for letter in one["dead"]] == [told["data"]["event"]]
        assert [attempt["status"] for attempt in one["deliveries"]] == [500, 500]
        letter = {"delivery": one["dead"][0]["delivery"]}
        replayed = await fits(house, "POST", f"{PAGE}/w1/replay", json=letter)
        assert replayed["replayed"] == 1
        await receiver.had(3)
        assert len({got.id for got in receiver.got}) == 1
        assert (await house.ask("POST", f"{PAGE}/w1/replay", json=letter)).status_code == 404


async def test_a_receiver_that_is_gone_disables_its_webhook_until_it_is_enabled(
    tmp_path: Path,
) -> None:
    async with delivering(tmp_path) as (house, receiver):
        await made(house, receiver.url)
        receiver.answer = status(410, 204)
        events = house.home.home.events
        gone = "/v1/events?names=webhook.disabled&wait=30&after=" + f"{events.home}.{events.last}"
        press(house)
        assert len((await fits(house, "GET", gone))["events"]) == 1
        assert (await fits(house, "GET", PAGE))["webhooks"][0]["disabled"]
        assert (await house.ask("POST", f"{PAGE}/w1/replay")).status_code == 409
        await fits(house, "POST", f"{PAGE}/w1/enable")
        press(house)
        await receiver.had(2)
        assert "disabled" not in (await fits(house, "GET", PAGE))["webhooks"][0]


async def test_an_agent_that_may_use_webhooks_sees_its_own_alone(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        await made(house, receiver.url)
        named = ["subscribe_webhook", "list_webhooks"]
        wanted = {"name": "agent", "preset": "read-only", "allow": named}
        token = (await house.ask("POST", "/v1/tokens", json=wanted)).json()["token"]
        asked = {"url": receiver.url}
        assert (await house.ask("POST", PAGE, token, json=asked)).json()["id"] == "w2"
        listed = (await house.ask("GET", PAGE, token)).json()["webhooks"]
        assert [one["id"] for one in listed] == ["w2"]
        assert (await house.ask("GET", f"{PAGE}/w1", token)).status_code == 404
        assert (await house.ask("DELETE", f"{PAGE}/w2", token)).status_code == 403
        assert len((await fits(house, "GET", PAGE))["webhooks"]) == 2


async def test_prometheus_reads_what_happened(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (house, receiver):
        await made(house, receiver.url)
        before = await counted(house)
        receiver.answer = status(500, 204)
        press(house)
        await receiver.had(2)
        deliveries = house.home.home.webhooks.deliveries
        await until(lambda: sum(deliveries.counts.values()) == 2)
        house.home.home.registry.offline(house.home.entry("lamp-1"), "it does not answer")
        now = await counted(house)

        def grown(name: str, label: str = "") -> float:
            return now[name, label] - before.get((name, label), 0)

        assert grown("homeport_events_total") >= 1
        assert grown("homeport_devices_online") == -1
        assert grown("homeport_devices") == 0
        assert grown("homeport_webhook_attempt_seconds_count") == 2
        assert sum(grown(*key) for key in now if key[0] == "homeport_webhook_attempts_total") == 2
        assert now["homeport_webhook_pending", "w1"] == 0
        assert now["homeport_events_waiting", ""] >= 0
        answer = await house.ask("GET", "/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_the_past_of_a_device_is_numbers_or_a_picture(tmp_path: Path) -> None:
    async with serving(tmp_path) as house:
        await house.home.home.history.flush()
        page = "/v1/devices/plug-1/history/power"
        (track,) = (await fits(house, "GET", f"{page}?start=-1h&every=5m"))["series"]
        assert (track["device"], track["unit"], track["last"]) == ("plug-1", "W", 12.5)
        for form, media, begins in (
            ("svg", "image/svg+xml", b"<?xml"),
            ("png", "image/png", b"\x89PNG"),
        ):
            picture = await house.ask("GET", f"{page}?format={form}", "reader")
            assert picture.headers["content-type"] == media
            assert picture.content.startswith(begins)
            assert picture.headers["x-content-type-options"] == "nosniff"
