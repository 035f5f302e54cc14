"""The reference of the protocol, made of its models: `python -m agent_proto.reference`.

It writes the sections on methods and events of `docs/agent-protocol.md` and the OpenRPC document
beside it. What the models cannot say, an example and a remark for each method, is in `examples`.
A test fails when the files are not what would be written now.
"""
