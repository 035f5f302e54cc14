//! The media engine of callcenter: every RTP packet is received, relayed, played and recorded here.
//!
//! # Theory of operation
//!
//! There are three kinds of threads, and no lock between them on the way of a packet:
//!
//! ```text
//!   Python ── engine ──(commands, eventfd)──▶ audio_thread ──(jobs)──▶ writer ──▶ WAV files
//!      ▲                                       │  sockets, timer         │
//!      └──────────────(events, eventfd)────────┴─────────────────────────┘
//! ```
//!
//! * The caller's threads use the `engine` handle. It checks, gives out numbers, binds sockets, and
//!   puts `command`s on a queue. It never waits for the audio, so a busy machine cannot stall
//!   signalling; nor can stalled signalling stall the audio.
//! * An `audio_thread` owns its sockets and all state of their calls. It is one epoll loop: a datagram
//!   is read, judged and sent on before the next is looked at. For an ordinary packet that is one
//!   wake-up, one receive and one send for each listener; it allocates, locks and logs nothing.
//!   One timer on a grid of 10 ms moves all players and mixes; ten times a second it looks after timeouts and
//!   hands recordings on. Where nothing plays, nothing wakes the thread but packets and commands; where
//!   something does, commands wait for the next tick.
//!   Where there are several, all of a talk is on one: `desk` knows what is where and, by its `ties`, what
//!   belongs together, and has ports moved (`switchboard::moving`) before they are to hear each other.
//! * The `writer` thread alone touches the disk. A disk that does not keep up ends a recording with
//!   an error; it never holds up a call.
//!
//! # The way of a packet
//!
//! `switchboard::receive` reads it into a `datagram`; `inbound` judges it: `rtp` (is it one?),
//! `format` (of an agreed payload type?), `latch` (from the peer?), `receive` (in which order?),
//! `dtmf` (a key?). The `recordings` that tap the port take its samples into a `track`, each at its place on the `timeline`; one that is
//! to end with its speaker's words asks `silence`, too. What is listened for in it is heard by `ears`. Then for each listener of the port `datagram` shapes it (A-law to µ-law, payload type) and `outbound`
//! sends it as the next packet of that port's one `stream`, which a `player` or keys sent (`keying`) may
//! feed in its place.
//!
//! What came is told apart by `demux` (RTP, RTCP, STUN, DTLS). Where keys were agreed on, `srtp` opens it
//! before it is judged, and seals what is sent; `suite` makes its keys, `transform` its bytes.
//!
//! # The way of a report
//!
//! RTCP comes with RTP or by a socket of its own; `control` knows which, and from whom it is taken.
//! `rtcp` reads and writes it, `reports` is a port's session: it answers the peer's reports, measures
//! the round trip and, when a report is due, closes the interval's books. What was counted (`receive`,
//! `losses`) becomes a score in `quality`, by the `emodel`.
//!
//! # The way of a mixed sample
//!
//! Who hears one speaker as they are is relayed to; any other listener has a `mix`, and each speaker in
//! one a `voice`: its packets also go into a `jitter` buffer, decoded by the port's `intake` at the `rate` of
//! its codec, 8000 or 16,000 Hz. On each tick the `mixer` takes 10 ms from every voice, once however many hear
//! it, and sends the mixes whose packet is due, each at its listener's rate, through the same `stream`; a
//! voice that is heard at the other rate, too, is brought to it once, by `halfband`. `conceal` fills what is lost, and the seams where a listener goes from relay to
//! mix and back, `noise` the pauses of phones that send nothing in them. Nothing of this allocates but
//! the change of the matrix itself, and a lost packet of a codec whose decoder wants order.
//!
//! # Rules
//!
//! * Time is an argument: nanoseconds of CLOCK_MONOTONIC, read once per wake-up. Randomness too.
//!   Everything but `audio_thread`, `engine`, `wake`, `port_range` and the writer's files can so be
//!   tested without threads, sockets and sleeping.
//! * What arrives on a socket cannot panic: no indexing (denied in `Cargo.toml`), no unchecked arithmetic on
//!   lengths; properties are tested with random bytes here and fuzzed in `fuzz/`. A panic is a bug:
//!   it ends the port that it hit (`fault`), or, if it hit none, is told to Python as the engine's end.
//! * Everything that a stranger can make grow has a bound: datagrams, keys per second, the backlog
//!   of a recording.
//!
//! The Python binding is thin and optional (feature `python`), so `cargo test` needs no Python.

pub mod append;
pub mod audio_thread;
#[cfg(feature = "python")]
mod binding;
pub mod bucket;
pub mod codec;
#[cfg(test)]
mod codecs_test;
pub mod command;
pub mod conceal;
pub mod control;
pub mod datagram;
pub mod demux;
mod desk;
pub mod dtmf;
pub mod ears;
pub mod emodel;
pub mod engine;
mod engine_playing;
mod engine_secrecy;
pub mod event;
pub mod fault;
pub mod format;
pub mod g711;
pub mod halfband;
#[cfg(test)]
mod house;
pub mod ice;
pub mod inbound;
pub mod intake;
pub mod jitter;
pub mod keying;
pub mod latch;
pub mod losses;
pub mod margins;
pub mod mix;
pub mod mixer;
#[cfg(test)]
mod moving_test;
pub mod noise;
pub mod opus;
pub mod outbound;
pub mod player;
pub mod port;
pub mod port_range;
pub mod presence;
pub mod quality;
pub mod rate;
pub mod receive;
pub mod recorder;
pub mod recordings;
pub mod refusal;
pub mod reports;
pub mod ring;
#[cfg(test)]
mod rooms_test;
pub mod rtcp;
pub mod rtp;
pub mod silence;
#[cfg(test)]
mod speech_test;
pub mod srtp;
pub mod statistics;
pub mod stream;
pub mod stun;
pub mod suite;
pub mod switchboard;
#[cfg(test)]
mod testing;
mod threads;
pub mod ties;
pub mod timeline;
pub mod track;
pub mod transform;
pub mod voice;
pub mod wake;
pub mod wav;
#[cfg(test)]
mod wide_test;
pub mod writer;
