"""Live calls: legs, calls, offers to agents and conversations.

A call has parties (`Leg`: one SIP session and one media port) and at any moment one controller: a
flow run, a queue visit, for calls that no queue takes a search (`Reach`), and the talk of two
parties (`Bridge`), whatever brought them together (`Occasion`), each a coroutine in the call's one
task, each handing over to the next. When the caller, or who has taken the caller's place by a
transfer, leaves, that task is
cancelled and every controller undoes, in its `finally`, what it did: there is no other way out of a
call, so nothing can stick.

What a party does to a talk comes by keys (`Flash`, REFER, hold) or by an agent's command
(`TalkPart`) and ends in the same deeds: the bridge's `Floor` and its `Consultation`, a step of the
call's task.
"""
