"""The agent protocol's server as the site file wants it: TCP always, TLS and WebSocket if set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import agent_proto as proto
from callcenter.certificates import open_certificates
from callcenter.exchange import Exchange
from callcenter.settings import Settings
from sip.transport import TlsContexts


@dataclass(slots=True)
class AgentCertificate:
    """What agents' programs are shown, and the places that show it."""

    contexts: TlsContexts | None
    logger: Any
    _places: list[proto.Listening] = field(default_factory=list)
    _renewing: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def open(cls, settings: Settings, logger: Any) -> "AgentCertificate":
        """The certificate of `[tls]`; agents may be asked for theirs where phones are not."""
        demanded = settings.agent_proto.client_certificates
        tls = settings.tls.model_copy(update={"client_certificates": demanded})
        return cls(open_certificates(tls), logger)

    def show(self, place: proto.Listening) -> None:
        """That place shows the certificate, also when it is another one."""
        self._places.append(place)

    def renew(self) -> None:
        """The files are new."""
        contexts = self.contexts
        if contexts is None:
            return
        try:
            contexts.reload()
        except OSError as error:
            self.logger.error("certificate not renewed for agents", error=str(error))
            return
        task = asyncio.get_running_loop().create_task(self._renew(contexts))
        self._renewing.add(task)
        task.add_done_callback(self._renewing.discard)

    async def _renew(self, contexts: TlsContexts) -> None:
        try:
            for place in self._places:
                await place.renew(contexts.server)
        except OSError as error:
            self.logger.error("certificate not renewed for agents", error=str(error))
        else:
            self.logger.info("certificate renewed for agents")


@asynccontextmanager
async def agent_server(exchange: Exchange, certificate: AgentCertificate) -> AsyncIterator[None]:
    """Agents who are signed in at the end are signed out, so that their log is complete."""
    settings = exchange.settings.agent_proto
    server = proto.AgentServer(
        exchange.desk,
        host=settings.listen.host,
        port=settings.listen.port,
        wall=exchange.clock.wall,
        limits=proto.Limits(heartbeat_s=settings.heartbeat_s, grace_s=settings.grace_s),
    )
    try:
        await server.start()
        await _open_places(server, exchange.settings, certificate)
        yield
    finally:
        exchange.desk.sign_out_all("shutdown")
        await server.stop()
        exchange.desk.passwords.close()


async def _open_places(
    server: proto.AgentServer, settings: Settings, certificate: AgentCertificate
) -> None:
    context = certificate.contexts.server if certificate.contexts is not None else None
    if context is not None:
        where = settings.agent_proto.tls_listen
        certificate.show(await server.listen(proto.Place(where.host, where.port, context)))
    http = settings.http
    if http.listen is not None:
        place = await server.listen(
            proto.Place(
                http.listen.host,
                http.listen.port,
                context if http.tls else None,
                websocket=True,
                origins=http.websocket_origins,
            )
        )
        if http.tls:
            certificate.show(place)
