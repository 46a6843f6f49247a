import type { Attacked } from './attacked.ts';
import { type CheckOutcome, tally, wordsOf } from './outcome-of.ts';
import { exchange, statusesIn } from './raw-http.ts';

const foreignOrigins = [
  'https://evil.example',
  'http://evil.example',
  'null',
  'file://',
  'http://127.0.0.1:1',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'https://127.0.0.1',
  'http://evil.example#127.0.0.1',
];
const foreignHosts = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example@127.0.0.1',
  '10.0.0.1',
  '0.0.0.0',
  '[::ffff:10.0.0.1]',
  '2130706433',
  '127.0.0.1:80:80',
  '',
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];
const paths = ['/api/workers', '/api/settings', '/api/events', '/api/admin/keys', '/health', '/openapi.json', '/'];
const formBodies: [type: string, body: string][] = [
  ['application/x-www-form-urlencoded', 'path=/&name=x'],
  ['text/plain', '{"path":"/","name":"x"}'],
  ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="path"\r\n\r\n/\r\n--b--\r\n'],
];

/** D5: what a browser sends for a foreign page. Every one is refused, also with the right credential. */
export async function foreignPages(attacked: Attacked): Promise<CheckOutcome> {
  const ours = `127.0.0.1:${attacked.port}`;
  const bearer = `Authorization: Bearer ${attacked.token}`;
  const requests: { what: string; text: string }[] = [];
  const add = (what: string, first: string, headers: string[], body = '') =>
    requests.push({
      what,
      text: `${first} HTTP/1.1\r\n${[...headers, 'Connection: close'].join('\r\n')}\r\n${body ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : ''}\r\n${body}`,
    });
  for (const path of paths)
    for (const method of methods) {
      for (const origin of foreignOrigins)
        add('foreign origin', `${method} ${path}`, [`Host: ${ours}`, `Origin: ${origin}`, bearer]);
      for (const host of foreignHosts)
        add('rebinding host', `${method} ${path}`, [
          `Host: ${host}${host.includes(':80') || !host ? '' : `:${attacked.port}`}`,
          bearer,
        ]);
    }
  for (const path of paths.filter((one) => one.startsWith('/api')))
    for (const method of methods) {
      add('no origin, no credential', `${method} ${path}`, [`Host: ${ours}`]);
      for (const site of ['cross-site', 'same-site'])
        add('another site without origin', `${method} ${path}`, [
          `Host: ${ours}`,
          `Sec-Fetch-Site: ${site}`,
          'Sec-Fetch-Mode: no-cors',
          bearer,
        ]);
      add('preflight', `OPTIONS ${path}`, [
        `Host: ${ours}`,
        'Origin: https://evil.example',
        `Access-Control-Request-Method: ${method}`,
      ]);
    }
  for (const [type, body] of formBodies)
    for (const path of ['/api/projects', '/api/workers', '/api/admin/keys', '/api/devices/claim']) {
      add(
        'form of another page',
        `POST ${path}`,
        [`Host: ${ours}`, 'Origin: https://evil.example', `Content-Type: ${type}`],
        body,
      );
      add('form without origin', `POST ${path}`, [`Host: ${ours}`, `Content-Type: ${type}`], body);
    }
  const upgrade = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  for (const protocol of [`bearer.${attacked.token}`, 'share.guess', ''])
    for (const header of protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : ['X-None: 1']) {
      for (const origin of foreignOrigins)
        add('socket of a foreign page', 'GET /ws', [`Host: ${ours}`, `Origin: ${origin}`, header, ...upgrade]);
      for (const host of foreignHosts)
        add('socket under a foreign name', 'GET /ws', [`Host: ${host}`, header, ...upgrade]);
      if (!protocol) add('socket without credential', 'GET /ws', [`Host: ${ours}`, ...upgrade]);
    }
  const wrong: string[] = [];
  const seen: string[] = [];
  for (const { what, text } of requests) {
    const [status] = statusesIn(await exchange({ port: attacked.port, bytes: Buffer.from(text) }));
    seen.push(`${what}: ${status ?? 'closed'}`);
    if (status === undefined || status < 400 || status >= 500)
      wrong.push(`${what} was answered with ${status}: ${text.slice(0, 120).replaceAll('\r\n', ' | ')}`);
  }
  const own = statusesIn(
    await exchange({
      port: attacked.port,
      bytes: Buffer.from(
        `GET /api/workers HTTP/1.1\r\nHost: ${ours}\r\nOrigin: http://${ours}\r\n${bearer}\r\nConnection: close\r\n\r\n`,
      ),
    }),
  );
  if (own[0] !== 200) wrong.push(`our own page was refused with ${own[0]}`);
  return { made: `${requests.length} requests of foreign pages`, seen: wordsOf(tally(seen)), wrong };
}
