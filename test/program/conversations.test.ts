/** Conversations on real traffic, told by the whole program. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { openCollector } from '../support/collector.js';
import { freePort } from '../support/ports.js';
import { offline, startProgram } from '../support/program.js';
import { until } from '../support/until.js';
import { noNetwork, openVeth, type Veth } from '../support/veth.js';

/** A client in the namespace that says a word every few milliseconds, from a port below those for clients. */
function startClient({ namespace }: Veth, host: string, port: number, localPort: number): ChildProcess {
  const script = `
    const socket = require('node:net').connect(${JSON.stringify({ host, port, localPort })});
    socket.on('connect', () => setInterval(() => socket.write('word'), 20));
    socket.on('close', () => process.exit());
    socket.on('error', () => process.exit());
    socket.resume();`;
  return spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], { stdio: 'inherit' });
}

test('in the middle of a connection the port that this host listens at is the server', {
  skip: noNetwork,
}, async () => {
  const veth = openVeth();
  const collector = await openCollector();
  // The kernel chooses a port for it as for a client: by their numbers alone, the other end's would be the server's.
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.pipe(socket);
  }).listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clientPort = await freePort();
  const children: ChildProcess[] = [];
  try {
    for (const [address, peer] of [
      [veth.hostIPv4, veth.peerIPv4],
      [veth.hostIPv6, veth.peerIPv6],
    ] as const) {
      const connection = once(server, 'connection');
      children.push(startClient(veth, address, port, clientPort));
      const [socket] = (await connection) as [Socket];
      await once(socket, 'data');
      const where = ['-i', veth.host, '--interval', '200ms', '--to', `127.0.0.1:${collector.port}`];
      const program = startProgram([...where, '--biflow', ...offline]);
      children.push(program.child);
      const told = () =>
        collector.records.filter((record) => [record.source_IP, record.target_IP].includes(peer));
      await until('three windows tell of the connection', () => told().length >= 3, program.stderr);
      program.child.kill('SIGINT');
      const { exitCode, stderr } = await program.finished;
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^pcap-agg: balanced$/m);
      for (const record of told()) {
        const { source_IP, source_PORT, target_IP, target_PORT, type } = record;
        assert.deepEqual(
          { source_IP, source_PORT, target_IP, target_PORT, type },
          { source_IP: peer, source_PORT: clientPort, target_IP: address, target_PORT: port, type: 'TCP' },
        );
      }
    }
  } finally {
    // Before their clients end, who leave words unread: that would be an error of these.
    for (const socket of sockets) socket.destroy();
    for (const child of children) child.kill();
    server.close();
    collector.close();
    veth.close();
  }
});
