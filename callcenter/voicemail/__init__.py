"""Messages that callers leave, and the lamps that tell of them."""
