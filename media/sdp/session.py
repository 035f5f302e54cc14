"""One leg's side of its offers and answers: keeps the session id and counts the versions."""

from collections.abc import Iterable

from media.sdp.description import Codec, Direction, Stream
from media.sdp.errors import SdpError
from media.sdp.negotiate import accept_own, answer, offer, origin
from media.sdp.security import PLAIN, Policy, Security
from media.sdp.select import CODECS, DEFAULT_PACKET_MS, OPAQUE, offerable


class SdpSession:
    """What one call leg says about its audio, from the first offer to the last re-offer.

    RFC 3264 §8: the session id stays, and the version of `o=` grows by one when, and only when,
    what we say has changed. A body that says the same is the same bytes.
    """

    __slots__ = (
        "_address",
        "_codecs",
        "_comfort_noise",
        "_offered",
        "_packet_ms",
        "_port",
        "_said",
        "_security",
        "_session_id",
        "_version",
        "stream",
    )

    def __init__(
        self,
        address: str,
        port: int,
        session_id: int,
        *,
        codecs: Iterable[Codec] = CODECS,
        packet_ms: int = DEFAULT_PACKET_MS,
        policy: Policy = PLAIN,
        comfort_noise: bool = False,
    ) -> None:
        """`comfort_noise`: whether the first offer names it; later ones do if the peer takes it."""
        self._address = address
        self._port = port
        self._session_id = session_id
        self._codecs = tuple(codecs)
        self._packet_ms = packet_ms
        self._security = Security(policy)
        self._comfort_noise = comfort_noise
        self._version = 0
        self._said = b""
        self._offered: tuple[tuple[Codec, ...], Direction] | None = None
        """Codecs and direction of the last offer."""
        self.stream: Stream | None = None
        """What was agreed last."""

    @property
    def opaque(self) -> bool:
        """Whether nothing but what can only be passed on is spoken here."""
        return self._codecs == (OPAQUE,)

    def offer(
        self, *, direction: Direction = "sendrecv", restrict_to: Codec | None = None
    ) -> bytes:
        """An offer or re-offer; `accept` takes its answer."""
        before = self.stream
        codecs = offerable(self._codecs) if restrict_to is None else (restrict_to,)
        body = offer(
            self._address,
            self._port,
            codecs=self._codecs,
            session_id=self._session_id,
            version=self._version,
            packet_ms=self._packet_ms,
            direction=direction,
            restrict_to=restrict_to,
            security=self._security,
            comfort_noise=self._comfort_noise if before is None else before.comfort_noise,
        )
        self._offered = codecs, direction
        return self._say(body)

    def answer(
        self,
        offered: bytes,
        *,
        direction: Direction = "sendrecv",
        restrict_to: Codec | None = None,
    ) -> bytes:
        """The answer to the peer's offer; `stream` is what it agrees to. Raises `SdpError`."""
        agreed = answer(
            offered,
            self._address,
            self._port,
            codecs=self._codecs,
            session_id=self._session_id,
            version=self._version,
            direction=direction,
            restrict_to=restrict_to,
            before=self.stream,
            security=self._security,
        )
        self._agree(agreed.stream)
        return self._say(agreed.body)

    def accept(self, answered: bytes) -> Stream:
        """Takes the peer's answer to the last `offer`. Raises `SdpError`."""
        if self._offered is None:
            raise SdpError("an answer to no offer")
        codecs, direction = self._offered
        stream = accept_own(
            answered,
            self._address,
            codecs=codecs,
            direction=direction,
            security=self._security,
        )
        self._agree(stream)
        return stream

    def _agree(self, stream: Stream) -> None:
        """What can only be passed on stays so, and nothing else becomes so: the leg at the other
        end could not follow."""
        self.stream = stream
        self._codecs = (OPAQUE,) if stream.codec == OPAQUE else offerable(self._codecs)

    def _say(self, body: bytes) -> bytes:
        if self._said and body != self._said:
            before = origin(self._session_id, self._version)
            self._version += 1
            body = body.replace(before, origin(self._session_id, self._version), 1)
        self._said = body
        return body
