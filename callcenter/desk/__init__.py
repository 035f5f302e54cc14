"""What people who are signed in may ask: the handler behind the agent protocol.

Commands come in through `handler` (signing in, readiness), `call_methods` and `supervision`; what
agents are told is a reading of the event stream (`notices`), so that the desk sees the same story
as the records. `login_guard` and `passwords` decide who signs in, `breaks` who may rest, `targets`
whom a supervisor may touch, `audit` writes down what they did, `topics` shows them their teams.
"""
