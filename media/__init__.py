"""The media plane: Python face of the Rust engine, SDP, prompts, tones, recording."""
