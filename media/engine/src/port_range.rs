//! Which UDP ports are handed out: even ones, each again only after all others had their turn.
//!
//! A peer that has not noticed the end of its call goes on sending to the old port for a while.
//! Walking round the whole range before a port is used again keeps such packets out of new calls.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use rustix::net::sockopt;

/// The kernel doubles it and counts about 768 bytes a small packet: some three seconds of audio.
const RECEIVE_BUFFER: usize = 64 * 1024;

/// The range and where in it the next search starts.
#[derive(Debug)]
pub struct PortRange {
    address: IpAddr,
    first: u16,
    count: u16,
    next: u16,
    in_use: HashSet<u16>,
    /// The class of service (DSCP) in the upper six bits, as IP carries it.
    traffic_class: u8,
}

impl PortRange {
    /// The even ports from `min` to `max`, whose packets ask for the class `dscp` (RFC 2474);
    /// `None` if there are none.
    pub fn new(address: IpAddr, min: u16, max: u16, dscp: u8) -> Option<PortRange> {
        let first = min.checked_add(min % 2).filter(|&first| first > 0)?;
        let span = max.checked_sub(first)?;
        Some(PortRange {
            address,
            first,
            count: span / 2 + 1,
            next: 0,
            in_use: HashSet::new(),
            traffic_class: dscp << 2,
        })
    }

    /// Binds the next free port; one that another program holds is stepped over.
    pub fn bind(&mut self) -> io::Result<(UdpSocket, u16)> {
        for _ in 0..self.count {
            let port = self.first + 2 * self.next;
            self.next = (self.next + 1) % self.count;
            if self.in_use.contains(&port) {
                continue;
            }
            match UdpSocket::bind(SocketAddr::new(self.address, port)) {
                Ok(socket) => {
                    prepare(&socket, self.traffic_class)?;
                    self.in_use.insert(port);
                    return Ok((socket, port));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        let last = self.first + 2 * (self.count - 1);
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            format!(
                "no free RTP port between {} and {last} on {}",
                self.first, self.address
            ),
        ))
    }

    /// Binds the odd port above an RTP port; `None` if another program holds it.
    pub fn bind_control(&self, rtp_port: u16) -> Option<UdpSocket> {
        let socket = UdpSocket::bind(SocketAddr::new(self.address, rtp_port + 1)).ok()?;
        prepare(&socket, self.traffic_class).ok()?;
        Some(socket)
    }

    /// The port's turn is over; it comes again when the others had theirs.
    pub fn release(&mut self, port: u16) {
        self.in_use.remove(&port);
    }
}

fn prepare(socket: &UdpSocket, traffic_class: u8) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    sockopt::set_socket_recv_buffer_size(socket, RECEIVE_BUFFER)?;
    // Marking is a wish to the network; a host that forbids it still carries calls.
    let _ = if socket.local_addr()?.is_ipv4() {
        sockopt::set_ip_tos(socket, traffic_class)
    } else {
        sockopt::set_ipv6_tclass(socket, u32::from(traffic_class))
    };
    Ok(())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    /// A range on a loopback address of this process's own, where nobody else holds a port.
    fn range(min: u16, max: u16) -> Option<PortRange> {
        let [.., high, low] = std::process::id().to_be_bytes();
        PortRange::new(Ipv4Addr::new(127, 78, high, low).into(), min, max, 46)
    }

    #[test]
    fn ports_are_even_and_go_round_the_range() {
        let mut range = range(30_001, 30_008).unwrap();
        let mut ports = Vec::new();
        for _ in 0..5 {
            let (socket, port) = range.bind().unwrap();
            assert_eq!(socket.local_addr().unwrap().port(), port);
            range.release(port);
            ports.push(port);
        }
        assert_eq!(ports, [30_002, 30_004, 30_006, 30_008, 30_002]);
    }

    #[test]
    fn packets_ask_for_the_class_they_are_told() {
        let mut range = range(33_000, 33_001).unwrap();
        let (socket, _) = range.bind().unwrap();
        assert_eq!(sockopt::ip_tos(&socket).unwrap(), 46 << 2);
    }

    #[test]
    fn what_is_held_is_stepped_over() {
        let mut range = range(31_000, 31_005).unwrap();
        let other_program = UdpSocket::bind((range.address, 31_002)).unwrap();
        let held: Vec<_> = (0..2).map(|_| range.bind().unwrap()).collect();
        assert_eq!([held[0].1, held[1].1], [31_000, 31_004]);
        drop(other_program);
        assert_eq!(range.bind().unwrap().1, 31_002);
    }

    #[test]
    fn a_used_up_range_is_an_error_that_names_it() {
        let mut range = range(32_000, 32_001).unwrap();
        let _held = range.bind().unwrap();
        let error = range.bind().unwrap_err();
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
