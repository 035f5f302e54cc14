"""How much of everything one server allows: sizes, times and counts."""

from dataclasses import dataclass

from agent_proto.framing import MAX_LINE


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults are generous for people and their programs, and small for a machine."""

    heartbeat_s: float = 15.0
    """Silence after which a side pings; after three missed the connection is closed."""
    grace_s: float = 60.0
    """How long a session waits for a lost connection to resume it."""
    login_timeout_s: float = 60.0
    """How long a connection may stay without anybody signed in."""
    request_timeout_s: float = 30.0
    """How long a handler may take for one request."""
    linger_s: float = 1.0
    """How long a closing connection waits for the peer to have read everything."""
    max_line: int = MAX_LINE
    """Bytes of a line."""
    max_write_buffer: int = 1024 * 1024
    """Bytes that may wait for a slow reader before it is cut off (its session can be resumed)."""
    max_connections: int = 1000
    max_anonymous: int = 200
    """Connections without anybody signed in; beyond, the oldest of them makes room."""
    requests_per_s: float = 50.0
    """Of one connection, sustained."""
    request_burst: int = 200
    replay_events: int = 256
    """Events kept for a resume, each session."""
    request_keys: int = 64
    """Requests remembered by their key, each session."""
