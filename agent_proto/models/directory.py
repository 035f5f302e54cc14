"""`directory.*`: the customers that the site knows."""

from typing import Annotated

from pydantic import Field

from agent_proto.models.base import CallData, Params, Result


class DirectoryQueryParams(Params):
    """Looks customers up (WZ-3.3.4)."""

    condition: Annotated[str, Field(min_length=2, max_length=64)]
    """Digits of a number, or part of a name or of other data."""


class DirectoryQueryResult(Result):
    """Twenty at most."""

    customers: list[CallData]
