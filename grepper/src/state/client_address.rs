//! Whose request it is, for limits by client.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

/// The address of the client, as the header tells it that a proxy sets, else of who connected; of IPv6 the part that a
/// site has, as a machine there has any number of them. `None` is for whoever is not limited: this machine, which is
/// a proxy as a rule, where no header is set.
pub fn client_address(request: &HttpRequest, header: Option<&str>) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let Some(header) = header else {
        return peer.filter(|peer| !peer.is_loopback()).map(of_site);
    };
    // What stands last was added by the proxy, all before it by anybody.
    let last = request.headers().get_all(header).last();
    let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    let told = last.and_then(|text| text.trim().parse().ok());
    told.or(peer).map(of_site)
}

fn of_site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            Ipv6Addr::from_bits(bits & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_client_is_known_by_its_address_or_the_one_that_the_proxy_added() {
        for (peer, header, value, expected) in [
            ("192.0.2.1:9", None, "", Some("192.0.2.1")),
            ("192.0.2.1:9", None, "192.0.2.7", Some("192.0.2.1")),
            ("127.0.0.1:9", None, "192.0.2.7", None),
            (
                "127.0.0.1:9",
                Some("x-real-ip"),
                "192.0.2.7",
                Some("192.0.2.7"),
            ),
            (
                "127.0.0.1:9",
                Some("X-Real-IP"),
                "10.0.0.1, 192.0.2.7",
                Some("192.0.2.7"),
            ),
            (
                "127.0.0.1:9",
                Some("x-real-ip"),
                "somebody",
                Some("127.0.0.1"),
            ),
            ("[2001:db8:1:2:3:4:5:6]:9", None, "", Some("2001:db8:1:2::")),
            ("[::ffff:192.0.2.1]:9", None, "", Some("192.0.2.1")),
        ] {
            let request = TestRequest::default()
                .peer_addr(peer.parse().expect("an address"))
                .insert_header(("x-real-ip", value))
                .to_http_request();
            let expected = expected.map(|text| text.parse().expect("an address"));
            assert_eq!(client_address(&request, header), expected, "{peer} {value}");
        }
    }
}
