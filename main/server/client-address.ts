import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Networks given as text, an address alone being a network of one. */
export function parseNetworks(texts: readonly string[]): Network[] {
  return texts.map((text) =>
    text.includes('/')
      ? ipaddr.parseCIDR(text)
      : [ipaddr.process(text), ipaddr.process(text).kind() === 'ipv4' ? 32 : 128],
  );
}

/** Whether an address is in one of the networks; an IPv4 address within IPv6 counts as what it is. */
export function isWithin(address: string, networks: readonly Network[]): boolean {
  const parsed = parse(address);
  return (
    parsed !== undefined && networks.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits))
  );
}

/** Whether a request was made on this machine, be it to one of the addresses that others use. */
export function isThisMachine({ address, localAddress }: Origin): boolean {
  return parse(address)?.range() === 'loopback' || (address === localAddress && parse(address) !== undefined);
}

/** What limits count: one IPv4 address, or the /64 of an IPv6 one, which is what one subscriber is given. */
export function countedAs(address: string): string {
  const parsed = parse(address);
  if (parsed === undefined || parsed.kind() === 'ipv4') return address;
  return parsed.toByteArray().slice(0, 8).join('.');
}

/** An address as it is shown and compared: without zone, IPv4 within IPv6 as IPv4. */
function plain(address: string | undefined): string {
  return (address === undefined ? undefined : parse(address)?.toString()) ?? 'unknown address';
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = address.replace(/%.*$/, '');
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

/** Where a request comes from and how it was made, as seen by whom the client spoke to. */
export interface Origin {
  address: string;
  host: string | undefined;
  scheme: 'http' | 'https';
  /** The address of ours that the connection came to. */
  localAddress: string;
}

/**
 * Believes `X-Forwarded-For`, `-Proto` and `-Host` of trusted proxies alone: the client is the last address in the chain
 * that is not one of them.
 */
export function originOf(request: IncomingMessage, trusted: readonly Network[]): Origin {
  const { headers, socket } = request;
  const direct: Origin = {
    address: plain(socket.remoteAddress),
    host: headers.host,
    scheme: 'encrypted' in socket && socket.encrypted ? 'https' : 'http',
    localAddress: plain(socket.localAddress),
  };
  if (trusted.length === 0 || !isWithin(direct.address, trusted)) return direct;
  const chain = listOf(headers['x-forwarded-for']);
  const [proto] = listOf(headers['x-forwarded-proto']);
  const [host] = listOf(headers['x-forwarded-host']);
  let address = direct.address;
  for (const hop of chain.reverse()) {
    address = plain(hop.replace(/^\[?([^\]]*?)\]?(:\d+)?$/, (whole, inner: string) => (parse(whole) ? whole : inner)));
    if (!isWithin(address, trusted)) break;
  }
  return {
    ...direct,
    address,
    host: host ?? direct.host,
    scheme: proto === 'https' || proto === 'http' ? proto : direct.scheme,
  };
}

function listOf(header: string | string[] | undefined): string[] {
  return (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
