/** The authorities that the system trusts: Node has a list of its own, which knows nothing of a company's. */
import { readBoundedText } from '../host/bounded-file.js';

/** Where systems keep them in one file: Debian and Alpine; Fedora and its like; SUSE; the BSDs and macOS. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Some 150 certificates are a quarter of a megabyte. */
const longestBytes = 8 * 1024 * 1024;

/** In PEM. Undefined where the system has none, as in a bare image: Node's own list counts then. */
export async function systemAuthorities(files: readonly string[] = bundles): Promise<string | undefined> {
  for (const file of files) {
    const text = await readBoundedText(file, longestBytes).catch(() => '');
    if (text.includes('-----BEGIN ')) return text;
  }
  return undefined;
}
