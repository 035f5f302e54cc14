//! Phones for measuring a relay: N paced G.711 streams out, whatever comes back counted.
//!
//! ```text
//! rtp_load [--address 127.0.0.1] --local PORT --streams N --seconds S
//!          (--target PORT | --targets PORT,PORT,…) [--payload-type 8]
//!          [--suite NAME --seals HEX --opens HEX]
//! ```
//!
//! Binds N sockets on even ports from `--local`. Stream k sends a packet of 20 ms each 20 ms, the
//! streams spread evenly over that time, to port `--target` + 2 k or to the k-th of `--targets`.
//! A relay that joins streams 2 j and 2 j + 1 returns to socket k what stream k ^ 1 sent; each
//! packet says which stream it is of and when it left, so it must be relayed bit for bit. With a
//! suite of SRTP all streams seal what they send with the one key, and open with the other.
//! Half a second after the last packet it prints one line of JSON:
//!
//! ```text
//! {"sent": packets sent, "received": packets that came back to the right socket,
//!  "lost": sent - received, "misdelivered": packets at a wrong socket or not of ours,
//!  "late_ms": the latest send against the schedule (a busy machine; the pace is not to be trusted),
//!  "delay_ms": {"median": …, "p99": …, "max": …}, "cpu_seconds": of this program}
//! ```

use std::error::Error;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::time::{clock_gettime, ClockId, Timespec};

use _engine::srtp::{Opener, Sealer, MAX_ADDED};
use _engine::suite::{MasterKey, Suite};

#[path = "support/flags.rs"]
mod flags;

const PACKET: Duration = Duration::from_millis(20);
const HEADER_LEN: usize = 12;
const PACKET_LEN: usize = HEADER_LEN + 160;
/// The payload begins with this, the stream's number and the time of sending.
const MAGIC: [u8; 4] = *b"load";
const LINGER: Duration = Duration::from_millis(500);

struct Stream {
    socket: UdpSocket,
    target: SocketAddr,
    packet: [u8; PACKET_LEN],
    number: u32,
    secrets: Option<(Sealer, Opener)>,
}

/// Counts what comes back.
#[derive(Default)]
struct Tally {
    received: u64,
    misdelivered: u64,
    delays_us: Vec<u32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let flags = flags::parse(std::env::args().skip(1))?;
    let address: IpAddr = flags.get_or("address", "127.0.0.1")?;
    let (local, count): (u16, u16) = (flags.get("local")?, flags.get("streams")?);
    let seconds: u64 = flags.get("seconds")?;
    let payload_type: u8 = flags.get_or("payload-type", "8")?;
    let targets = targets(&flags, count)?;

    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut streams = Vec::new();
    for (k, &target) in targets.iter().enumerate() {
        let socket = UdpSocket::bind((address, local + 2 * k as u16))?;
        socket.set_nonblocking(true)?;
        epoll::add(
            &epoll,
            &socket,
            EventData::new_u64(k as u64),
            EventFlags::IN,
        )?;
        let target = SocketAddr::new(address, target);
        let packet = first_packet(k as u32, payload_type);
        streams.push(Stream {
            socket,
            target,
            packet,
            number: 0,
            secrets: secrets(&flags)?,
        });
    }

    let mut tally = Tally::default();
    let mut late = Duration::ZERO;
    let mut ready = Vec::with_capacity(256);
    let mut sent = 0u64;
    let start = Instant::now();
    // Packet n is of stream n mod N and due n / N packet times after the start.
    let total = seconds * 50 * u64::from(count);
    let due = |n: u64| PACKET.mul_f64(n as f64 / f64::from(count));
    while sent < total || start.elapsed() < due(total) + LINGER {
        let elapsed = start.elapsed();
        while sent < total && due(sent) <= elapsed {
            late = late.max(elapsed - due(sent));
            if let Some(stream) = streams.get_mut((sent % u64::from(count)) as usize) {
                stream.send(start.elapsed())?;
            }
            sent += 1;
        }
        let next = if sent < total {
            due(sent)
        } else {
            elapsed + LINGER
        };
        let wait = next.saturating_sub(start.elapsed()).as_nanos() as i64;
        let wait = Timespec {
            tv_sec: wait / 1_000_000_000,
            tv_nsec: wait % 1_000_000_000,
        };
        ready.clear();
        epoll::wait(&epoll, spare_capacity(&mut ready), Some(&wait))?;
        for event in &ready {
            let k = event.data.u64() as usize;
            if let Some(stream) = streams.get_mut(k) {
                tally.receive(stream, k as u32 ^ 1, start);
            }
        }
    }
    tally.print(sent, late);
    Ok(())
}

fn targets(flags: &flags::Flags, count: u16) -> Result<Vec<u16>, String> {
    if let Ok(first) = flags.get::<u16>("target") {
        return Ok((0..count).map(|k| first + 2 * k).collect());
    }
    let list: String = flags.get("targets")?;
    let ports: Result<Vec<u16>, _> = list.split(',').map(str::parse).collect();
    match ports {
        Ok(ports) if ports.len() == usize::from(count) => Ok(ports),
        _ => Err(format!("--targets needs {count} ports")),
    }
}

/// One stream's, if they are secret.
fn secrets(flags: &flags::Flags) -> Result<Option<(Sealer, Opener)>, String> {
    let Ok(name) = flags.get::<String>("suite") else {
        return Ok(None);
    };
    let suite = Suite::named(&name).ok_or("no such suite")?;
    let key = |flag| {
        let hex: String = flags.get(flag)?;
        let bytes: Option<Vec<u8>> = (0..hex.len() / 2)
            .map(|n| u8::from_str_radix(hex.get(2 * n..2 * n + 2)?, 16).ok())
            .collect();
        let key = bytes.and_then(|bytes| MasterKey::new(suite, bytes));
        key.ok_or_else(|| format!("--{flag} is no key"))
    };
    let sealer = Sealer::new(key("seals")?);
    Ok(sealer.zip(Opener::new(key("opens")?)))
}

fn first_packet(stream: u32, payload_type: u8) -> [u8; PACKET_LEN] {
    let mut packet = [0xd5; PACKET_LEN];
    let head = [
        &[0x80, payload_type, 0, 0, 0, 0, 0, 0][..],
        &stream.to_be_bytes(),
    ]
    .concat();
    let mark = [&MAGIC[..], &stream.to_be_bytes()].concat();
    for (byte, value) in packet.iter_mut().zip(head.into_iter().chain(mark)) {
        *byte = value;
    }
    packet
}

impl Stream {
    fn send(&mut self, now: Duration) -> std::io::Result<()> {
        let sequence = (self.number as u16).to_be_bytes();
        let timestamp = self.number.wrapping_mul(160).to_be_bytes();
        let time = (now.as_micros() as u64).to_be_bytes();
        let fields = [(2, &sequence[..]), (4, &timestamp), (HEADER_LEN + 8, &time)];
        for (at, bytes) in fields {
            if let Some(place) = self.packet.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
        self.number = self.number.wrapping_add(1);
        let Some((sealer, _)) = &mut self.secrets else {
            self.socket.send_to(&self.packet, self.target)?;
            return Ok(());
        };
        let mut room = [0; PACKET_LEN + MAX_ADDED];
        if let Some(copy) = room.get_mut(..PACKET_LEN) {
            copy.copy_from_slice(&self.packet);
        }
        let end = sealer.seal_rtp(&mut room, PACKET_LEN).unwrap_or(0);
        let sealed = room.get(..end).unwrap_or_default();
        self.socket.send_to(sealed, self.target)?;
        Ok(())
    }
}

impl Tally {
    fn receive(&mut self, stream: &mut Stream, expected: u32, start: Instant) {
        let mut packet = [0; 2048];
        let Ok(mut length) = stream.socket.recv(&mut packet) else {
            return;
        };
        if let (Some((_, opener)), Some(sealed)) = (&mut stream.secrets, packet.get_mut(..length)) {
            length = opener.open_rtp(sealed).unwrap_or(0);
        }
        let expected = [&MAGIC[..], &expected.to_be_bytes()].concat();
        let mark = packet.get(HEADER_LEN..HEADER_LEN + 8);
        let time = packet.get(HEADER_LEN + 8..HEADER_LEN + 16);
        let time = time.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
        match time {
            Some(time) if length == PACKET_LEN && mark == Some(&expected) => {
                let delay = start.elapsed().as_micros() as u64 - u64::from_be_bytes(time);
                self.received += 1;
                self.delays_us.push(delay as u32);
            }
            _ => self.misdelivered += 1,
        }
    }

    fn print(mut self, sent: u64, late: Duration) {
        self.delays_us.sort_unstable();
        let delay = |share: f64| {
            let last = self.delays_us.len().saturating_sub(1);
            let us = self.delays_us.get((last as f64 * share) as usize);
            f64::from(us.copied().unwrap_or(0)) / 1000.0
        };
        let used = clock_gettime(ClockId::ProcessCPUTime);
        println!(
            concat!(
                r#"{{"sent": {}, "received": {}, "lost": {}, "misdelivered": {}, "late_ms": {:.1}, "#,
                r#""delay_ms": {{"median": {:.3}, "p99": {:.3}, "max": {:.3}}}, "#,
                r#""cpu_seconds": {}.{:03}}}"#
            ),
            sent,
            self.received,
            sent - self.received,
            self.misdelivered,
            late.as_secs_f64() * 1000.0,
            delay(0.5),
            delay(0.99),
            delay(1.0),
            used.tv_sec,
            used.tv_nsec / 1_000_000,
        );
    }
}
