"""The HTTP face as one ASGI application: the guard, the pages, and MCP beside them."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.errors import GatewayError, Malformed
from gateway.session import Door
from openapi.guard import Guard
from openapi.operations import OPERATIONS
from openapi.problems import MethodNotAllowed, internal, no_such_page, problem, told
from openapi.routes import page_routes, tool_route


def api(door: Door, *, allowed_hosts: Collection[str] = (), mcp: ASGIApp | None = None) -> ASGIApp:
    """Return the application; `mcp` is served at /mcp, behind the same guard.

    `allowed_hosts` are names beside localhost by which it may be called.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.router.routes = [tool_route(), *page_routes()]
    if mcp is not None:
        app.router.routes.append(Route("/mcp", mcp))
    app.add_exception_handler(GatewayError, told)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, internal)
    open_paths = [one.path for one in OPERATIONS if not one.needs_token]
    return Guard(app, door, allowed_hosts, open_paths)


async def _http(request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await no_such_page(request, error)
    if error.status_code == 405:
        said = f"{request.url.path} does not take {request.method}"
        return problem(MethodNotAllowed(said), {"allow": (error.headers or {}).get("Allow", "")})
    return problem(Malformed(str(error.detail)))
