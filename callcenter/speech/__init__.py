"""What callers are told: texts, recorded files and tones become audio that the media plane plays.

Rendering happens in a process of its own (`callcenter.speech.worker`); this process only ever holds
finished audio and imports none of the libraries that make it.
"""
