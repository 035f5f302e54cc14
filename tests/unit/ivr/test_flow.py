from ivr.flow import Flow, target_node
from ivr.prompts import TextPrompt, say
from ivr.schema import BusyNode, FlowNode, HangUpNode, PlayNode, QueueNode, VoicemailNode
from ivr.targets import ToBusy, ToFlow, ToHangUp, ToQueue, ToVoicemail


def test_every_target_has_a_node_that_does_it() -> None:
    assert target_node(ToHangUp()) == HangUpNode()
    assert target_node(ToBusy()) == BusyNode()
    assert target_node(ToVoicemail("night")) == VoicemailNode(box="night")
    assert target_node(ToQueue("sales")) == QueueNode(queue="sales")
    assert target_node(ToFlow("other")) == FlowNode(flow="other")


def test_a_node_named_like_a_target_takes_its_place() -> None:
    own = VoicemailNode(box="own")
    flow = Flow("test", "voicemail", {"voicemail": own})
    assert flow.node("voicemail") is own
    assert flow.node("voicemail:other") == VoicemailNode(box="other")


def test_what_can_be_rendered_ahead_is_told_in_the_language_asked_for() -> None:
    node = PlayNode(prompt=say(en="Hello", zh="您好") + say(en="You are ${ani}."), next="hangup")
    said = list(Flow("test", "a", {"a": node}).prompts("zh"))
    assert said[0] == TextPrompt("您好", "zh")
    assert not any(isinstance(prompt, TextPrompt) and "${" in prompt.text for prompt in said)
    assert TextPrompt("坐席全忙，请您稍后再拨。再见。", "zh") in said
