"""The methods of version 1: what each takes and answers, and who may call it.

The page knows more methods; one that is not here is unknown (−32601), and `capabilities` tells a
client so before it asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from agent_proto import models as m

Stage: TypeAlias = Literal["connected", "greeted", "anonymous", "signed_in"]
"""The stage a method needs: any, after hello, after hello but not signed in, signed in."""


@dataclass(frozen=True, slots=True)
class Method:
    """One request that clients may make."""

    name: str
    params: type[m.Params]
    result: type[m.Result]
    stage: Stage = "signed_in"

    @property
    def for_supervisors(self) -> bool:
        """Whether it takes the class `supervisor`."""
        return self.name.startswith("supervisor.")


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("session.hello", m.HelloParams, m.HelloResult, "connected"),
            Method("session.ping", m.PingParams, m.PingResult, "greeted"),
            Method("session.resume", m.ResumeParams, m.ResumeResult, "anonymous"),
            Method("agent.login", m.LoginParams, m.LoginResult, "anonymous"),
            Method("agent.logout", m.LogoutParams, m.Confirmed),
            Method("agent.set_busy", m.SetBusyParams, m.StateResult),
            Method("agent.set_idle", m.SetIdleParams, m.StateResult),
            Method("agent.request_break", m.RequestBreakParams, m.StateResult),
            Method("agent.end_break", m.EndBreakParams, m.StateResult),
            Method("agent.change_password", m.ChangePasswordParams, m.Confirmed),
            Method("agent.finish_acw", m.FinishAcwParams, m.StateResult),
            Method("agent.extend_acw", m.ExtendAcwParams, m.StateResult),
            Method("agent.get", m.GetParams, m.GetResult),
            Method("agent.statistics", m.StatisticsParams, m.StatisticsResult),
            Method("call.answer", m.AnswerParams, m.Confirmed),
            Method("call.reject", m.RejectParams, m.Confirmed),
            Method("call.hangup", m.HangupParams, m.Confirmed),
            Method("call.dial", m.DialParams, m.DialResult),
            Method("call.hold", m.HoldParams, m.Confirmed),
            Method("call.retrieve", m.RetrieveParams, m.Confirmed),
            Method("call.mute", m.MuteParams, m.Confirmed),
            Method("call.unmute", m.UnmuteParams, m.Confirmed),
            Method("call.consult", m.ConsultParams, m.Confirmed),
            Method("call.complete_transfer", m.CompleteTransferParams, m.Confirmed),
            Method("call.keep", m.KeepParams, m.Confirmed),
            Method("call.toggle", m.ToggleParams, m.Confirmed),
            Method("call.conference", m.ConferenceParams, m.Confirmed),
            Method("call.transfer", m.TransferParams, m.Confirmed),
            Method("call.play", m.PlayParams, m.Confirmed),
            Method("call.start_recording", m.StartRecordingParams, m.Confirmed),
            Method("call.stop_recording", m.StopRecordingParams, m.Confirmed),
            Method("call.pause_recording", m.PauseRecordingParams, m.Confirmed),
            Method("call.resume_recording", m.ResumeRecordingParams, m.Confirmed),
            Method("call.send_digits", m.SendDigitsParams, m.Confirmed),
            Method("call.set_disposition", m.SetDispositionParams, m.Confirmed),
            Method("call.set_data", m.SetDataParams, m.Confirmed),
            Method("call.receive_fax", m.ReceiveFaxParams, m.Confirmed),
            Method("call.send_fax", m.SendFaxParams, m.Confirmed),
            Method("directory.query", m.DirectoryQueryParams, m.DirectoryQueryResult),
            Method("seat.get", m.SeatGetParams, m.SeatGetResult),
            Method("seat.offer", m.SeatOfferParams, m.SeatOfferResult),
            Method("voicemail.list", m.VoicemailListParams, m.VoicemailListResult),
            Method("voicemail.play", m.VoicemailPlayParams, m.VoicemailPlayResult),
            Method("voicemail.mark", m.VoicemailMarkParams, m.Confirmed),
            Method("voicemail.delete", m.VoicemailDeleteParams, m.Confirmed),
            Method("voicemail.call_back", m.VoicemailCallBackParams, m.DialResult),
            Method("supervisor.monitor", m.MonitorParams, m.SupervisedResult),
            Method("supervisor.whisper", m.WhisperParams, m.SupervisedResult),
            Method("supervisor.barge", m.BargeParams, m.SupervisedResult),
            Method("supervisor.intercept", m.InterceptParams, m.SupervisedResult),
            Method("supervisor.leave", m.LeaveParams, m.Confirmed),
            Method("supervisor.record", m.RecordParams, m.SupervisedResult),
            Method("supervisor.call", m.SuperviseCallParams, m.SupervisedResult),
            Method("supervisor.force_logout", m.ForceLogoutParams, m.Confirmed),
            Method("supervisor.force_busy", m.ForceBusyParams, m.TargetResult),
            Method("supervisor.force_idle", m.ForceIdleParams, m.TargetResult),
            Method("supervisor.list_breaks", m.ListBreaksParams, m.ListBreaksResult),
            Method("supervisor.grant_break", m.GrantBreakParams, m.TargetResult),
            Method("supervisor.end_break", m.EndBreakOfParams, m.TargetResult),
            Method("supervisor.send_message", m.SendMessageParams, m.SendMessageResult),
            Method("supervisor.subscribe", m.SubscribeParams, m.SubscribeResult),
            Method("supervisor.unsubscribe", m.UnsubscribeParams, m.SubscribeResult),
        )
    }
)
"""Name → method."""

CAPABILITIES: tuple[str, ...] = tuple(METHODS)
"""What `session.hello` answers."""
