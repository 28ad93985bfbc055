"""The fixed tools: what every home has beside the actions of its kinds."""

from gateway.catalog import Catalog
from gateway.tool import Tool
from gateway.tools.alerts import CREATE_ALERT
from gateway.tools.check_devices import CHECK_DEVICES
from gateway.tools.edit_device import EDIT_DEVICE
from gateway.tools.events import GET_PAST_EVENTS, WAIT_FOR_EVENTS
from gateway.tools.history import GET_HISTORY
from gateway.tools.home_info import GET_HOME_INFO
from gateway.tools.notify import NOTIFY
from gateway.tools.run_plan import RUN_PLAN
from gateway.tools.scenes import REMOVE, RUN_SCENE, SAVE_SCENE
from gateway.tools.state import GET_STATE
from gateway.tools.webhooks import WEBHOOK_TOOLS


def catalog(*more: Tool) -> Catalog:
    """Return every tool of this version, in order, with what stands beside the core."""
    return Catalog(
        before=(
            GET_HOME_INFO,
            CHECK_DEVICES,
            GET_STATE,
            GET_HISTORY,
            GET_PAST_EVENTS,
            WAIT_FOR_EVENTS,
        ),
        after=(
            RUN_SCENE,
            SAVE_SCENE,
            CREATE_ALERT,
            NOTIFY,
            RUN_PLAN,
            REMOVE,
            *more,
            EDIT_DEVICE,
            *WEBHOOK_TOOLS,
        ),
    )
