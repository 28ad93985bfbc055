"""Which devices a caller means: ids, exact names, areas, `all`. Unclear words send nothing."""

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import AmbiguousTarget, UnknownTarget
from gateway.session import Session
from gateway.targets import resolve
from tests.core.rigs import error_of, strip, told, told_anything
from tests.incore import House, house, lamp, plug, speaker


def meant(home: House, *words: str, kinds: frozenset[str] | None = None) -> list[str]:
    found = resolve(list(words), home.home.index, home.home.registry, lambda entry: True, kinds)
    return [entry.id for entry in found.entries]


LIGHT = frozenset(("light",))


@pytest.mark.parametrize(
    "word",
    [
        "lamp-1",
        " lamp-1 ",
        "Desk lamp",
        "desk lamp",
        "DESK LAMP",
        "  Desk   lamp ",
        "Desk\u00a0lamp",
        "\uff24esk lamp",
        "Desk\tlamp\n",
    ],
)
async def test_a_device_is_meant_by_its_id_and_its_exact_name(home: House, word: str) -> None:
    assert meant(home, word) == ["lamp-1"]


@pytest.mark.parametrize("word", ["Desk", "lamp", "Desk lamps", "lamp-", "LAMP-1", "desk-lamp"])
async def test_half_a_name_means_nothing(home: House, word: str) -> None:
    with pytest.raises(UnknownTarget):
        meant(home, word)


@pytest.mark.parametrize("name", ["Küche", "台所の灯り", "Ёлка", "قهوة", "Straße", "🛋️ Sofa"])
async def test_names_in_any_script_are_exact_names(tmp_path: Path, name: str) -> None:
    async with house(tmp_path, lamp("lamp-1", name)) as home:
        assert meant(home, name) == ["lamp-1"]
        assert meant(home, f" {name.upper()} ") == ["lamp-1"]


async def test_composed_and_decomposed_letters_are_the_same(tmp_path: Path) -> None:
    async with house(tmp_path, lamp("lamp-1", "Ku\u0308che")) as home:
        assert meant(home, "K\u00fcche") == ["lamp-1"]


async def test_an_alias_means_the_device(home: House, owner: Session) -> None:
    await owner.call("edit_device", {"target": "lamp-1", "aliases": ["Bankers", "Grüne Lampe"]})
    assert meant(home, "bankers") == meant(home, "GRÜNE lampe") == ["lamp-1"]


@pytest.mark.parametrize("word", ["area:Kitchen", "area:kitchen", "AREA: kitchen ", "kitchen"])
async def test_an_area_means_its_devices(home: House, word: str) -> None:
    assert meant(home, word) == ["plug-1", "speaker-1", "shade-1", "contact-1"]


async def test_an_area_means_only_what_has_the_kind(home: House) -> None:
    assert meant(home, "kitchen", kinds=frozenset(("media",))) == ["speaker-1"]


@pytest.mark.parametrize("word", ["all", "ALL", " All "])
async def test_all_means_everything_that_has_the_kind(home: House, word: str) -> None:
    assert meant(home, word, kinds=LIGHT) == ["lamp-1", "lamp-2"]
    assert len(meant(home, word)) == 11


async def test_several_words_are_one_list_without_doubles(home: House) -> None:
    words = ["lamp-2", "Desk lamp", "all", "office", "lamp-1", "lamp-1"]
    assert meant(home, *words, kinds=LIGHT) == ["lamp-2", "lamp-1"]


async def test_a_word_that_means_nothing_spoils_the_whole_list(home: House) -> None:
    with pytest.raises(UnknownTarget, match="nobody"):
        meant(home, "lamp-1", "nobody", "all")


async def test_an_unknown_word_names_the_nearest(home: House, owner: Session) -> None:
    error = await error_of(owner, "set_light", {"targets": "desk lmap", "on": True})
    assert isinstance(error, UnknownTarget)
    assert error.more["choices"][0] == "Desk lamp"
    assert error.hint is not None and "“Desk lamp”" in error.hint
    error = await error_of(owner, "set_light", {"targets": "area:kichen", "on": True})
    assert error.more["choices"][0] == "Kitchen"
    assert not told_anything(home)


async def test_an_endless_word_is_not_repeated_whole(owner: Session) -> None:
    for word in ("x" * 100_000, "all" + " " * 100_000, " " * 100_000 + "kitchen"):
        error = await error_of(owner, "set_shades", {"targets": [word, "nobody"], "open": 0})
        assert len(str(error.problem())) < 2000


async def test_a_group_without_the_kind_sends_nothing(home: House, owner: Session) -> None:
    error = await error_of(owner, "set_light", {"targets": "kitchen", "on": True})
    assert isinstance(error, UnknownTarget)
    assert error.detail == "“kitchen” has no light; nothing was sent"
    padded = "kitchen" + " " * 5000 + "\n"
    error = await error_of(owner, "set_light", {"targets": padded, "on": True})
    assert len(error.detail) < 200


async def test_two_devices_of_one_name_are_choices(tmp_path: Path) -> None:
    devices = [lamp("lamp-1", "Lamp", "Hall"), lamp("lamp-2", "lamp", "Attic")]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        error = await error_of(session, "set_light", {"targets": "LAMP", "on": True})
        assert isinstance(error, AmbiguousTarget)
        assert error.more["choices"] == [
            {"id": "lamp-1", "name": "Lamp", "area": "Hall"},
            {"id": "lamp-2", "name": "lamp", "area": "Attic"},
        ]
        assert not told_anything(home)
        assert meant(home, "lamp-2") == ["lamp-2"]


async def test_one_name_is_enough_when_one_of_them_has_the_kind(tmp_path: Path) -> None:
    devices = [lamp("lamp-1", "Corner"), speaker("speaker-1", "Corner"), plug("plug-1", "Corner")]
    async with house(tmp_path, *devices) as home:
        assert meant(home, "corner", kinds=LIGHT) == ["lamp-1"]
        with pytest.raises(AmbiguousTarget, match="3 devices"):
            meant(home, "corner")


async def test_thirty_devices_of_one_name_are_ten_choices(tmp_path: Path) -> None:
    devices = [lamp(f"lamp-{number}", "Spot") for number in range(30)]
    async with house(tmp_path, *devices) as home:
        with pytest.raises(AmbiguousTarget) as raised:
            meant(home, "spot")
        assert len(raised.value.more["choices"]) == 10


async def test_a_devices_name_wins_over_an_areas(tmp_path: Path) -> None:
    devices = [lamp("lamp-1", "Kitchen", "Hall"), lamp("lamp-2", "Stove", "Kitchen")]
    async with house(tmp_path, *devices) as home:
        assert meant(home, "kitchen") == ["lamp-1"]
        assert meant(home, "area:kitchen") == ["lamp-2"]


async def test_a_device_without_the_kind_says_what_it_has(home: House, owner: Session) -> None:
    asked = {"targets": ["lamp-1", "Kettle"], "brightness": 30}
    answer = await owner.call("set_light", asked)
    lit, kettle = answer["results"]
    assert (lit["outcome"], kettle["outcome"]) == ("done", "refused")
    assert kettle["error"]["detail"] == "Kettle has no light; it has switch, energy"
    assert told(home, "plug-1", "switch") == []


async def test_a_parent_stands_for_its_parts(tmp_path: Path) -> None:
    devices = strip("strip-1", "Desk strip", {"1": "Monitor", "2": "Printer"}, "Office")
    async with house(tmp_path, *devices, lamp("lamp-1", "Lamp", "Office")) as home:
        switches = frozenset(("switch",))
        assert meant(home, "Desk strip", kinds=switches) == ["strip-1-1", "strip-1-2"]
        assert meant(home, "strip-1", kinds=switches) == ["strip-1-1", "strip-1-2"]
        assert meant(home, "printer", kinds=switches) == ["strip-1-2"]
        assert meant(home, "office", kinds=switches) == ["strip-1-1", "strip-1-2"]
        assert meant(home, "strip-1", kinds=LIGHT) == []


async def test_a_part_in_a_room_of_its_own_leaves_its_parents(tmp_path: Path) -> None:
    devices = strip("strip-1", "Desk strip", {"1": "Monitor", "2": "Printer"}, "Office")
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        await session.call("edit_device", {"target": "Printer", "area": "Hall"})
        switches = frozenset(("switch",))
        assert meant(home, "office", kinds=switches) == ["strip-1-1"]
        assert meant(home, "hall", kinds=switches) == ["strip-1-2"]


async def test_a_switch_tool_works_on_a_lamp(home: House, owner: Session) -> None:
    answer = await owner.call("set_switch", {"targets": "Desk lamp", "on": True})
    assert answer["results"][0]["outcome"] == "done"
    (change,) = told(home, "lamp-1", "light")
    assert change.model_dump(exclude_unset=True) == {"on": True}


async def test_a_switch_tool_leaves_heat_and_shades_alone(home: House, owner: Session) -> None:
    answer = await owner.call("set_switch", {"targets": ["heat-1", "shade-1"], "on": False})
    assert answer["counts"] == {"refused": 2}
    assert not told_anything(home)


async def test_ten_thousand_targets_are_bounded(tmp_path: Path) -> None:
    devices = [lamp(f"lamp-{number}", f"Lamp {number}", "Hall") for number in range(300)]
    async with house(tmp_path, *devices) as home:
        session = await home.session()
        words: list[Any] = ["all", "hall", "area:hall", "lamp-1", "Lamp 2"] * 2000
        answer = await session.call("set_light", {"targets": words, "on": True})
        assert answer["counts"] == {"done": 300}
        assert answer["results"] == []
        error = await error_of(session, "set_light", {"targets": ["zzz"] * 10_000, "on": True})
        assert len(str(error.problem())) < 1000
