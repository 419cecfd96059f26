/**
 * The system's packages: what is needed, what each package manager calls it, and how it is installed without a question.
 * A package manager more is a row more.
 */
import { rootPrefix } from './privilege.mjs';
import { isInstalled, run, say } from './run.mjs';

/** By need: the header or the command that is looked for, and its package under each manager. */
const packages = {
  'c++': { apt: 'g++', dnf: 'gcc-c++', apk: 'g++' },
  make: { apt: 'make', dnf: 'make', apk: 'make' },
  python3: { apt: 'python3', dnf: 'python3', apk: 'python3' },
  libpcap: { apt: 'libpcap-dev', dnf: 'libpcap-devel', apk: ['libpcap-dev', 'linux-headers'] },
  tcpdump: { apt: 'tcpdump', dnf: 'tcpdump', apk: 'tcpdump' },
  tshark: { apt: 'tshark', dnf: 'wireshark-cli', apk: 'tshark', brew: 'wireshark' },
  dnsmasq: { apt: 'dnsmasq-base', dnf: 'dnsmasq', apk: 'dnsmasq', brew: 'dnsmasq' },
  dig: { apt: 'bind9-dnsutils', dnf: 'bind-utils', apk: 'bind-tools', brew: 'bind' },
  curl: { apt: 'curl', dnf: 'curl', apk: 'curl' },
  faketime: { apt: 'faketime', dnf: 'libfaketime', apk: 'libfaketime', brew: 'libfaketime' },
  ip: { apt: 'iproute2', dnf: 'iproute', apk: 'iproute2' },
  ping: { apt: 'iputils-ping', dnf: 'iputils', apk: 'iputils' },
  nft: { apt: 'nftables', dnf: 'nftables', apk: 'nftables' },
  ethtool: { apt: 'ethtool', dnf: 'ethtool', apk: 'ethtool' },
  'systemd-analyze': { apt: 'systemd', dnf: 'systemd' },
  strace: { apt: 'strace', dnf: 'strace', apk: 'strace' },
  openssl: { apt: 'openssl', dnf: 'openssl', apk: 'openssl' },
  rsyslogd: {
    apt: ['rsyslog', 'rsyslog-openssl'],
    dnf: ['rsyslog', 'rsyslog-openssl'],
    apk: ['rsyslog', 'rsyslog-tls'],
  },
  'update-ca-certificates': { apt: 'ca-certificates', apk: 'ca-certificates' },
  nginx: { apt: 'nginx-light', dnf: 'nginx', apk: 'nginx' },
  nfcapd: { apt: 'nfdump', dnf: 'nfdump', apk: 'nfdump' },
  nfacctd: { apt: 'pmacct', dnf: 'pmacct' },
  logrotate: { apt: 'logrotate', dnf: 'logrotate', apk: 'logrotate', brew: 'logrotate' },
  chromium: { apt: 'chromium', dnf: 'chromium', apk: 'chromium' },
  gtlsserver: { apt: 'ngtcp2-server' },
  gtlsclient: { apt: 'ngtcp2-client' },
  socat: { apt: 'socat', dnf: 'socat', apk: 'socat' },
  cc: { apt: ['gcc', 'libc6-dev'], dnf: 'gcc', apk: ['gcc', 'libc-dev'] },
  busybox: { apt: 'busybox-static', dnf: 'busybox', apk: 'busybox-static' },
  crun: { apt: 'crun', dnf: 'crun', apk: 'crun' },
  podman: { apt: 'podman', dnf: 'podman', apk: 'podman' },
  pkill: { apt: 'procps', dnf: 'procps-ng', apk: 'procps' },
};

const managers = [
  {
    name: 'apt',
    command: 'apt-get',
    environment: ['DEBIAN_FRONTEND=noninteractive'],
    // A fresh machine often upgrades itself in the background: its lock is waited for.
    install: [
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      '--no-remove',
      '-o',
      'DPkg::Lock::Timeout=300',
    ],
    refresh: ['update', '-qq'],
  },
  { name: 'dnf', command: 'dnf', environment: [], install: ['install', '-y', '-q'] },
  { name: 'apk', command: 'apk', environment: [], install: ['add', '-q'], refresh: ['update', '-q'] },
  { name: 'brew', command: 'brew', environment: [], install: ['install', '-q'], asUser: true },
];

/** Compiles and links, since only that tells whether libpcap and its headers are where the compiler looks. */
const probe = '#include <pcap/pcap.h>\nint main() { return pcap_lib_version() == 0; }\n';

/** Which of `needs` this machine does not have. */
export function missing(needs) {
  return needs.filter((need) => (need === 'libpcap' ? !hasLibpcap() : !isInstalled(need)));
}

function hasLibpcap() {
  const compile = ['c++', '-x', 'c++', '-', '-lpcap', '-o', '/dev/null'];
  return isInstalled('c++') && run(compile, { input: probe }).succeeded;
}

/** Whether all of `needs` are here now. Installs what is missing if it may; says in one line what it did or could not do. */
export function provide(needs, purpose) {
  const wanted = missing(needs);
  if (wanted.length === 0) return true;
  const lack = `no ${wanted.join(', ')} for ${purpose}`;
  const manager = managers.find(({ command }) => isInstalled(command));
  const names = packageNames(manager?.name, wanted);
  if (names.length === 0) {
    say(
      `${lack}; ${process.platform === 'darwin' ? 'xcode-select --install' : 'no package is known to have it'}`,
    );
    return false;
  }
  const prefix = manager.asUser ? [] : rootPrefix();
  if (prefix === undefined) {
    say(`${lack}; as root: ${manager.command} ${manager.install[0]} ${names.join(' ')}`);
    return false;
  }
  say(`installing ${names.join(' ')} for ${purpose}`);
  const { output } = install(manager, prefix, names);
  const left = missing(wanted);
  if (left.length > 0) say(`no ${left.join(', ')} for ${purpose}: ${lastLine(output)}`);
  return left.length === 0;
}

/** What `manager` calls `needs`; those that it does not know are left out. */
export function packageNames(manager, needs) {
  return needs.flatMap((need) => packages[need]?.[manager] ?? []);
}

/** Lists of packages are fetched only where the ones at hand do not do: a machine that has them need not be online. */
function install(manager, prefix, names) {
  const environment = manager.environment.length > 0 ? ['env', ...manager.environment] : [];
  const command = (words) => run([...prefix, ...environment, manager.command, ...words]);
  const first = command([...manager.install, ...names]);
  if (first.succeeded || manager.refresh === undefined) return first;
  const refreshed = command(manager.refresh);
  return refreshed.succeeded ? command([...manager.install, ...names]) : refreshed;
}

function lastLine(text) {
  return text.trim().split('\n').at(-1);
}
