"""What one signed-in agent may ask: the handler behind the agent protocol.

Commands come in through `handler`; what agents are told is a reading of the event stream
(`notices`), so that the desk sees the same story as the records.
"""
