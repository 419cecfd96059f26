/** The program's own TCP connections, on loopback and on a link: none of their packets is a flow, in either direction. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { lastLedger } from '../../support/ledger-text.js';
import { offline, startProgram } from '../../support/program.js';
import { until } from '../../support/until.js';
import { noNetwork, openVeth } from '../../support/veth.js';

/** Prints its port, and then each line that it is sent; a line on its stdin ends all connections. */
const readerScript = `
const sockets = new Set();
const server = require('node:net').createServer((socket) => {
  sockets.add(socket);
  socket.setEncoding('utf8').on('data', (text) => process.stdout.write(text)).on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
});
server.listen(0, process.argv[1], () => console.log(server.address().port));
process.stdin.on('data', () => sockets.forEach((socket) => socket.destroy()));`;

async function startReader(context: TestContext, address: string, prefix: readonly string[]) {
  const [command, ...words] = [...prefix, process.execPath, '--eval', readerScript, address];
  const child = spawn(command!, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const printed = createInterface({ input: child.stdout });
  printed.on('line', (line) => lines.push(line));
  await until('the reader listens', () => lines.length > 0);
  return {
    port: Number(lines[0]),
    records: () => lines.slice(1).flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : [])),
    endConnections: () => child.stdin.write('\n'),
  };
}

const places = ['loopback', 'a link'] as const;

for (const place of places)
  test(`own packets of TCP on ${place} are left out and counted`, { skip: noNetwork }, async (context) => {
    const veth = place === 'a link' ? openVeth() : undefined;
    if (veth !== undefined) context.after(() => veth.close());
    const address = veth?.peerIPv4 ?? '127.0.0.1';
    const prefix = veth === undefined ? [] : ['ip', 'netns', 'exec', veth.namespace];
    const reader = await startReader(context, address, prefix);
    const program = startProgram([
      ...['-i', veth?.host ?? 'lo', '--engine', 'batch', '--interval', '200ms', ...offline],
      ...['--to', `tcp://${address}:${reader.port}`, `tcp port ${reader.port}`],
    ]);
    context.after(() => program.child.kill('SIGKILL'));
    await until('it captures', () => program.stderr().includes('capturing on'));
    const others = new Set<number>();
    /** Somebody else connects to the same reader, which is a flow each way. */
    const connectOnce = async () => {
      const other: Socket = connect(reader.port, address);
      await once(other, 'connect');
      const port = other.localPort!;
      others.add(port);
      other.destroy();
      const told = () => reader.records().filter((record) => Object.values(record).includes(port)).length;
      await until('both directions are told', () => told() >= 2, program.stderr);
    };
    await connectOnce();
    // Another connection, from another port.
    reader.endConnections();
    await connectOnce();
    program.child.kill('SIGTERM');
    const { exitCode, stderr } = await program.finished;
    const { frames, packets, leftOut, balanced, sinks } = lastLedger(stderr);
    assert.deepEqual([exitCode, balanced], [0, true], stderr);
    assert.ok(leftOut['own-connection']! > 10, stderr);
    assert.equal(frames, packets + leftOut['own-connection']!);
    const counted = reader.records();
    for (const { source_PORT: source, target_PORT: target } of counted) {
      const isOthers = others.has(source) || others.has(target);
      assert.ok(isOthers && [source, target].includes(reader.port), `${source} to ${target}`);
    }
    assert.ok(counted.length >= sinks[0]!.records);
    assert.equal(sinks[0]!.packets, packets);
  });
