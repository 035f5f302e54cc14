//! The engine's handle: what may be asked about the secrecy of a port.

use crate::command::Command;
use crate::engine::Engine;
use crate::ice::Credentials;
use crate::refusal::Refusal;
use crate::suite::MasterKey;

impl Engine {
    /// Has a port's packets secret from now on; keys that stay are gone on with.
    pub fn protect_port(
        &self,
        port: u64,
        ours: MasterKey,
        theirs: MasterKey,
    ) -> Result<(), Refusal> {
        self.tell_port(port, Command::Protect { port, ours, theirs })
    }

    /// Has a port hand up a handshake's datagrams, and neither take nor send others until
    /// `protect_port`.
    pub fn await_keys(&self, port: u64) -> Result<(), Refusal> {
        self.tell_port(port, Command::AwaitKeys { port })
    }

    /// Has a port's packets plain again.
    pub fn unprotect_port(&self, port: u64) -> Result<(), Refusal> {
        self.tell_port(port, Command::Unprotect { port })
    }

    /// Has a port answer ICE's checks, and go by them.
    pub fn answer_checks(&self, port: u64, credentials: Credentials) -> Result<(), Refusal> {
        self.tell_port(port, Command::AnswerChecks { port, credentials })
    }

    /// Sends a datagram of a handshake.
    pub fn send_record(&self, port: u64, record: Vec<u8>) -> Result<(), Refusal> {
        self.tell_port(port, Command::SendRecord { port, record })
    }
}
