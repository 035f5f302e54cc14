"""Numbers as one trunk wants to see them, and as it shows them."""

from callcenter.routing.numbering import Numbering
from callcenter.routing.rewriting import PrefixTable
from callcenter.settings import TrunkSettings


class TrunkNumbers:
    """The rewriting of one trunk, ready for use."""

    def __init__(self, trunk: TrunkSettings, numbering: Numbering) -> None:
        self._trunk = trunk
        self._numbering = numbering
        self._called_out = PrefixTable(trunk.called_out)
        self._caller_out = PrefixTable(trunk.caller_out)
        self._called_in = PrefixTable(trunk.called_in)
        self._caller_in = PrefixTable(trunk.caller_in)

    def called_out(self, number: str, *, emergency: bool = False) -> str:
        """The number to be dialled; an emergency number changes only by a rule of its own."""
        if emergency:
            return self._called_out.rewrite_whole(number)
        formatted = self._numbering.format(number, self._trunk.called_format)
        return self._called_out.rewrite(formatted)

    def caller_out(self, number: str) -> str:
        """The calling number to be shown."""
        formatted = self._numbering.format(number, self._trunk.caller_format)
        return self._caller_out.rewrite(formatted)

    def called_in(self, number: str) -> str:
        """The called number as `[[number]]` has it."""
        return self._called_in.rewrite(number)

    def caller_in(self, number: str) -> str:
        """The ANI."""
        return self._numbering.format(self._caller_in.rewrite(number), self._trunk.ani_format)
