"""The powers that calls give to IVR flows: playing, digits, queueing, taking messages."""
