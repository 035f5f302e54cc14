"""Where calls go: numbers, trunk capacity, and the dispatcher that applies ACD commands."""
