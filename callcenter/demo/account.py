"""A phone's registration, kept alive."""

import asyncio

import sip
from callcenter.demo.pulse import Pulse

_SILENT = 408


class RegistrationError(Exception):
    """The exchange does not take the phone. `code` is SIP's; 408 when it is silent."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the registration was answered with {code}")
        self.code = code


class Account:
    """Registers, and again at half of what was granted."""

    def __init__(self, endpoint: sip.Endpoint, registration: sip.Registration) -> None:
        self.granted = 0
        """Seconds; 0 while not registered."""
        self._endpoint = endpoint
        self._registration = registration
        self._client: sip.RegistrationClient | None = None
        self._code: int | None = None
        self._pulse = Pulse()
        self._refresh: asyncio.TimerHandle | None = None

    async def register(self, within: float) -> None:
        """Registers; raises RegistrationError when that is refused or not answered."""
        self._code = None
        if self._client is None:
            self._client = self._endpoint.register(self._registration, self._on_result)
        else:
            self._client.refresh()
        code = await self._result(within)
        if code >= 300:
            raise RegistrationError(code)

    async def unregister(self, within: float) -> None:
        """Takes the registration back; harmless when there is none or nobody answers."""
        if self._client is not None and self.granted:
            self._code = None
            self._client.unregister()
            await self._result(within)
        self._cancel()

    async def _result(self, within: float) -> int:
        await self._pulse.until(lambda: self._code is not None, within)
        return _SILENT if self._code is None else self._code

    def _on_result(self, code: int, granted: int) -> None:
        self._code, self.granted = code, granted
        self._cancel()
        if granted and self._client is not None:
            loop = asyncio.get_running_loop()
            self._refresh = loop.call_later(granted / 2, self._client.refresh)
        self._pulse.fire()

    def _cancel(self) -> None:
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
