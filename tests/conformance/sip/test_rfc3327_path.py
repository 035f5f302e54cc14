"""RFC 3327: a proxy in front of the phone puts itself on the way by Path."""

from sip import Address, OutgoingInvite
from tests.support.sip_bench import PBX, PHONE, Bench, Recorder
from tests.support.sip_messages import parsed_request

PATH = "<sip:10.0.0.3:5062;lr;ob>"


def test_requests_to_the_phone_follow_the_path() -> None:
    """§5.3, §5.4: the Path is repeated in the 200 and becomes the Route of what goes there."""
    bench = Bench()
    edge, pbx = bench.add(PHONE), bench.add(PBX)
    registrar = pbx.endpoint.registrar
    register = parsed_request("REGISTER", headers=f"Path: {PATH}\r\nSupported: path\r\n")
    outcome = registrar.register("8001", register, PHONE, PBX, bench.now)
    assert ("Path", PATH) in outcome.headers

    (binding,) = registrar.bindings("8001", bench.now)
    invite = OutgoingInvite(
        request_uri=binding.contact_uri,
        destination=binding.source,
        from_uri="sip:100@10.0.0.1",
        to_uri="sip:8001@10.0.0.1",
        body=b"offer",
        routes=binding.path,
    )
    pbx.endpoint.invite(invite, Recorder(), bench.now)
    bench.run()
    sent = bench.sent[0]
    assert sent.destination == Address("udp", "10.0.0.3", 5062)
    head = sent.data.decode().split("\r\n")
    assert head[0] == "INVITE sip:100@10.0.0.2:5060 SIP/2.0"
    assert f"Route: {PATH}" in head
    assert len(edge.app.calls) == 1
