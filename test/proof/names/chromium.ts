/** Debian's Chromium without a window: one page whose pictures are each on a host of its own, so that it makes a connection for each. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runThere } from '../../support/names/clients.js';
import type { NamesNetwork } from '../../support/names/network.js';
import type { Certificate } from '../../support/readers/certificates.js';

/** Why a case is skipped, or false. */
export const noChromium: string | false =
  spawnSync('chromium', ['--version'], { stdio: 'ignore' }).status === 0
    ? false
    : 'chromium is not installed (Debian: apt-get install chromium)';

export interface Browsing {
  readonly network: NamesNetwork;
  /** Made, and removed when the page is there. */
  readonly folder: string;
  /** The servers'. It is for nobody's name, so that no connection serves two. */
  readonly certificate: Certificate;
  readonly hosts: readonly string[];
  readonly by: 'tls' | 'quic';
}

/** Resolves when it has looked at all of them. */
export async function browse({ network, folder, certificate, hosts, by }: Browsing): Promise<void> {
  mkdirSync(folder);
  const page = join(folder, 'page.html');
  writeFileSync(page, hosts.map((host) => `<img src="https://${host}/">`).join('\n'));
  await runThere(
    network.onClients,
    ...['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    ...['--no-first-run', '--disable-background-networking', '--disable-component-update'],
    ...[`--user-data-dir=${folder}`, `--ignore-certificate-errors-spki-list=${keyDigest(certificate)}`],
    by === 'quic' ? '--origin-to-force-quic-on=*' : '--disable-quic',
    ...['--dump-dom', `file://${page}`],
  );
  rmSync(folder, { recursive: true });
}

/** SHA-256 of the certificate's key, in base64. */
function keyDigest({ cert }: Certificate): string {
  const run = (input: Buffer | string, ...words: readonly string[]) =>
    execFileSync('openssl', words, { input });
  const key = run('', 'x509', '-in', cert, '-pubkey', '-noout');
  const coded = run(key, 'pkey', '-pubin', '-outform', 'der');
  return run(coded, 'dgst', '-sha256', '-binary').toString('base64');
}
