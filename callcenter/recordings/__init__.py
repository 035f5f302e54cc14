"""Recordings of conversations: where their files lie and what is told of them."""
