"""The application: FastAPI carries the routes, and neither derives a schema nor reads a body."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan

from gateway.errors import GatewayError
from gateway.session import Door
from openapi.guard import Guard
from openapi.operations import OPERATIONS
from openapi.problems import internal, no_such_page, told
from openapi.routes import routes


def api(
    door: Door,
    *,
    allowed_hosts: Collection[str] = (),
    mcp: ASGIApp | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Return what serves a door over HTTP, with `mcp` at /mcp behind the same guard.

    `allowed_hosts` are names beside localhost by which it may be called.
    """
    own: list[BaseRoute] = [*routes()]
    if mcp is not None:
        own.insert(0, Route("/mcp", mcp))
    app = FastAPI(
        title="homeport",
        openapi_url=None,
        redirect_slashes=False,
        routes=own,
        lifespan=lifespan,
        exception_handlers={GatewayError: told, 404: no_such_page, Exception: internal},
    )
    app.add_middleware(
        Guard,
        door=door,
        allowed_hosts=allowed_hosts,
        open_paths={one.path for one in OPERATIONS if not one.needs_token},
        file_paths={one.path for one in OPERATIONS if one.takes_file},
    )
    return app
