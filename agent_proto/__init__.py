"""The agent protocol: JSON-RPC 2.0, one JSON text a line, between the daemon and agents' programs.

Theory of operation
-------------------

`models` and `methods` are the protocol: every message is a pydantic model, every request has an
entry in `METHODS`; the models are the one source of the reference. `errors` is the catalogue of
refusals.

On its way in a byte passes four small machines that do no I/O and take the time as an argument:

    bytes → wire                 lines of at most 64 KiB, or WebSocket messages
          → envelope             request, answer to a ping, or what is wrong with the line
          → connection           hello first, three strikes, rate, heartbeat, checked params
          → dispatch             `session.*` here, all else to the `Handler`, once per `request_key`

On its way out an event is numbered and kept by its `session` and leaves through the connection's
`outbox`, which puts the answer to a request before the events that the request caused. A `Session`
outlives its connection: events go on being kept, and `session.resume` sends again what was missed.

`server`, its `listening` places (TCP, TLS, WebSocket) and `link` are the asyncio shell around that.
What agents and calls are is the handler's business; this package never knows. `client.AgentClient`
is the other end, for programs and tests.

What is never here: call or queue logic, passwords, and anything that blocks.
"""

from agent_proto.client import AgentClient
from agent_proto.errors import CODES, ProtocolError
from agent_proto.handler import Answer, Handler, MethodHandler, answers
from agent_proto.inbox import ReceivedEvent
from agent_proto.limits import Limits
from agent_proto.listening import Listening, Place
from agent_proto.methods import CAPABILITIES, METHODS, Method
from agent_proto.server import AgentServer
from agent_proto.session import Session

__all__ = [
    "CAPABILITIES",
    "CODES",
    "METHODS",
    "AgentClient",
    "AgentServer",
    "Answer",
    "Handler",
    "Limits",
    "Listening",
    "Method",
    "MethodHandler",
    "Place",
    "ProtocolError",
    "ReceivedEvent",
    "Session",
    "answers",
]
