import { BlockList, isIP } from "node:net";

/**
 * Why a UDF may not reach an address, in a word or two; undefined for a public unicast address.
 * Ranges: IANA's special-purpose registries (RFC 6890 and its updates).
 */
export function explainPrivateAddress(address: string): string | undefined {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIP(bare) === 4) return ipv4Ranges.find(({ list }) => list.check(bare, "ipv4"))?.what;
  if (isIP(bare) !== 6) return "no address";
  const named = ipv6Ranges.find(({ list }) => list.check(bare, "ipv6"))?.what;
  return named ?? (globalUnicast.check(bare, "ipv6") ? undefined : "not a public address");
}

const ipv4Ranges = [
  range("an unspecified address", "0.0.0.0", 8),
  range("a private address", "10.0.0.0", 8),
  range("a shared (carrier-grade NAT) address", "100.64.0.0", 10),
  range("a loopback address", "127.0.0.0", 8),
  range("a link-local address (cloud metadata lives there)", "169.254.0.0", 16),
  range("a private address", "172.16.0.0", 12),
  range("a reserved address", "192.0.0.0", 24),
  range("a documentation address", "192.0.2.0", 24),
  range("a 6to4 relay address", "192.88.99.0", 24),
  range("a private address", "192.168.0.0", 16),
  range("a benchmarking address", "198.18.0.0", 15),
  range("a documentation address", "198.51.100.0", 24),
  range("a documentation address", "203.0.113.0", 24),
  range("a multicast address", "224.0.0.0", 4),
  range("a reserved address", "240.0.0.0", 4),
];

const globalUnicast = range("", "2000::", 3).list;

const ipv6Ranges = [
  range("an unspecified address", "::", 128),
  range("a loopback address", "::1", 128),
  range("an IPv4 address in IPv6 form", "::ffff:0:0", 96),
  range("an IPv4 address in IPv6 form", "::", 96),
  range("an IPv4 address in NAT64 form", "64:ff9b::", 96),
  range("an IPv4 address in NAT64 form", "64:ff9b:1::", 48),
  range("an address of a tunnel", "2001::", 23),
  range("a documentation address", "2001:db8::", 32),
  range("an IPv4 address in 6to4 form", "2002::", 16),
  range("a documentation address", "3fff::", 20),
  range("a private address", "fc00::", 7),
  range("a link-local address", "fe80::", 10),
  range("a site-local address", "fec0::", 10),
  range("a multicast address", "ff00::", 8),
];

function range(what: string, net: string, prefix: number): { what: string; list: BlockList } {
  const list = new BlockList();
  list.addSubnet(net, prefix, net.includes(":") ? "ipv6" : "ipv4");
  return { what, list };
}

/** Whether what an address leads to is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
