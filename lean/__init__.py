"""Frozen dataclasses that are cheap to make.

The standard library's frozen classes set each field through `object.__setattr__`, for their own
assignment raises; that costs several times an assignment, and a call makes a hundred of them with
five hundred fields. Here `frozen=True` is held by mypy, which checks all of this program, and gives
equality and a hash as before; only the interpreter no longer looks (ADR 14).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """`dataclasses.dataclass`, but for what the interpreter does about `frozen`."""
        if options.pop("frozen", False) and options.get("eq", True):
            options["unsafe_hash"] = True
        return dataclasses.dataclass(cls, **options)
