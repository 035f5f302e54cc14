"""Our own addresses: which of them a new request leaves from, and how each is told to others."""

from sip.address import Address


class OwnAddresses:
    """What is bound, in the order of binding.

    `lines` are the header lines that follow our Contact in messages that open or change a session.
    """

    def __init__(self, lines: str = "") -> None:
        self._lines = lines
        self._session_lines: dict[Address, str] = {}
        self._by_kind: dict[tuple[str, bool], list[Address]] = {}

    def bind(self, local: Address, *, ipv6: bool | None = None) -> None:
        """Make one known. `ipv6` is told where it is advertised by a name."""
        kind = (local.transport, ":" in local.host if ipv6 is None else ipv6)
        self._by_kind.setdefault(kind, []).append(local)

    def __contains__(self, local: Address) -> bool:
        return any(local in found for found in self._by_kind.values())

    def speaks(self, transport: str, ipv6: bool) -> bool:
        """Whether one of that transport and IP version is bound."""
        return (transport, ipv6) in self._by_kind

    def for_(self, destination: Address, preferred: Address | None = None) -> Address:
        """The one that new requests to there leave from.

        The preferred one if it is still ours, else the first of the same transport and IP version;
        one that only this machine reaches is for this machine. ValueError when there is none.
        """
        found = self._by_kind.get((destination.transport, ":" in destination.host))
        if found is None:
            version = "IPv6" if ":" in destination.host else "IPv4"
            raise ValueError(f"no {destination.transport} address of {version} is bound")
        if preferred is not None and preferred in found:
            return preferred
        if len(found) > 1:
            near = destination.loopback
            return next((local for local in found if local.loopback is near), found[0])
        return found[0]

    def session_lines(self, local: Address, secure: bool = False) -> str:
        """The Contact of that address, and what follows it.

        In a `secure` dialog, one of SIPS URIs, the Contact is one as well (RFC 3261 §12.1.1).
        """
        if secure and local.secure:
            parameter = ";transport=ws" if local.websocket else ""
            return f"Contact: <sips:{local.host_port}{parameter}>\r\n{self._lines}"
        lines = self._session_lines.get(local)
        if lines is None:
            lines = f"Contact: <sip:{local.host_port}{local.uri_parameter}>\r\n{self._lines}"
            self._session_lines[local] = lines
        return lines
