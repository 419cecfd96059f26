/** What opening an HTTP output finds in its settings, and says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../../src/host/failure.js';
import type { OpenDialect } from '../../../src/sink/http/dialect.js';
import { datadog, datadogSite } from '../../../src/sink/http/dialects/datadog.js';
import { ndjson } from '../../../src/sink/http/dialects/ndjson.js';
import { openHttp } from '../../../src/sink/http/open.js';
import { readerUrl } from '../../../src/sink/http/reader-url.js';
import { factsOf } from './dialects/runs.js';

/** The lines that opening it writes. */
async function linesOf(dialect: OpenDialect, target: string, verifies = true): Promise<string[]> {
  const [scheme = '', address = ''] = target.split('://');
  const lines: string[] = [];
  const tls = { ca: undefined, cert: undefined, key: undefined, servername: undefined, verifies };
  const output = { scheme, address, target, option: '--to', schema: 'legacy', keyFile: undefined, tls };
  const transport = await openHttp(
    dialect,
    { ...output, compress: 'gzip' },
    {
      name: target,
      connects: () => undefined,
      nowMs: () => 0,
      environment: { DD_API_KEY: 'hush' },
      host: 'here',
      version: '1.2.3',
      log: { line: (text) => lines.push(text) },
      checkLater: () => undefined,
    },
  );
  await transport.close(0);
  return lines;
}

describe('opening', () => {
  test('warns of a key in clear text, unless it stays on this host', async () => {
    const warned = await linesOf(datadog, 'datadog+http://proxy.example:8080');
    assert.deepEqual(warned, [
      'datadog+http://proxy.example:8080: WARNING: the key goes out in clear text, and anybody on the way can read it; send by https',
    ]);
    for (const quiet of ['datadog+http://127.0.0.1:1', 'datadog+http://[::1]:1', 'datadog+https://a.example'])
      assert.deepEqual(await linesOf(datadog, quiet), []);
    assert.deepEqual(await linesOf(ndjson, 'http://a.example'), []);
  });

  test('warns of a certificate that nobody looks at', async () => {
    const [line, ...more] = await linesOf(ndjson, 'https://a.example', false);
    assert.match(line!, /^https:\/\/a\.example: WARNING: verify=off: anybody on the way can pass/);
    assert.deepEqual(more, []);
  });
});

describe('a site of Datadog', () => {
  for (const [site, intake] of [
    ['datadoghq.com', 'https://http-intake.logs.datadoghq.com/api/v2/logs'],
    ['us3.datadoghq.com', 'https://http-intake.logs.us3.datadoghq.com/api/v2/logs'],
    ['ddog-gov.com', 'https://http-intake.logs.ddog-gov.com/api/v2/logs'],
  ] as const)
    test(site, () => assert.equal(datadogSite(factsOf(`https://${site}`)).url.href, intake));

  for (const wrong of [
    'app.datadoghq.eu',
    'http-intake.logs.datadoghq.eu',
    'datadoghq.eu/x',
    'datadoghq.eu:8443',
  ])
    test(`${wrong} is none`, () =>
      assert.throws(
        () => datadogSite(factsOf(`https://${wrong}`)),
        (error: Error) =>
          error instanceof UsageError && error.message.includes('write datadog://datadoghq.eu, or'),
      ));

  test('a proxy has a path of its own, if it says so', () => {
    assert.equal(datadog(factsOf('http://p:1')).url.href, 'http://p:1/api/v2/logs');
    assert.equal(datadog(factsOf('http://p:1/dd/logs')).url.href, 'http://p:1/dd/logs');
  });
});

describe("a reader's address", () => {
  for (const [scheme, address, url] of [
    ['http', 'a.example', 'http://a.example/'],
    ['https', '[2001:db8::1]:8443/in', 'https://[2001:db8::1]:8443/in'],
    ['loki+http', 'a.example:3100', 'http://a.example:3100/'],
    ['otlp+https', 'a.example', 'https://a.example/'],
    ['datadog', 'datadoghq.eu', 'https://datadoghq.eu/'],
  ] as const)
    test(`${scheme}://${address}`, () => assert.equal(readerUrl(scheme, address, '--to x').href, url));

  for (const [address, said] of [
    ['', /there is no host/],
    ['/path', /there is no host/],
    [':80', /there is no host/],
    ['a.example:0', /the port '0' is none/],
    ['a.example:65536', /the port '65536' is none/],
    ['a.example:http', /the port 'http' is none/],
    ['[::1]:', /the port '' is none/],
    ['a.example\u001b[2J', /a control character/],
    ['a.example\\x', /a backslash/],
    ['me:secret@a.example', /a user in it: name the key by key-file=/],
    ['a.example/#top', /there is a '#'/],
    ['[::1', /'\[::1' is no host/],
    ['a..%', /is no host/],
  ] as const)
    test(`${JSON.stringify(address)} is none`, () =>
      assert.throws(
        () => readerUrl('https', address, '--to x'),
        (error: Error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, said);
          assert.match(error.message, /^--to x: [\x20-\x7e]+; write https:\/\/HOST, /);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      ));
});
