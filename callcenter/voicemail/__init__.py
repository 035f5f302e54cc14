"""Messages that callers leave."""
