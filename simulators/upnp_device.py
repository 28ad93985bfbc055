"""The HTTP side of a simulated UPnP device: description, control and eventing on one address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from aiohttp import web

from simulators.gena import Subscriptions, seconds_asked
from simulators.upnp import (
    Arguments,
    Fault,
    Service,
    read_call,
    write_answer,
    write_event,
    write_fault,
)

PRECONDITION_FAILED, BAD_REQUEST, SERVER_ERROR = 412, 400, 500
XML = "text/xml"


class Device:
    """Serves `services`; `heard` is told of each action that arrives, before it is carried out."""

    def __init__(
        self,
        name: str,
        server: str,
        description: Callable[[], str],
        services: Sequence[Service],
        heard: Callable[[str, Arguments], None],
    ) -> None:
        self._name = name
        self._server = server
        self._description = description
        self._services = services
        self._heard = heard
        self._runner: web.AppRunner | None = None
        self._subscriptions: Subscriptions | None = None

    @property
    def subscribers(self) -> int:
        """How many subscriptions stand."""
        return 0 if self._subscriptions is None else len(self._subscriptions)

    async def start(self, address: str, port: int) -> None:
        """Serves on `address` and `port`."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, address, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner, self._subscriptions = runner, Subscriptions(self._name)

    async def stop(self) -> None:
        """Ends all connections and subscriptions; idempotent."""
        runner, self._runner = self._runner, None
        subscriptions, self._subscriptions = self._subscriptions, None
        if subscriptions is not None:
            await subscriptions.close()
        if runner is not None:
            await runner.cleanup()

    def publish(self, service: Service) -> None:
        """Tells the subscribers of `service` its evented variables."""
        if self._subscriptions is not None:
            self._subscriptions.publish(service.name, write_event(service.properties()))

    def _application(self) -> web.Application:
        application = web.Application()
        application.on_response_prepare.append(self._sign)
        router = application.router
        router.add_get("/xml/device_description.xml", self._describe)
        for service in self._services:
            router.add_get(f"/xml/{service.name}1.xml", partial(self._describe_service, service))
            router.add_post(f"{service.path}/Control", partial(self._control, service))
            event = f"{service.path}/Event"
            router.add_route("SUBSCRIBE", event, partial(self._subscribe, service))
            router.add_route("UNSUBSCRIBE", event, self._unsubscribe)
        return application

    async def _sign(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = self._server

    async def _describe(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._description(), content_type=XML)

    async def _describe_service(self, service: Service, _request: web.Request) -> web.Response:
        return web.Response(text=service.describe(), content_type=XML)

    async def _control(self, service: Service, request: web.Request) -> web.Response:
        try:
            action, arguments = read_call(await request.read())
        except ValueError:
            return web.Response(status=BAD_REQUEST)
        self._heard(action, arguments)
        try:
            answer = write_answer(service, action, service.call(action, arguments))
        except Fault as fault:
            body = write_fault(fault.code)
            return web.Response(status=SERVER_ERROR, text=body, content_type=XML)
        return web.Response(text=answer, content_type=XML)

    async def _subscribe(self, service: Service, request: web.Request) -> web.StreamResponse:
        subscriptions = self._subscriptions
        sid, callback = request.headers.get("SID"), request.headers.get("CALLBACK", "")
        seconds = seconds_asked(request.headers.get("TIMEOUT", ""))
        if subscriptions is None:
            return web.Response(status=PRECONDITION_FAILED)
        if sid is not None:
            if callback:
                return web.Response(status=BAD_REQUEST)
            known = subscriptions.renew(sid, seconds)
            return granted(sid, seconds) if known else web.Response(status=PRECONDITION_FAILED)
        url = callback.partition(">")[0].lstrip(" <")
        if request.headers.get("NT") != "upnp:event" or not url.startswith("http://"):
            return web.Response(status=PRECONDITION_FAILED)
        subscription = subscriptions.add(service.name, url, seconds)
        response = granted(subscription.sid, seconds)
        # The first event may not overtake the answer: a subscriber knows it only by its SID.
        await response.prepare(request)
        await response.write_eof()
        subscriptions.begin(subscription, write_event(service.properties()))
        return response

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        sid = request.headers.get("SID", "")
        known = self._subscriptions is not None and self._subscriptions.cancel(sid)
        return web.Response(status=200 if known else PRECONDITION_FAILED)


def granted(sid: str, seconds: int) -> web.Response:
    """The answer to a subscription or renewal that was accepted."""
    return web.Response(headers={"SID": sid, "TIMEOUT": f"Second-{seconds}"})
