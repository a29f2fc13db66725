//! From where a node can be reached, judged by its addresses alone and said no better than that.

use std::net::IpAddr;

use crate::dto::Reach;

impl Reach {
    /// The widest that the addresses promise.
    pub(crate) fn of(sockets: impl IntoIterator<Item = IpAddr>, relay: Option<&str>) -> Self {
        let relay = relay
            .and_then(relay_host)
            .map(|host| match host.parse::<IpAddr>() {
                Ok(address) => Self::of_address(address),
                Err(_) if host == "localhost" || host.ends_with(".localhost") => Self::Machine,
                Err(_) if !host.contains('.') || host.ends_with(".local") => Self::Network,
                Err(_) => Self::Anywhere,
            });
        sockets
            .into_iter()
            .map(Self::of_address)
            .chain(relay)
            .max()
            .unwrap_or(Self::Machine)
    }

    fn of_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() || address.is_unspecified() => Self::Machine,
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                // Shared address space of carriers (RFC 6598) and of overlay networks.
                let is_shared = a == 100 && (64..128).contains(&b);
                // Benchmarks (RFC 2544), documentation (RFC 5737).
                let is_special =
                    (a == 198 && (b == 18 || b == 19)) || v4.is_documentation() || v4.is_multicast();
                if v4.is_private() || v4.is_link_local() || is_shared || is_special || v4.is_broadcast() {
                    Self::Network
                } else {
                    Self::Anywhere
                }
            }
            IpAddr::V6(v6) => {
                let global = v6
                    .segments()
                    .first()
                    .is_some_and(|first| first & 0xe000 == 0x2000);
                let is_documentation = v6.segments().starts_with(&[0x2001, 0x0db8]);
                if global && !is_documentation {
                    Self::Anywhere
                } else {
                    Self::Network
                }
            }
        }
    }

    /// The sentence for people.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Machine => "It works on this machine only.",
            Self::Network => {
                "It works on this network (the same Wi-Fi or cable). From elsewhere nobody can get in yet."
            }
            Self::Anywhere => {
                "It has a public address, so it works from anywhere, unless a firewall stands in between."
            }
        }
    }
}

/// The host of a relay's URL.
fn relay_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map(|(address, _)| address),
        None => host.split(':').next(),
    }
    .map(|host| host.trim_end_matches('.'))
    .filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(addresses: &[&str], relay: Option<&str>) -> Reach {
        Reach::of(addresses.iter().map(|address| address.parse().unwrap()), relay)
    }

    #[test]
    fn addresses_are_judged_by_what_they_are() {
        assert_eq!(reach(&[], None), Reach::Machine);
        assert_eq!(reach(&["127.0.0.1", "::1", "0.0.0.0"], None), Reach::Machine);
        assert_eq!(reach(&["127.0.0.1", "192.168.1.4"], None), Reach::Network);
        for private in [
            "10.0.0.1",
            "172.16.3.4",
            "169.254.0.1",
            "100.64.0.1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(reach(&[private], None), Reach::Network, "{private}");
        }
        for public in ["1.1.1.1", "2606:4700::1", "::ffff:1.1.1.1"] {
            assert_eq!(reach(&["10.0.0.1", public], None), Reach::Anywhere, "{public}");
        }
        assert_eq!(reach(&["2001:db8::1"], None), Reach::Network);
    }

    #[test]
    fn a_public_relay_makes_a_node_public() {
        assert_eq!(reach(&[], Some("http://127.0.0.1:7481/")), Reach::Machine);
        assert_eq!(reach(&[], Some("http://[::1]:7481")), Reach::Machine);
        assert_eq!(reach(&[], Some("http://192.168.0.2:7481")), Reach::Network);
        assert_eq!(reach(&[], Some("http://nas.local")), Reach::Network);
        assert_eq!(
            reach(&["10.0.0.1"], Some("https://relay.example.org./")),
            Reach::Anywhere
        );
        assert_eq!(reach(&[], Some("nonsense")), Reach::Machine);
    }
}
