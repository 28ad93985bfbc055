"""What an alert does: under its agent's grant, never from its own chain, never too often."""

from pathlib import Path
from typing import Any

import pytest

from gateway.entry import Entry
from gateway.errors import Conflict, NotAllowed, NotFound
from gateway.policy import Grant, OwnerGrant
from gateway.subscriptions import Filter
from tests.alerts.rig import Scene, scene
from tests.incore import lamp

URL = "http://127.0.0.1:9000/hook"


class Half(OwnerGrant):
    """Sees nothing of the garage."""

    owner = False
    sees_all = False

    def sees(self, entry: Entry) -> bool:
        return self.sees_all or entry.id != "garage"


def known(home: Scene, grant: Grant, monkeypatch: pytest.MonkeyPatch) -> Grant:
    """Let the home know an agent of the test's own beside the others."""
    before = home.home.tokens.of
    monkeypatch.setattr(
        home.home.tokens, "of", lambda agent: grant if agent == grant.agent else before(agent)
    )
    return grant


async def save(home: Scene, name: str, tool: str, **arguments: Any) -> None:
    await home.door.call(
        home.owner, "save_scene", {"name": name, "steps": [{"tool": tool, "arguments": arguments}]}
    )


async def agent(home: Scene, name: str = "helper") -> Grant:
    await home.home.tokens.new(name, "owner")
    grant = home.home.tokens.of(name)
    assert grant is not None
    return grant


async def test_a_scene_is_run_and_its_receipt_names_the_alert(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await save(home, "Welcome", "set_light", targets=["porch"], on=True)
        made = await home.create(when="front door opens", run_scene="welcome")
        home.report("front", "contact", open=True)
        (event,) = await home.fired()
        assert "Welcome" in event.data["outcome"]
        assert home.entry("porch").observed["light"].values["on"] is True
        receipts = await home.home.receipts.list(limit=9, before=None, agent=None)
        scenes = [one for one in receipts if one["tool"] == "run_scene"]
        assert [one["cause"] for one in scenes] == [made.alert]


async def test_an_alert_never_fires_from_its_own_chain(tmp_path: Path) -> None:
    """The alert's scene turns the lamp off, which its condition would wait for again."""
    async with scene(tmp_path) as home:
        await save(home, "Blink", "set_light", targets=["lamp"], on=True)
        made = await home.create(when="light.on == true", run_scene="Blink")
        home.report("porch", "light", on=True)
        fired = await home.fired()
        assert [event.device for event in fired] == ["porch"]
        assert home.entry("lamp").observed["light"].values["on"] is True
        chains = [home.home.receipts.chain(event.cause) for event in home.events if event.cause]
        assert any(made.alert in chain for chain in chains)


async def test_two_alerts_do_not_wake_each_other_for_ever(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await save(home, "Light on", "set_light", targets=["lamp"], on=True)
        await save(home, "Light off", "set_light", targets=["lamp"], on=False)
        await home.create(when="kitchen lamp on", run_scene="Light off")
        await home.create(when="kitchen lamp off", run_scene="Light on")
        home.report("lamp", "light", on=True)
        fired = await home.fired()
        assert [event.data["alert"] for event in fired] == ["a1", "a2"]
        assert await home.number("alert.suspended") == 0


async def test_alerts_that_wait_for_alerts_end(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="name == 'alert.fired'")
        await home.create(when="name == 'alert.fired' and data.alert != 'a2'")
        await home.create(when="garage door open")
        home.report("garage", "contact", open=True)
        fired = [event.data["alert"] for event in await home.fired()]
        assert fired.count("a3") == 1
        assert fired.count("a1") <= 2 and fired.count("a2") <= 2
        assert await home.number("alert.suspended") == 0


async def test_words_do_not_wait_for_alerts(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="garage door")
        await home.create(when="front door open", message="garage door")
        home.report("front", "contact", open=True)
        assert [event.data["alert"] for event in await home.fired()] == ["a2"]


async def test_the_cause_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="kitchen lamp on")
        answer: Any = await home.door.call(
            home.owner, "set_light", {"targets": ["lamp"], "on": True}
        )
        (event,) = await home.fired()
        assert event.cause == answer.receipt


async def test_keys_and_words_fire_on_events(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="doorbell pressed long", notify=["anna"])
        await home.create(when="doorbell")
        home.press("bell", "short")
        home.press("bell", "long")
        fired = await home.fired()
        assert sorted(event.data["alert"] for event in fired) == ["a1", "a2", "a2"]
        assert home.told.messages == ["“Doorbell”: button.pressed: press “long”"]


async def test_more_than_ten_in_a_minute_suspends_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="doorbell pressed")
        for _ in range(30):
            home.press("bell")
        assert await home.number() == 10
        (event,) = await home.fired("alert.suspended")
        assert event.data["reason"] == "it fired more than 10 times in a minute"
        assert home.alerts.list(home.owner)[0]["suspended"] == event.data["reason"]
        await home.passes(minutes=5)
        home.press("bell")
        assert await home.number() == 10
    async with scene(tmp_path) as home:
        home.press("bell")
        assert await home.number() == 0, "a restart does not wake it"


async def test_ten_in_a_minute_are_fine(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="doorbell pressed")
        for _ in range(5):
            for _ in range(10):
                home.press("bell")
            await home.settle()
            await home.passes(minutes=1)
        assert await home.number() == 50
        assert await home.number("alert.suspended") == 0


async def test_a_revoked_token_suspends_its_alerts(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        helper = await agent(home)
        await home.create(helper, when="garage door open", notify=["anna"])
        await home.home.tokens.revoke("helper")
        home.report("garage", "contact", open=True)
        assert await home.number() == 0
        (event,) = await home.fired("alert.suspended")
        assert event.data["reason"] == "the token of helper has been revoked"
        assert home.told.messages == []


async def test_what_the_grant_hides_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path) as home:
        half = known(home, Half("half"), monkeypatch)
        answer = await home.create(half, when="contact.open == true")
        assert [one.id for one in answer.devices] == ["front", "window"]
        home.report("garage", "contact", open=True)
        await home.settle()
        home.report("front", "contact", open=True)
        assert [event.device for event in await home.fired()] == ["front"]


async def test_a_grant_that_shrinks_hides_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path) as home:
        half = known(home, Half("half"), monkeypatch)
        monkeypatch.setattr(Half, "sees_all", True)
        await home.create(half, when="garage door open")
        await home.create(half, when="name == 'state.changed'")
        monkeypatch.setattr(Half, "sees_all", False)
        home.report("garage", "contact", open=True)
        assert await home.number() == 0


async def test_what_fails_is_told_in_the_outcome(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await save(home, "Gone", "set_light", targets=["lamp"], on=True)
        await home.create(when="garage door open", run_scene="Gone", notify=["anna"])
        await home.home.scenes.remove(home.home.scenes.find("Gone"))
        home.report("garage", "contact", open=True)
        (event,) = await home.fired()
        assert "run_scene failed: There is no scene “Gone”" in event.data["outcome"]
        assert home.told.messages == ["“Garage door” is open."]


async def test_nobody_is_told_who_is_not_there(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        with pytest.raises(NotFound, match="nobody “ann”"):
            await home.create(when="garage door open", notify=["ann"])
        with pytest.raises(NotFound, match="no webhook"):
            await home.create(when="garage door open", notify=["w7"])
        with pytest.raises(NotFound, match="no scene"):
            await home.create(when="garage door open", run_scene="nonsense")


async def test_a_webhook_gets_what_it_does_not_filter(tmp_path: Path) -> None:
    async with scene(tmp_path, webhooks={"allow": ["http://127.0.0.1:9000"]}) as home:
        hooks = home.home.webhooks
        fresh = await hooks.subscribe("owner", URL, filter=Filter(names=["webhook.dead"]))
        other = await hooks.subscribe("helper", URL)
        await home.create(when="garage door open", notify=[fresh.subscription.id])
        with pytest.raises(NotFound):
            await home.create(when="garage door open", notify=[other.subscription.id])
        home.report("garage", "contact", open=True)
        (event,) = await home.fired()
        rows = await home.home.store.read(
            lambda db: db.execute("SELECT seq FROM outbox WHERE webhook = ?", (1,)).fetchall()
        )
        assert (event.seq,) in rows


async def test_a_read_only_agent_may_not_act_later_either(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.home.tokens.new("reader", "read-only", ["create_alert"])
        reader = home.home.tokens.of("reader")
        with pytest.raises(NotAllowed):
            await home.create(reader, when="garage door open", run_scene="Sleepy time")
        assert (await home.create(reader, when="garage door open")).alert == "a1"


async def test_each_agent_removes_its_own_and_the_owner_any(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.home.tokens.new("reader", "read-only")
        reader, helper = home.home.tokens.of("reader"), await agent(home)
        assert reader is not None
        await home.create(reader, when="garage door open")
        await home.create(when="front door open")
        assert [one["id"] for one in home.alerts.list(reader)] == ["a1"]
        assert [one["id"] for one in home.alerts.list(helper)] == ["a1", "a2"], "an owner's token"
        with pytest.raises(NotFound):
            await home.alerts.remove("a2", reader)
        assert (await home.alerts.remove("a1", reader))["text"] == "garage door open"
        await home.alerts.remove("a2", home.owner)
        home.report("garage", "contact", open=True)
        home.report("front", "contact", open=True)
        assert await home.number() == 0
    async with scene(tmp_path) as home:
        assert home.alerts.list(home.owner) == []


async def test_there_are_only_so_many(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        for _ in range(50):
            await home.create(at="13:00")
        with pytest.raises(Conflict):
            await home.create(at="13:00")
        assert (await home.create(await agent(home), at="13:00")).alert == "a51"


async def test_reports_of_other_kinds_cost_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as home:
        await home.create(when="contact.open == true")
        await home.create(when="pool temperature < 5")
        of = home.alerts._index.of
        assert [alert.id for alert in of("contact", "garage")] == ["a1"]
        assert [alert.id for alert in of("measurement", "pool")] == ["a2"]
        assert of("measurement", "cellar") == of("light", "lamp") == ()


async def test_an_event_of_any_of_very_many_devices_fires(tmp_path: Path) -> None:
    lamps = [lamp(f"lamp-{number}", f"Lamp {number}") for number in range(150)]
    async with scene(tmp_path, base=lamps) as home:
        made = await home.create(when="data.after.on == true", targets="all")
        assert len(made.devices) == 20
        home.report("lamp-149", "light", on=True)
        assert await home.number() == 1
