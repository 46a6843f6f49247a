import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { countedAs, isThisMachine, isWithin, originOf, parseNetworks } from './client-address.ts';

function request(remoteAddress: string, headers: Record<string, string> = {}, localAddress = '192.168.1.2') {
  return {
    headers: { host: 'here:1', ...headers },
    socket: { remoteAddress, localAddress },
  } as unknown as IncomingMessage;
}

const proxies = parseNetworks(['10.0.0.1', 'fd00::/8']);
const address = (...given: Parameters<typeof request>) => originOf(request(...given), proxies).address;

test('the client is the last hop that is no trusted proxy', () => {
  expect(address('192.168.1.9', { 'x-forwarded-for': '127.0.0.1' })).toBe('192.168.1.9');
  expect(address('10.0.0.1', { 'x-forwarded-for': '127.0.0.1, 192.168.1.9' })).toBe('192.168.1.9');
  expect(address('10.0.0.1', { 'x-forwarded-for': '1.2.3.4, fd00::5' })).toBe('1.2.3.4');
  expect(address('::ffff:10.0.0.1', { 'x-forwarded-for': '[2001:db8::1]:4711' })).toBe('2001:db8::1');
  expect(address('10.0.0.1', { 'x-forwarded-for': '1.2.3.4:80' })).toBe('1.2.3.4');
  expect(address('10.0.0.1', { 'x-forwarded-for': 'nonsense' })).toBe('unknown address');
  expect(address('10.0.0.1')).toBe('10.0.0.1');
});

test('scheme and host are those that the client used, as a trusted proxy says', () => {
  const headers = {
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'rooms.example.org',
  };
  expect(originOf(request('10.0.0.1', headers), proxies)).toMatchObject({ scheme: 'https', host: 'rooms.example.org' });
  expect(originOf(request('10.0.0.2', headers), proxies)).toMatchObject({ scheme: 'http', host: 'here:1' });
});

test('what is this machine, a network, and one client to count', () => {
  const here = (...given: Parameters<typeof request>) => isThisMachine(originOf(request(...given), []));
  expect(here('127.8.9.1')).toBe(true);
  expect(here('::1')).toBe(true);
  expect(here('::ffff:127.0.0.1')).toBe(true);
  expect(here('192.168.1.2')).toBe(true);
  expect(here('192.168.1.3')).toBe(false);
  expect(here('', {}, '')).toBe(false);
  const networks = parseNetworks(['192.168.4.0/24', '2001:db8::/32', '10.0.0.7']);
  for (const one of ['192.168.4.9', '::ffff:192.168.4.9', '2001:db8:1::1', '10.0.0.7'])
    expect(isWithin(one, networks)).toBe(true);
  for (const one of ['192.168.5.9', '10.0.0.8', '2001:db9::1', 'unknown address', ''])
    expect(isWithin(one, networks)).toBe(false);
  expect(countedAs('2001:db8:1:2::1')).toBe(countedAs('2001:db8:1:2:ffff::9'));
  expect(countedAs('2001:db8:1:2::1')).not.toBe(countedAs('2001:db8:1:3::1'));
  expect(countedAs('10.0.0.7')).not.toBe(countedAs('10.0.0.8'));
});
