// Answers as `https://api.cloudflare.com` for clients that take no other address: a proxy that they find by HTTPS_PROXY,
// and behind it TLS with a certificate of a made-up authority, in front of the server under test.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const host = 'api.cloudflare.com';

/** Answers `{environment, stop}`: the variables that lead a Node program of 22.21 or newer to the server. */
export async function startCloudflareHost(server) {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-tls-'));
  const file = (name) => path.join(folder, name);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', file('key.pem'), '-out', file('ca.pem')],
  { stdio: 'pipe' });
  const tls = createTlsServer({ key: readFileSync(file('key.pem')), cert: readFileSync(file('ca.pem')) }, (incoming, outgoing) => {
    const forwarded = request(`${server.origin}${incoming.url}`, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
  const proxy = createServer((_, outgoing) => outgoing.writeHead(405).end());
  proxy.on('connect', (incoming, socket) => {
    if (incoming.url !== `${host}:443`) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const inner = connect(tls.address().port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => socket.destroy());
    socket.on('error', () => inner.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    environment: {
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: `http://127.0.0.1:${proxy.address().port}`,
      NODE_EXTRA_CA_CERTS: file('ca.pem'),
    },
    stop() {
      proxy.closeAllConnections();
      proxy.close();
      tls.closeAllConnections();
      tls.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
