import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { EnrichError } from '../../../src/enrich/enricher.js';
import { defaultCacheDirectory } from '../../../src/enrich/labels/ranges-cache.js';
import { until } from '../../support/until.js';
import { labels, recordBetween, someWindow } from '../flow-records.js';
import { agents, agentsLabel, createRangesRig, fixture, fixturePath, host, renewed } from './ranges-rig.js';

test('the target decides, then the source, then there is no label; the longest prefix wins', async (context) => {
  const rig = await createRangesRig(context);
  const ranges = await rig.open(fixturePath);
  const expected: Array<[string, string, string, string]> = [
    [host, agents, agentsLabel, 'outgoing'],
    [agents, host, agentsLabel, 'incoming'],
    ['198.51.100.1', agents, agentsLabel, 'outgoing'],
    [agents, '198.51.100.200', 'logs', 'outgoing'],
    [host, '3.233.150.7', 'synthetics', 'outgoing'],
    [host, '3.233.150.8', agentsLabel, 'outgoing'],
    [host, '203.0.113.77', 'synthetics,webhooks', 'outgoing'],
    [host, '203.0.113.127', 'api,remote-configuration', 'outgoing'],
    [host, '203.0.113.128', 'orchestrator', 'outgoing'],
    ['192.0.2.223', host, 'a-service-of-next-year', 'incoming'],
    ['192.0.2.224', host, 'none', 'none'],
    [host, '3.233.160.0', 'none', 'none'],
    ['2001:db8::1', '2600:1f18:63f7:b900::1', 'agents,api', 'outgoing'],
    ['2001:db8:4:8000::1', '2001:db8::1', 'synthetics', 'incoming'],
    ['2001:db8:4:8000::2', '2001:db8::1', 'orchestrator,process', 'incoming'],
    ['2001:db8::1', '2001:db8::2', 'none', 'none'],
  ];
  for (const [source, target, service, flow] of expected) {
    assert.deepEqual(labels(ranges, source, target), [service, flow], `${source} > ${target}`);
  }
  assert.deepEqual(ranges.counts, { refreshes: 1, refreshFailures: 0, prefixes: 14, skipped: 0 });
  assert.deepEqual(rig.lines, []);
});

test('an overflow record has no label', async (context) => {
  const rig = await createRangesRig(context);
  const record = recordBetween(host, agents);
  record.rest = true;
  (await rig.open(fixturePath)).enrich(record, someWindow);
  assert.deepEqual([record.service, record.packetFlow], ['none', 'none']);
});

test('"off" labels nothing', async (context) => {
  const rig = await createRangesRig(context);
  const ranges = await rig.open('off');
  await ranges.settled;
  assert.deepEqual(labels(ranges, host, agents), ['none', 'none']);
});

test('sources that are none are refused with the value and the remedy', async (context) => {
  const rig = await createRangesRig(context);
  await assert.rejects(
    rig.open('ftp://example.com/ranges'),
    new EnrichError(
      '--datadog-ranges ftp://example.com/ranges: not a source of address ranges; write a URL with https:// or http://, a file\'s name, or "off"',
    ),
  );
  await assert.rejects(rig.open('https://['), EnrichError);
  await assert.rejects(
    rig.open(undefined, {}, { site: 'datadoghq.com/../x' }),
    new EnrichError(
      '--datadog-site datadoghq.com/../x: not a Datadog site; write one like datadoghq.com or us3.datadoghq.com',
    ),
  );
  const missing = join(rig.directory, 'missing.json');
  const remedy = 'give a file in the format of https://ip-ranges.datadoghq.com/, or "off"';
  await assert.rejects(rig.open(missing), {
    name: 'EnrichError',
    message: `cannot read address ranges from "${missing}": ENOENT: no such file or directory; ${remedy}`,
  });
  await assert.rejects(rig.open(rig.directory), {
    message: `cannot read address ranges from "${rig.directory}": it is not a regular file; ${remedy}`,
  });
  await assert.rejects(rig.open(fixturePath, { maxBytes: 100 }), {
    message: `cannot read address ranges from "${fixturePath}": it holds more than 100 bytes; ${remedy}`,
  });
  const pipe = join(rig.directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await assert.rejects(rig.open(pipe), {
    message: `cannot read address ranges from "${pipe}": it is not a regular file; ${remedy}`,
  });
});

test('entries that are not prefixes are skipped with a warning', async (context) => {
  const rig = await createRangesRig(context);
  const path = join(rig.directory, 'ranges.json');
  await writeFile(path, JSON.stringify({ a: { prefixes_ipv4: ['3.233.144.0/20', 'oops', '1.2.3.4/40'] } }));
  const ranges = await rig.open(path);
  assert.deepEqual(labels(ranges, host, agents), ['a', 'outgoing']);
  assert.deepEqual(ranges.counts, { refreshes: 1, refreshFailures: 0, prefixes: 1, skipped: 2 });
  assert.deepEqual(rig.lines, [
    `ranges-skipped: 2 of the address ranges from ${path} are not usable and were skipped; the first is "oops"`,
  ]);
});

test('a file is read again when it changes; a bad change is told once, and the good ranges stay', async (context) => {
  const rig = await createRangesRig(context);
  const path = join(rig.directory, 'ranges.json');
  await writeFile(path, fixture);
  const ranges = await rig.open(path, { pollMs: 5 });
  await writeFile(path, renewed);
  await until('the changed file is used', () => labels(ranges, host, agents)[0] === 'renewed');
  await writeFile(path, '{"half":');
  await until('the broken file was looked at', () => rig.lines.some((line) => line.includes('not JSON')));
  assert.deepEqual(labels(ranges, host, agents), ['renewed', 'outgoing']);
  await rm(path);
  await until('the missing file was looked for', () => rig.lines.some((line) => line.includes('ENOENT')));
  assert.deepEqual(labels(ranges, host, agents), ['renewed', 'outgoing']);
  await writeFile(path, fixture);
  await until('the mended file is used', () => labels(ranges, host, agents)[0] === agentsLabel);
});

test('where copies are kept', () => {
  assert.equal(
    defaultCacheDirectory({ XDG_CACHE_HOME: '/x', CACHE_DIRECTORY: '/var/cache/a:/b' }, true),
    '/var/cache/a',
  );
  assert.equal(defaultCacheDirectory({ XDG_CACHE_HOME: '/x' }, true), '/var/cache/pcap-agg');
  assert.equal(defaultCacheDirectory({ XDG_CACHE_HOME: '/x' }, false), '/x/pcap-agg');
  assert.match(String(defaultCacheDirectory({}, false)), /\/\.cache\/pcap-agg$/);
});
