"""The fixed tools: what every home has beside the actions of its kinds."""

from gateway.catalog import Catalog
from gateway.tools.check_devices import CHECK_DEVICES
from gateway.tools.edit_device import EDIT_DEVICE
from gateway.tools.home_info import GET_HOME_INFO
from gateway.tools.run_plan import RUN_PLAN
from gateway.tools.scenes import REMOVE, RUN_SCENE, SAVE_SCENE
from gateway.tools.state import GET_STATE


def catalog() -> Catalog:
    """Return every tool of this version, in order."""
    return Catalog(
        before=(GET_HOME_INFO, CHECK_DEVICES, GET_STATE),
        after=(RUN_SCENE, SAVE_SCENE, RUN_PLAN, REMOVE, EDIT_DEVICE),
    )
