/** nginx as an HTTPS reader that keeps the bodies of requests: compressed, and no longer than it takes them. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startFeed } from '../../proof/feed.js';
import { openGround } from '../../proof/ground.js';
import { received } from '../../proof/received.js';
import { judge } from '../../proof/verdict.js';
import type { Certificate } from '../../support/readers/certificates.js';
import { isListening, readerProcess } from '../../support/readers/process.js';

const ground = openGround();
after(() => ground.close());

/** Where Debian keeps the authorities that the system trusts. */
const systemBundle = '/etc/ssl/certs/ca-certificates.crt';

/** It takes bodies of so many bytes: a hundred records and some more. */
const mostBytes = 2_000;

function settings(folder: string, port: number, { cert, key }: Certificate): string {
  const other = ['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; worker_processes 1; ${user} pid ${folder}/pid;
events {}
http {
  access_log off; ${other.join(' ')}
  client_body_temp_path ${folder}/bodies; client_body_in_file_only on; client_max_body_size ${mostBytes};
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
    location / { proxy_pass http://unix:${folder}/taken.sock; proxy_set_body off; }
  }
  server { listen unix:${folder}/taken.sock; location / { return 204; } }
}
`;
}

test('nginx has all records, each once and in order, in bodies that it takes', async () => {
  const folder = join(ground.folder, 'nginx');
  mkdirSync(folder);
  const port = await ground.port();
  const { ca, good } = ground.certificates();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, settings(folder, port, good));
  const reader = readerProcess(ground, {
    words: ['nginx', '-c', file, '-e', join(folder, 'error.log')],
    isReady: () => isListening(port),
  });
  await reader.start();
  // As root the authority is made one of the system's, for this program alone.
  const isRoot = process.getuid?.() === 0;
  const trusting = ['unshare', '--mount', 'sh', '-c', `mount --bind "$0" ${systemBundle} && exec "$@"`, ca];
  const feed = startFeed(ground, ['--to', `https://127.0.0.1:${port}/flows${isRoot ? '' : `?ca=${ca}`}`], {
    flows: 500,
    ...(isRoot ? { prefix: trusting } : {}),
  });
  await feed.windows(6);
  const end = await feed.end();
  await reader.stop();
  const bodies = readdirSync(join(folder, 'bodies'))
    .sort()
    .map((name) => readFileSync(join(folder, 'bodies', name)));
  const got = received(bodies.flatMap((body) => gunzipSync(body).toString().split('\n')));
  const { wrong, ledger } = judge({ end, got });
  assert.deepEqual(wrong, [], `${ledger}\n${end.stderr}`);
  assert.equal(got.unique, end.records);
  assert.equal(got.duplicates, 0);
  assert.ok(end.ledger!.sinks[0]!.recordsRetried > 0, 'nothing was too long for it');
  assert.ok(bodies.every(({ length }) => length <= mostBytes));
});
