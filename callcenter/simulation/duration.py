"""How long something takes: a distribution with its mean, as a scenario states it."""

from math import exp, log, sqrt
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Duration(BaseModel):
    """`{ mean = 180 }`, `{ mean = 180, kind = "lognormal", sd = 120 }`; seconds.

    exponential: no memory, as queueing theory has it; lognormal: as talks mostly are; fixed: always
    the mean.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
    kind: Literal["exponential", "lognormal", "fixed"] = "exponential"
    sd: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] | None = None
    """Standard deviation; of `lognormal` only."""

    @model_validator(mode="after")
    def _fits(self) -> "Duration":
        if (self.kind == "lognormal") is not (self.sd is not None):
            raise ValueError("sd belongs to lognormal, and lognormal needs it")
        if self.kind == "lognormal" and self.mean == 0:
            raise ValueError("the mean of lognormal must be more than 0")
        return self

    def draw(self, chance: Random) -> float:
        """Seconds."""
        if self.kind == "fixed" or self.mean == 0:
            return self.mean
        if self.kind == "exponential":
            return chance.expovariate(1 / self.mean)
        assert self.sd is not None
        sigma2 = log(1 + (self.sd / self.mean) ** 2)
        return exp(chance.gauss(log(self.mean) - sigma2 / 2, sqrt(sigma2)))
