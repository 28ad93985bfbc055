"""The rules of declarations, enforced when the declaring module is imported."""

import pytest

from gateway.capabilities import CAPABILITIES
from gateway.capability import Capability, Nothing, Risk, action, query
from gateway.catalog import Catalog
from gateway.schema import Model
from gateway.tool import Tool
from gateway.tools import catalog
from gateway.tools.home_info import GET_HOME_INFO

plain = action(idempotent=True, reversible=True, risk=Risk.NONE)


class BellState(Model):
    """Whether it rings."""

    ringing: bool


class BellChange(Model):
    """What to make of it."""

    ringing: bool
    together: bool = False


def test_a_capability_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="docstring"):

        class Bell(Capability):
            name = "bell"
            State = BellState


def test_a_capability_without_a_state_is_refused() -> None:
    with pytest.raises(TypeError, match="exactly one State"):

        class Bell(Capability):
            """A bell."""

            name = "bell"


def test_a_state_that_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="exactly one State"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = dict  # type: ignore[assignment]


def test_an_action_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="agents read it"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @plain
            async def ring_bell(self, change: BellChange) -> None: ...


def test_an_action_that_returns_something_is_refused() -> None:
    with pytest.raises(TypeError, match="must return None"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @plain
            async def ring_bell(self, change: BellChange) -> BellState:
                """Ring."""
                raise NotImplementedError


def test_an_action_that_does_not_say_what_it_returns_is_refused() -> None:
    with pytest.raises(TypeError, match="must return None"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @plain
            async def ring_bell(self, change: BellChange):  # type: ignore[no-untyped-def]
                """Ring."""


def test_an_action_that_takes_two_models_is_refused() -> None:
    with pytest.raises(TypeError, match="one Model"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @plain
            async def ring_bell(self, change: BellChange, other: BellChange) -> None:
                """Ring."""


def test_an_action_that_takes_no_model_but_a_number_is_refused() -> None:
    with pytest.raises(TypeError, match="one Model"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @plain
            async def ring_bell(self, times: int) -> None:
                """Ring."""


def test_an_action_whose_argument_has_no_type_is_refused() -> None:
    with pytest.raises(TypeError, match="one Model"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @plain
            async def ring_bell(self, change) -> None:  # type: ignore[no-untyped-def]
                """Ring."""


@pytest.mark.parametrize("settle", [10.1, 60, -1])
def test_an_action_may_settle_for_ten_seconds_at_most(settle: float) -> None:
    with pytest.raises(TypeError, match="at most 10 s"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @action(idempotent=True, reversible=True, risk=Risk.NONE, settle=settle)
            async def ring_bell(self, change: BellChange) -> None:
                """Ring."""


def test_a_joint_action_names_a_field_of_its_change() -> None:
    with pytest.raises(TypeError, match="in_sync is no field"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @action(idempotent=True, reversible=True, risk=Risk.NONE, joint="in_sync")
            async def ring_bell(self, change: BellChange, others: tuple["Bell", ...] = ()) -> None:
                """Ring."""


def test_a_joint_action_takes_the_others_beside_its_change() -> None:
    class Bell(Capability):
        """A bell."""

        name = "bell"
        State = BellState

        @action(idempotent=True, reversible=True, risk=Risk.NONE, joint="together")
        async def ring_bell(self, change: BellChange, others: tuple["Bell", ...] = ()) -> None:
            """Ring."""

    assert Bell.actions[0].joint == "together"


def test_a_query_that_returns_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="must return a Model"):

        class Bell(Capability):
            """A bell."""

            name = "bell"
            State = BellState

            @query
            async def melodies(self, about: Nothing) -> list[str]:
                """What it can play."""
                raise NotImplementedError


def test_an_action_without_arguments_takes_nothing() -> None:
    class Bell(Capability):
        """A bell."""

        name = "bell"
        State = BellState

        @plain
        async def ring_bell(self, change: Nothing) -> None:
            """Ring
            once."""

    (ring,) = Bell.actions
    assert (ring.kind, ring.name, ring.text) == ("bell", "ring_bell", "Ring once.")
    assert ring.change is Nothing


def test_an_adapter_that_leaves_an_action_out_cannot_be_made() -> None:
    class Bell(Capability):
        """A bell."""

        name = "bell"
        State = BellState

        @plain
        async def ring_bell(self, change: BellChange) -> None:
            """Ring."""

    class Half(Bell):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_what_is_reported_must_be_the_kinds_own_state() -> None:
    class Bell(Capability):
        """A bell."""

        name = "bell"
        State = BellState

    bell = Bell()
    for nonsense in (None, {"ringing": True}, BellChange(ringing=True)):
        with pytest.raises(TypeError, match="BellState"):
            bell.report(nonsense)  # type: ignore[arg-type]
    assert bell.state is None


def test_twice_the_same_tool_is_refused() -> None:
    with pytest.raises(TypeError, match="declared twice"):
        Catalog(before=(GET_HOME_INFO,), after=(GET_HOME_INFO,))


@pytest.mark.parametrize("name", ["Ring", "ring-bell", "ring__bell", "", "ring_bell_2", "_ring"])
def test_a_tools_name_is_lower_case_words(name: str) -> None:
    tool = Tool(name, "Ring.", Nothing, BellState, reads=True, idempotent=True)
    with pytest.raises(TypeError, match="no name for a tool"):
        Catalog(before=(tool,), after=())


def test_a_tool_without_a_description_is_refused() -> None:
    tool = Tool("ring_bell", "", Nothing, BellState, reads=True, idempotent=True)
    with pytest.raises(TypeError, match="agents read it"):
        Catalog(before=(tool,), after=())


def test_every_action_is_a_tool_of_its_own_name() -> None:
    tools = {tool.name: tool for tool in catalog()}
    declared = [action for kind in CAPABILITIES for action in kind.actions]
    assert [tools[action.name].action for action in declared] == declared


def test_kinds_are_what_the_design_names() -> None:
    assert " ".join(kind.name for kind in CAPABILITIES) == (
        "switch light media climate cover garage lock fan water treadmill contact occupancy leak"
        " energy measurement button number select"
    )


@pytest.mark.parametrize("kind", CAPABILITIES, ids=lambda kind: kind.name)
def test_every_kind_names_its_cluster_of_matter(kind: type[Capability]) -> None:
    assert kind.__doc__ is not None
    assert "0x0" in kind.__doc__ or "not in Matter" in kind.__doc__ or kind.name == "media"


@pytest.mark.parametrize("kind", CAPABILITIES, ids=lambda kind: kind.name)
def test_what_stands_in_for_another_action_has_its_fields(kind: type[Capability]) -> None:
    actions = {action.name: action for one in CAPABILITIES for action in one.actions}
    for other, own in kind.stands_in.items():
        asked = set(actions[other].change.model_fields)
        assert asked <= set(actions[own].change.model_fields)
