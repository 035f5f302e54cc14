//! Which UDP ports are handed out: even ones, each again only after all others had their turn, and
//! never so soon after its end that late packets could reach the next call.
//!
//! A peer that has not noticed the end of its call goes on sending to the old port for a while.
//! Walking round the whole range keeps such packets out of new calls while there are few; while there
//! are many, a port rests for a guard time, and rather no call is taken than one that hears another.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{self, sockopt, AddressFamily, SocketFlags, SocketType};

/// The kernel doubles it and counts about 768 bytes a small packet: some three seconds of audio.
const RECEIVE_BUFFER: usize = 64 * 1024;

/// For so long a closed port is not handed out again.
pub const GUARD: Duration = Duration::from_secs(3);

/// The range and where in it the next search starts.
#[derive(Debug)]
pub struct PortRange {
    address: IpAddr,
    first: u16,
    count: u16,
    next: u16,
    /// Open, or at rest.
    in_use: HashSet<u16>,
    /// Closed ones and when their guard time ends, in that order.
    resting: VecDeque<(Instant, u16)>,
    guard: Duration,
    /// The class of service (DSCP) in the upper six bits, as IP carries it.
    traffic_class: u8,
}

impl PortRange {
    /// The even ports from `min` to `max`, whose packets ask for the class `dscp` (RFC 2474);
    /// `None` if there are none.
    pub fn new(
        address: IpAddr,
        (min, max): (u16, u16),
        guard: Duration,
        dscp: u8,
    ) -> Option<PortRange> {
        let first = min.checked_add(min % 2).filter(|&first| first > 0)?;
        let span = max.checked_sub(first)?;
        Some(PortRange {
            address,
            first,
            count: span / 2 + 1,
            next: 0,
            in_use: HashSet::new(),
            resting: VecDeque::new(),
            guard,
            traffic_class: dscp << 2,
        })
    }

    /// Binds the next free port; one that another program holds is stepped over.
    pub fn bind(&mut self, now: Instant) -> io::Result<(UdpSocket, u16)> {
        self.wake(now);
        let socket = self.socket()?;
        for _ in 0..self.count {
            let port = self.first + 2 * self.next;
            self.next = (self.next + 1) % self.count;
            if self.in_use.contains(&port) {
                continue;
            }
            match net::bind(&socket, &SocketAddr::new(self.address, port)) {
                Ok(()) => {
                    self.in_use.insert(port);
                    return Ok((socket, port));
                }
                Err(Errno::ADDRINUSE) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let last = self.first + 2 * (self.count - 1);
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            format!(
                "no free RTP port between {} and {last} on {} ({} are in use or rest)",
                self.first,
                self.address,
                self.in_use.len()
            ),
        ))
    }

    /// Binds the odd port above an RTP port; `None` if another program holds it.
    pub fn bind_control(&self, rtp_port: u16) -> Option<UdpSocket> {
        let socket = self.socket().ok()?;
        net::bind(&socket, &SocketAddr::new(self.address, rtp_port + 1)).ok()?;
        Some(socket)
    }

    /// One that is bound to nothing yet.
    fn socket(&self) -> io::Result<UdpSocket> {
        let family = match self.address {
            IpAddr::V4(_) => AddressFamily::INET,
            IpAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = net::socket_with(family, SocketType::DGRAM, flags, None)?;
        sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER)?;
        // Marking is a wish to the network; a host that forbids it still carries calls.
        let _ = match self.address {
            IpAddr::V4(_) => sockopt::set_ip_tos(&socket, self.traffic_class),
            IpAddr::V6(_) => sockopt::set_ipv6_tclass(&socket, self.traffic_class.into()),
        };
        Ok(socket.into())
    }

    /// The port's turn is over; it comes again after its rest, when the others had theirs.
    pub fn release(&mut self, port: u16, now: Instant) {
        self.resting.push_back((now + self.guard, port));
    }

    /// Ports that there are, and those at rest.
    pub fn holdings(&mut self, now: Instant) -> (usize, usize) {
        self.wake(now);
        (usize::from(self.count), self.resting.len())
    }

    fn wake(&mut self, now: Instant) {
        while let Some(&(_, port)) = self.resting.front().filter(|(until, _)| *until <= now) {
            self.resting.pop_front();
            self.in_use.remove(&port);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    /// A range on a loopback address of this process's own, where nobody else holds a port.
    fn range(min: u16, max: u16) -> Option<PortRange> {
        let [.., high, low] = std::process::id().to_be_bytes();
        PortRange::new(
            Ipv4Addr::new(127, 78, high, low).into(),
            (min, max),
            GUARD,
            46,
        )
    }

    #[test]
    fn ports_are_even_and_go_round_the_range() {
        let mut range = range(30_001, 30_008).unwrap();
        let (mut ports, mut now) = (Vec::new(), Instant::now());
        for _ in 0..5 {
            let (socket, port) = range.bind(now).unwrap();
            assert_eq!(socket.local_addr().unwrap().port(), port);
            range.release(port, now);
            now += GUARD / 4;
            ports.push(port);
        }
        assert_eq!(ports, [30_002, 30_004, 30_006, 30_008, 30_002]);
    }

    #[test]
    fn a_closed_port_rests_for_the_guard_time() {
        let mut range = range(34_000, 34_003).unwrap();
        let start = Instant::now();
        let held: Vec<_> = (0..2).map(|_| range.bind(start).unwrap()).collect();
        drop(held);
        range.release(34_002, start);
        range.release(34_000, start + GUARD / 2);
        assert!(range.bind(start + GUARD / 2).is_err());
        assert_eq!(range.holdings(start + GUARD / 2), (2, 2));
        assert_eq!(range.bind(start + GUARD).unwrap().1, 34_002);
        assert_eq!(range.holdings(start + GUARD), (2, 1));
        assert!(range.bind(start + GUARD).is_err());
        assert_eq!(range.bind(start + GUARD * 2).unwrap().1, 34_000);
    }

    #[test]
    fn packets_ask_for_the_class_they_are_told() {
        let mut range = range(33_000, 33_001).unwrap();
        let (socket, _) = range.bind(Instant::now()).unwrap();
        assert_eq!(sockopt::ip_tos(&socket).unwrap(), 46 << 2);
    }

    #[test]
    fn what_is_held_is_stepped_over() {
        let mut range = range(31_000, 31_005).unwrap();
        let other_program = UdpSocket::bind((range.address, 31_002)).unwrap();
        let held: Vec<_> = (0..2)
            .map(|_| range.bind(Instant::now()).unwrap())
            .collect();
        assert_eq!([held[0].1, held[1].1], [31_000, 31_004]);
        drop(other_program);
        assert_eq!(range.bind(Instant::now()).unwrap().1, 31_002);
    }

    #[test]
    fn a_used_up_range_is_an_error_that_names_it() {
        let mut range = range(32_000, 32_001).unwrap();
        let _held = range.bind(Instant::now()).unwrap();
        let error = range.bind(Instant::now()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(
            error.to_string().contains("between 32000 and 32000"),
            "{error}"
        );
    }

    #[test]
    fn a_range_without_an_even_port_is_none() {
        for (min, max) in [(30_001, 30_001), (30_010, 30_008), (65_535, 65_535), (0, 0)] {
            assert!(range(min, max).is_none(), "{min} to {max}");
        }
    }
}
