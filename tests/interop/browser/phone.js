// A phone made of SIP.js. The tests call `phone`'s functions from outside, by the browser's debugger.

import * as sip from "./node_modules/sip.js/lib/index.js";
import { Voice } from "./voice.js";

const told = [];
let wake = () => {};

function tell(event) {
  told.push(event);
  wake();
}

const KEEP_ALIVE_S = 1;
const media = {
  constraints: { audio: true, video: false },
};

// Keep-alives never reach SIP.js' users: they are seen where they come in.
class WatchedSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols);
    this.addEventListener("message", ({ data }) => data === "\r\n" && tell("pong"));
  }
}
window.WebSocket = WatchedSocket;

class Phone {
  voice = new Voice();

  // Connects, and registers with digest; the status code.
  async register(server, domain, user, password) {
    this.domain = domain;
    this.agent = new sip.UserAgent({
      uri: this.uri(user),
      authorizationUsername: user,
      authorizationPassword: password,
      transportOptions: { server, keepAliveInterval: KEEP_ALIVE_S, keepAliveDebounce: KEEP_ALIVE_S },
      sessionDescriptionHandlerFactory: sip.Web.defaultSessionDescriptionHandlerFactory(
        async () => this.voice.stream,
      ),
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: 1000,
        peerConnectionConfiguration: { iceServers: [] },
      },
      logLevel: "warn",
      delegate: {
        onInvite: (invitation) => this.rung(invitation),
        onDisconnect: () => tell("disconnected"),
      },
    });
    await this.agent.start();
    this.registerer = new sip.Registerer(this.agent, { expires: 120 });
    return this.asked((requestDelegate) => this.registerer.register({ requestDelegate }));
  }

  // Takes the registration back; the status code.
  unregister() {
    return this.asked((requestDelegate) => this.registerer.unregister({ requestDelegate }));
  }

  // Pings the exchange; the status code.
  options() {
    const core = this.agent.userAgentCore;
    const to = this.uri("ping");
    const from = this.agent.configuration.uri;
    const message = core.makeOutgoingRequestMessage("OPTIONS", to, from, to, {});
    return this.asked((delegate) => core.request(message, delegate));
  }

  // Calls a number with voice as browsers speak it; how that ended.
  async call(number) {
    const inviter = new sip.Inviter(this.agent, this.uri(number), {
      sessionDescriptionHandlerOptions: media,
    });
    this.follow(inviter);
    return new Promise((resolve, reject) => {
      const answered = ({ message }) =>
        resolve({ code: message.statusCode, warning: message.getHeader("warning") ?? "" });
      inviter.invite({ requestDelegate: { onAccept: answered, onReject: answered } }).catch(reject);
    });
  }

  // Sends a text to a number; the status code.
  text(number, words) {
    const messager = new sip.Messager(this.agent, this.uri(number), words);
    return this.asked((requestDelegate) => messager.message({ requestDelegate }));
  }

  // Refuses the call that rings, with that status code.
  refuse(statusCode) {
    return this.ringing.reject({ statusCode });
  }

  // Picks up the call that rings.
  async pickUp() {
    this.follow(this.ringing);
    await this.ringing.accept({ sessionDescriptionHandlerOptions: media });
  }

  // Ends the call that is talked in.
  async hangUp() {
    await this.session.bye();
  }

  // Hears what the session brings, once it is there; tells when it is over.
  follow(session) {
    this.session = session;
    session.stateChange.addListener((state) => {
      if (state === sip.SessionState.Established) {
        this.voice.listen(session.sessionDescriptionHandler.remoteMediaStream);
        tell("talking");
      }
      if (state === sip.SessionState.Terminated) tell("over");
    });
  }

  // Until that was told; it counts once.
  async saw(event) {
    while (!told.includes(event)) await new Promise((resolve) => (wake = resolve));
    told.splice(told.indexOf(event), 1);
  }

  disconnect() {
    return this.agent.transport.disconnect();
  }

  rung(invitation) {
    this.ringing = invitation;
    invitation.delegate = { onCancel: () => tell("cancelled") };
    invitation.progress();
    tell(`call from ${invitation.remoteIdentity.uri.user}`);
  }

  uri(user) {
    return sip.UserAgent.makeURI(`sip:${user}@${this.domain}`);
  }

  asked(send) {
    return new Promise((resolve, reject) => {
      const answered = ({ message }) => resolve(message.statusCode);
      const delegate = { onAccept: answered, onReject: answered };
      Promise.resolve(send(delegate)).catch(reject);
    });
  }
}

window.phone = new Phone();
