"""Call records, recordings, messages and agent log: what is kept when a call is over."""
