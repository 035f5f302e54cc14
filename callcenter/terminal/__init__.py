"""`callcenter desk`: an agent's or supervisor's desk in a terminal.

    AgentClient ─events─▶ DeskModel ─▶ DeskApp (Textual) ─keys─▶ actions ─params─▶ AgentClient

`model` is what the desk knows, told by answers and events alone; `actions` is the table of what
keys do; `app` draws and asks. It is a client like any other: all it can do goes over the agent
protocol, so it also shows how a program of one's own would do it.
"""
