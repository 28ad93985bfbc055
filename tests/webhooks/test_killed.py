"""Killed again and again while the receiver fails: everything acknowledged arrives, in order."""

from pathlib import Path

import pytest

from tests.webhooks.killing import killing

KILLS = 5


@pytest.mark.timeout(120)
async def test_what_was_acknowledged_arrives_in_order_however_often_homeport_is_killed(
    tmp_path: Path,
) -> None:
    counted = await killing(tmp_path, KILLS)
    print(counted)
    assert counted.lost == 0
    assert counted.disordered == 0
    assert counted.renamed == 0
    assert counted.per_second >= 200
    assert counted.received >= counted.sent > 0
