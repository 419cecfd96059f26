/** `npm run proof:outputs -- [WORD…]`, `proof:names`, `proof:owners` and `proof:health`: installs what the proof takes, and runs it. */
import { spawnSync } from 'node:child_process';
import { project } from './run.mjs';
import { setUp } from './set-up.mjs';
import { provide } from './system-packages.mjs';

/** Programs that are the other side, by suite. */
const tools = {
  outputs: ['ip', 'openssl', 'rsyslogd', 'nginx', 'nfcapd', 'nfacctd', 'nft', 'logrotate', 'pkill'],
  names: [
    ...['ip', 'ethtool', 'python3', 'tcpdump', 'tshark', 'dnsmasq', 'dig', 'curl', 'openssl', 'nginx'],
    ...['chromium', 'gtlsserver', 'gtlsclient'],
  ],
  owners: [
    ...['ip', 'nft', 'python3', 'dnsmasq', 'dig', 'curl', 'openssl', 'nginx', 'socat', 'cc'],
    // Docker is taken where it is: its package starts a service.
    ...['busybox', 'crun', 'podman'],
  ],
  health: ['ip', 'ethtool', 'nft', 'python3', 'tcpdump', 'tshark', 'ping', 'dig', 'curl', 'socat', 'cc'],
};

export function proof([suite, ...words]) {
  setUp();
  // Each by itself, so that one that cannot be had keeps none of the others away: cases without theirs are skipped.
  for (const tool of tools[suite]) provide([tool], `the proof of ${suite}`);
  const { status } = spawnSync(process.execPath, ['dist/test/proof/main.js', suite, ...words], {
    cwd: project,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
