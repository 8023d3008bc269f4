"""Who knocks: networks that the council trusts, and the name under which an address is counted."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """ "127.0.0.0/8,::1" as networks. Raises ValueError."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def plain_address(peer: object) -> str:
    """A socket's peer as an address; empty for a UNIX socket. An IPv4 address written as IPv6 is the IPv4 address."""
    return str(_read(str(peer[0]))) if isinstance(peer, tuple) and peer else ""


def stranger(address: str, trusted: tuple[Network, ...]) -> str:
    """The address, where it is none of the council's own servers (else empty). Raises ValueError."""
    return "" if not address or any(_read(address) in network for network in trusted) else address


def counted_as(address: str, trusted: tuple[Network, ...]) -> str:
    """The name under which an address is counted: for IPv6 its network of 64 bits, which one subscriber has.

    Empty where there is nothing to count: one of the council's own servers, or a UNIX socket, which has no address.
    """
    try:
        if not stranger(address, trusted):
            return ""
        whose = _read(address)
    except ValueError:
        return "no address"
    return str(ip_network((whose, 64), strict=False)) if whose.version == 6 else str(whose)


def _read(address: str) -> IPv4Address | IPv6Address:
    whose = ip_address(address.partition("%")[0])
    mapped = whose.ipv4_mapped if isinstance(whose, IPv6Address) else None
    return mapped or whose
