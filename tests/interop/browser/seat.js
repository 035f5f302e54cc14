// An agent's program in a page of its own: the agent protocol on a WebSocket, and WebRTC as the phone.

import { Voice } from "./voice.js";

class Seat {
  voice = new Voice();
  asked = new Map();
  told = [];
  wake = () => {};

  // Connects and signs in.
  async signIn(server, agentId, password, seatNo) {
    this.socket = new WebSocket(server);
    await new Promise((resolve, reject) => {
      this.socket.addEventListener("open", resolve);
      this.socket.addEventListener("error", reject);
    });
    this.socket.addEventListener("message", ({ data }) => this.heard(JSON.parse(data)));
    await this.ask("session.hello", { protocol: 1 });
    return this.ask("agent.login", { agent_id: agentId, password, seat_no: seatNo });
  }

  // What the method gives; an error's name is thrown.
  ask(method, params = {}) {
    const id = this.asked.size + 1;
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return new Promise((resolve, reject) => this.asked.set(id, { resolve, reject }));
  }

  heard({ id, result, error, method, params }) {
    if (method !== undefined) {
      if (method === "session.ping") this.reply(id);
      this.told.push({ method, params });
      this.wake();
    } else if (error) this.asked.get(id).reject(new Error(error.data.name));
    else this.asked.get(id).resolve(result);
  }

  reply(id) {
    if (id !== undefined) this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
  }

  // The first event of that name that nobody waited for yet.
  async event(method) {
    for (;;) {
      const nth = this.told.findIndex((each) => each.method === method);
      if (nth >= 0) return this.told.splice(nth, 1)[0].params;
      await new Promise((resolve) => (this.wake = resolve));
    }
  }

  // Brings the voice, with a connection of its own or over a new way for the present one.
  async offer({ restart = false } = {}) {
    if (restart) {
      this.connection.restartIce();
    } else {
      this.connection?.close();
      this.connection = new RTCPeerConnection();
      this.connection.addEventListener("track", ({ track }) =>
        this.voice.listen(new MediaStream([track])),
      );
      for (const track of this.voice.stream.getTracks()) this.connection.addTrack(track);
    }
    const { connection } = this;
    await connection.setLocalDescription();
    const { sdp } = await this.ask("seat.offer", { sdp: connection.localDescription.sdp });
    await connection.setRemoteDescription({ type: "answer", sdp });
    while (connection.connectionState !== "connected") {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

window.seat = new Seat();
