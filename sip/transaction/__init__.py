"""Transactions (RFC 3261 §17, RFC 6026): one machine a file, `layer` matches messages to them."""

from sip.transaction.layer import TransactionLayer, TransactionUser
from sip.transaction.machine import (
    ClientMachine,
    ClientUser,
    Failure,
    ServerMachine,
    ServerUser,
    State,
)
from sip.transaction.timers import TimerConfig

__all__ = [
    "ClientMachine",
    "ClientUser",
    "Failure",
    "ServerMachine",
    "ServerUser",
    "State",
    "TimerConfig",
    "TransactionLayer",
    "TransactionUser",
]
