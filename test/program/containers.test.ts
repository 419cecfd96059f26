/** Names in a container, where the only resolver is Docker's own at 127.0.0.11. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dockerReleases, dockerResolver } from '../enrich/names/docker-resolver.js';
import { startDnsServer } from '../enrich/names/scripted-dns-server.js';
import { fixturesFolder } from '../support/fixtures.js';
import { runProgram } from '../support/program.js';

const skip = process.platform !== 'linux' && 'only Linux has all of 127.0.0.0/8';

describe('in a container', { skip, concurrency: true }, () => {
  for (const release of dockerReleases) {
    test(`${release} gives the names of containers, and the ledger says how many`, async (context) => {
      const containers = { '172.17.0.1': 'client.shop', '172.17.0.3': 'web.shop' };
      const server = await startDnsServer({ ...dockerResolver(release, containers), host: '127.0.0.11' });
      context.after(() => server.close());
      const { exitCode, stdout, stderr } = await runProgram([
        ...['-r', `${fixturesFolder}tcp-session.pcap`, '--interval', '0'],
        ...['--datadog-ranges', 'off', '--dns', server.address],
      ]);
      assert.equal(exitCode, 0, stderr);
      const records = stdout
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text));
      assert.deepEqual(
        records.map(({ source_HOST, target_HOST }) => [source_HOST, target_HOST]),
        [
          ['client.shop', 'web.shop'],
          ['web.shop', 'client.shop'],
        ],
      );
      assert.match(stderr, /^pcap-agg: names: 2 asked, 2 answered, 0 without a name, 0 no answer$/m);
    });
  }
});
