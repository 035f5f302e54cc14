"""`callcenter demo`: one real call from menu to CDR, verified by ears of its own.

The daemon runs as a child process; the caller and the agent are processes too, each with a
`Softphone` that shares nothing with package `media`. What they hear is judged by `ears`.
"""
