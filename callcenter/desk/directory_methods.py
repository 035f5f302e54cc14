"""Answers `directory.query`: agents look customers up by choice (WZ-3.3.4)."""

import asyncio

import agent_proto as proto
from agent_proto import models as m
from callcenter.desk.described import call_data
from callcenter.switch.services import Services

MAX_FOUND = 20
LIMIT_S = 3.0
"""How long an agent waits for a directory that does not answer."""


class DirectoryMethods(proto.MethodHandler):
    """Part of the `Desk`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @proto.answers("directory.query")
    async def query(
        self, session: proto.Session, params: m.DirectoryQueryParams
    ) -> m.DirectoryQueryResult:
        """`internal_error` where the directory fails or takes too long."""
        try:
            async with asyncio.timeout(LIMIT_S):
                found = await self._services.directory.query(params.condition, MAX_FOUND)
        except Exception as error:
            self._services.logger.error("directory not asked", error=repr(error))
            raise proto.ProtocolError("internal_error", "the directory does not answer") from None
        return m.DirectoryQueryResult(customers=[call_data(each) for each in found[:MAX_FOUND]])
