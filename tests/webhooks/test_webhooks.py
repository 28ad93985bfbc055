"""Making, listing and ending webhooks; secrets are shown once and never again."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.allowed import NotAllowedHost
from gateway.clock import SetClock, SystemClock
from gateway.errors import Conflict, InvalidArguments, NotFound
from gateway.event import Event
from gateway.subscriptions import Filter
from tests.webhooks.rig import Receiver, Rig, rigged, until

CHOSEN = "whsec_Y2hvc2VuLWJ5LXRoZS1hZ2VudC1pdHNlbGY="


async def test_a_secret_is_made_and_shown_once(rig: Rig, receiver: Receiver) -> None:
    made = await rig.hooks.subscribe("owner", receiver.url)
    assert made.secret is not None and made.secret.startswith("whsec_")
    chosen = await rig.hooks.subscribe("owner", receiver.url, secret=CHOSEN)
    assert chosen.secret is None
    shown = f"{made} {chosen} {rig.hooks.list()} {rig.hooks.list()[0].keys(0)}"
    assert made.secret not in shown and CHOSEN not in shown


async def test_no_secret_and_no_path_is_logged_or_told(
    rig: Rig, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answer = lambda got: web.Response(status=500, text=CHOSEN)
    url = f"{receiver.origin}/secret-path?key=secret-key"
    token = "a-token-of-openclaw"
    await rig.hooks.subscribe("owner", url, secret=CHOSEN)
    await rig.hooks.subscribe("owner", url, secret=token, preset="openclaw-wake")
    await rig.press()
    await until(lambda: rig.hooks.deliveries.counts["dead"] >= 4)
    page = await rig.events.page(0, 100, lambda event: True)
    told = [event.body.decode() for event in page.events]
    told += [str(await rig.hooks.log(hook)) for hook in ("w1", "w2")]
    told += [str(await rig.hooks.dead(hook)) for hook in ("w1", "w2")]
    told += [repr(rig.hooks.list()), repr(rig.attempts), caplog.text]
    for hidden in (CHOSEN, token, "secret-path", "secret-key"):
        assert not [text for text in told if hidden in text]


async def test_a_webhook_belongs_to_its_agent(rig: Rig, receiver: Receiver) -> None:
    await rig.hooks.subscribe("anna", receiver.url)
    await rig.hooks.subscribe("ben", receiver.url)
    assert [one.id for one in rig.hooks.list("anna")] == ["w1"]
    assert [one.id for one in rig.hooks.list()] == ["w1", "w2"]
    hooks = rig.hooks
    for strange in ("w2", "w9", "nonsense", "w"):
        with pytest.raises(NotFound) as raised:
            await hooks.unsubscribe(strange, "anna")
        assert "w2" not in raised.value.more["choices"]
        for call in (hooks.test, hooks.dead, hooks.log, hooks.rotate, hooks.enable):
            with pytest.raises(NotFound):
                await call(strange, "anna")
    await hooks.unsubscribe("w2")
    assert [one.id for one in hooks.list()] == ["w1"]
    assert (await hooks.subscribe("ben", receiver.url)).subscription.id == "w3"


async def test_an_agent_gets_what_its_grant_lets_it_see(tmp_path: Path, receiver: Receiver) -> None:
    def sees(agent: str, event: Event) -> bool:
        return agent == "owner" or event.device != "hidden"

    async with rigged(tmp_path, [receiver.origin], sees=sees) as rig:
        for agent in ("owner", "guest"):
            await rig.hooks.subscribe(agent, receiver.url)
        await rig.press("hidden")
        await rig.press("shown")
        await receiver.had(3)
        got = sorted((one.told["device"], one.id[-2:]) for one in receiver.got)
        assert got == [("hidden", "w1"), ("shown", "w1"), ("shown", "w2")]


async def test_what_is_not_allowed_or_not_understood_is_not_subscribed(
    rig: Rig, receiver: Receiver
) -> None:
    with pytest.raises(NotAllowedHost):
        await rig.hooks.subscribe("owner", "https://elsewhere.example/")
    with pytest.raises(InvalidArguments):
        await rig.hooks.subscribe("owner", receiver.url, secret="short")
    with pytest.raises(InvalidArguments):
        await rig.hooks.subscribe("owner", receiver.url, filter=Filter(where="1 +"))
    with pytest.raises(InvalidArguments):
        await rig.hooks.subscribe("owner", receiver.origin, preset="ntfy")
    assert rig.hooks.list() == []


async def test_an_agent_has_no_more_than_twenty(rig: Rig, receiver: Receiver) -> None:
    for _ in range(20):
        await rig.hooks.subscribe("anna", receiver.url)
    with pytest.raises(Conflict):
        await rig.hooks.subscribe("anna", receiver.url)
    await rig.hooks.subscribe("ben", receiver.url)


async def test_after_a_rotation_both_secrets_sign_until_the_overlap_ends(
    tmp_path: Path, receiver: Receiver
) -> None:
    clock = SetClock(SystemClock().now())
    async with rigged(tmp_path, [receiver.origin], clock=clock, overlap=60) as rig:
        old = (await rig.hooks.subscribe("owner", receiver.url)).secret
        new = (await rig.hooks.rotate("w1")).secret
        assert old is not None and new is not None and old != new
        await rig.press()
        await receiver.had(1)
        clock.present += timedelta(seconds=61)
        await rig.press()
        await receiver.had(2)
    both, alone = receiver.got
    for secret in (old, new):
        Webhook(secret).verify(both.body, dict(both.headers))
    Webhook(new).verify(alone.body, dict(alone.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(alone.body, dict(alone.headers))


async def test_a_test_delivery_is_signed_and_not_in_the_log(rig: Rig, receiver: Receiver) -> None:
    receiver.secret = (await rig.hooks.subscribe("owner", receiver.url)).secret
    tested = await rig.hooks.test("w1")
    assert tested.ok and tested.status == 204 and tested.milliseconds > 0
    (got,) = receiver.got
    assert got.told["name"] == "webhook.test"
    assert got.id == f"{got.told['eventId']}.w1"
    assert await rig.names() == []
    receiver.answer = lambda got: web.Response(status=404)
    assert (await rig.hooks.test("w1")).ok is False


async def test_a_test_of_a_receiver_that_is_away_says_so(tmp_path: Path) -> None:
    async with rigged(tmp_path, ["http://127.0.0.1:1"]) as rig:
        await rig.hooks.subscribe("owner", "http://127.0.0.1:1/x")
        tested = await rig.hooks.test("w1")
        assert tested.error == "http://127.0.0.1:1 cannot be connected to"
        assert not tested.ok


async def test_webhooks_outlive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    filter = Filter(names=["button.*"], where='press == "long"')
    async with rigged(tmp_path, [receiver.origin]) as rig:
        made = await rig.hooks.subscribe(
            "anna", receiver.url, filter=filter, preset="slack", ordering="none", max_age=60
        )
        await rig.hooks.rotate("w1")
        (before,) = rig.hooks.list()
    async with rigged(tmp_path, [receiver.origin]) as rig:
        (after,) = rig.hooks.list()
        assert after == before
        assert after.old_secret == made.subscription.secret
        await rig.press(press="short")
        await rig.press(press="long")
        await receiver.had(1)
        assert "“long”" in receiver.got[0].body.decode()


async def test_what_waits_for_a_webhook_that_ended_is_thrown_away(
    rig: Rig, receiver: Receiver
) -> None:
    receiver.answer = lambda got: web.Response(status=500)
    await rig.hooks.subscribe("owner", receiver.url)
    pressed = rig.events.append("button.pressed", {"press": "short"}, device="b")
    await rig.hooks.unsubscribe("w1")
    await pressed

    def left(db: object) -> list[int]:
        tables = ("webhooks", "outbox", "lines", "dead", "deliveries")
        return [
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[attr-defined]
            for table in tables
        ]

    assert await rig.store.read(left) == [0] * 5
