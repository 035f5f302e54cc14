"""A phone stays registered for as long as it is switched on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callcenter.demo.account import Account, RegistrationError
from sip import Address, Credentials, EndpointConfig, Expiry, Registration
from sip.stack import SipStack
from tests.support.sim_network import SimNetwork
from tests.support.sip_bench import Application
from tests.support.virtual_loop import elapsed, virtual_time

_EXCHANGE = "udp:10.0.0.1:5060"


@asynccontextmanager
async def _phone(password: str = "right") -> AsyncIterator[tuple[Application, Account]]:
    network = SimNetwork(delay=0.01)
    exchange = Application(passwords={"8001": "right"})
    config = EndpointConfig(expiry=Expiry(minimum=30, maximum=100))
    stack = SipStack([network.transport(_EXCHANGE)], exchange, config)
    phone = SipStack([network.transport("udp:10.0.0.3:5062")], Application(), EndpointConfig())
    await stack.start()
    await phone.start()
    registration = Registration(
        "sip:8001@10.0.0.1", Address.parse(_EXCHANGE), Credentials("8001", password)
    )
    try:
        yield exchange, Account(phone.endpoint, registration)
    finally:
        await phone.stop()
        await stack.stop()


@virtual_time
async def test_it_registers_again_before_its_time_is_over() -> None:
    async with _phone() as (exchange, account):
        await account.register(within=5)
        assert account.granted == 100
        await asyncio.sleep(350)
        assert [bool(binding) for _, binding in exchange.bindings] == [True]
        await account.unregister(within=5)
        assert exchange.bindings[-1] == ("8001", None)
        assert account.granted == 0


@virtual_time
async def test_a_wrong_password_is_refused() -> None:
    async with _phone("wrong") as (exchange, account):
        with pytest.raises(RegistrationError) as refused:
            await account.register(within=5)
        assert refused.value.code == 403
        assert exchange.bindings == []


@virtual_time
async def test_a_silent_exchange_is_not_waited_for_for_ever() -> None:
    network = SimNetwork()
    phone = SipStack([network.transport("udp:10.0.0.3:5062")], Application(), EndpointConfig())
    await phone.start()
    registration = Registration(
        "sip:8001@10.0.0.1", Address.parse(_EXCHANGE), Credentials("8001", "right")
    )
    account = Account(phone.endpoint, registration)
    with pytest.raises(RegistrationError) as refused:
        await account.register(within=5)
    assert (refused.value.code, elapsed()) == (408, 5)
    await account.unregister(within=5)
    assert elapsed() == 5
    await phone.stop()
