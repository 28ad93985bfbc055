"""What every adapter owes of logins: a device that cannot be used says why, and nothing leaks."""

import json
import logging
from pathlib import Path

import pytest

from tests.contract.case import Case
from tests.contract.running import at_work, started


async def test_a_bad_login_is_said_as_a_need_and_kept_secret(
    case: Case, login: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = case.bad_logins[login]
    async with (
        started(case),
        at_work(case, tmp_path / "home", settings=settings) as running,
    ):
        await running.until(lambda: running.online(*case.ids - {case.locked}))
        await running.until(lambda: running.registry.get(case.locked) is not None)
        entry = running.entry(case.locked)
        assert not entry.online
        assert entry.needs
        shown = await running.session.device(case.locked)
        texts = [caplog.text, repr(running.adapter), repr(running.adapter.settings), repr(entry)]
        texts += [json.dumps(shown), json.dumps(await running.session.devices())]
        values = [value for value in settings.values() if value]
        for secret in (*case.secrets, *values):
            assert not any(secret in text for text in texts)


async def test_a_good_login_is_kept_secret(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with started(case), at_work(case, tmp_path / "home") as running:
        await running.until(lambda: running.online(*case.ids))
        assert repr(running.adapter.settings)
        for secret in case.secrets:
            assert secret not in caplog.text
            assert secret not in repr(running.adapter.settings)


async def test_a_need_is_said_once_and_what_was_known_stays(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = next(iter(case.bad_logins.values()))
    async with started(case, proxied=True):
        async with at_work(case, tmp_path / "home") as running:
            await running.until(lambda: running.online(*case.ids))
            known = {entry.id: (entry.name, entry.kinds) for entry in running.registry}
        caplog.clear()
        async with at_work(case, tmp_path / "home", settings=settings) as running:
            others = case.ids - {case.locked}
            await running.until(lambda: running.found(*others) and running.attempts >= 2)
            assert running.entry(case.locked).needs
            assert {entry.id: (entry.name, entry.kinds) for entry in running.registry} == known
            logged = [record for record in caplog.records if record.name == "homeport.links"]
            assert len(logged) == 1, caplog.text
