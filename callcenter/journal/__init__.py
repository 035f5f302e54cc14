"""The journal of the queue engine: what it was told, and what it answered.

    Dispatcher ──▶ Journal (loop: one append an input) ──▶ JournalWriter (thread: files)
                                                                │
    callcenter why, replay, simulate ◀── Replay ◀── reader ◀────┘

The engine is deterministic, so its inputs are enough: whoever feeds them to an engine that starts
from the state a file begins with gets every decision again, and can ask it at each of them why
(`acd.Engine.standings`). The answers stand beside the inputs so that a replay can be held to them.

A file is a *segment*: a head with the engine's whole state, then a line for each input. It ends
after `ROLL_INPUTS` inputs, with the process, or where a disk fault lost something: the next one
begins with the state again, so that no replay ever goes past a gap.

What must not happen here: waiting. The loop hands batches over; a disk that is too slow or full
costs inputs of the journal, never a call.
"""
