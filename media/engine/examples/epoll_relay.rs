//! The yardstick for the engine's relay: the least that a relay can do, optimised.
//!
//! It relays UDP between pairs of sockets with one epoll loop, one receive and one send a packet,
//! and looks at nothing that it relays. What the engine's audio thread spends beyond this, measured
//! with the same load on the same machine in the same minute, is the price of being a media engine.
//!
//! ```text
//! epoll_relay [--address 127.0.0.1] --listen PORT --peers PORT --pairs N --seconds S
//! ```
//!
//! Binds 2 N sockets on even ports from `--listen`. What arrives at socket 2 j is sent from socket
//! 2 j + 1 to the peer of that one, and the other way round; the peer of socket k is at port
//! `--peers` + 2 k. After S seconds it prints one line of JSON:
//!
//! ```text
//! {"packets": relayed, "cpu_seconds": CPU time of the loop, "cpu_us_per_packet": their quotient}
//! ```

use std::error::Error;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::time::{clock_gettime, ClockId, Timespec};

#[path = "support/flags.rs"]
mod flags;

fn main() -> Result<(), Box<dyn Error>> {
    let flags = flags::parse(std::env::args().skip(1))?;
    let address: IpAddr = flags.get_or("address", "127.0.0.1")?;
    let (listen, peers): (u16, u16) = (flags.get("listen")?, flags.get("peers")?);
    let (pairs, seconds): (u16, u64) = (flags.get("pairs")?, flags.get("seconds")?);

    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut sockets = Vec::new();
    for k in 0..2 * pairs {
        let socket = UdpSocket::bind((address, listen + 2 * k))?;
        socket.set_nonblocking(true)?;
        epoll::add(
            &epoll,
            &socket,
            EventData::new_u64(k.into()),
            EventFlags::IN,
        )?;
        sockets.push((socket, SocketAddr::new(address, peers + 2 * k)));
    }

    let mut buffer = [0; 2048];
    let mut ready = Vec::with_capacity(256);
    let mut packets = 0u64;
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let before = cpu_seconds();
    while Instant::now() < end {
        ready.clear();
        epoll::wait(&epoll, spare_capacity(&mut ready), Some(&wait))?;
        for event in &ready {
            let k = event.data.u64() as usize;
            let Some((from, _)) = sockets.get(k) else {
                continue;
            };
            let Some((out, peer)) = sockets.get(k ^ 1) else {
                continue;
            };
            let Ok((length, _)) = from.recv_from(&mut buffer) else {
                continue;
            };
            let Some(packet) = buffer.get(..length) else {
                continue;
            };
            packets += u64::from(out.send_to(packet, peer).is_ok());
        }
    }
    let cpu = cpu_seconds() - before;
    let each = cpu * 1e6 / packets.max(1) as f64;
    println!(
        r#"{{"packets": {packets}, "cpu_seconds": {cpu:.4}, "cpu_us_per_packet": {each:.3}}}"#
    );
    Ok(())
}

fn cpu_seconds() -> f64 {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}
