import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ListeningPorts } from '../../src/host/listening-ports.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const TCP = 6;
const UDP = 17;

const heading =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** A line as the kernel prints it: "0100007F:1F90", "0A". */
const socketLine = (local: string, state: string, remote = '00000000:0000') =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 1599 1 0000000000000000 100 0 0 10 0\n`;

describe('the listening ports', () => {
  const folder = temporaryFolder();
  const proc = () => folder.path;

  /** Makes a /proc with these lists. */
  function write(files: Readonly<Record<string, string>>, range = '32768\t60999\n'): void {
    rmSync(join(proc(), 'self'), { recursive: true, force: true });
    for (const path of ['self/net', 'sys/net/ipv4']) mkdirSync(join(proc(), path), { recursive: true });
    writeFileSync(join(proc(), 'sys/net/ipv4/ip_local_port_range'), range);
    for (const [name, lines] of Object.entries(files))
      writeFileSync(join(proc(), 'self/net', name), heading + lines);
  }

  const open = (protocol: number, ...asked: readonly number[]) => {
    const ports = new ListeningPorts(proc());
    return asked.filter((port) => ports.listens(protocol, port));
  };

  test('are those of sockets in LISTEN, which come before all others', () => {
    write({
      tcp: [
        socketLine('00000000:0050', '0A'),
        socketLine('0100007F:FFFF', '0A'),
        socketLine('0100007F:C350', '01', '0100007F:0050'),
        socketLine('00000000:0051', '0A'),
      ].join(''),
      tcp6: socketLine(
        '00000000000000000000000001000000:01BB',
        '0A',
        '00000000000000000000000000000000:0000',
      ),
    });
    assert.deepEqual(open(TCP, 80, 81, 443, 50_000, 65_535), [80, 443, 65_535]);
    assert.deepEqual(open(UDP, 80, 443), []);
    assert.deepEqual(open(132, 80, 443), []);
  });

  test('are those of datagram sockets that are not connected, but for ports that the kernel gives to clients', () => {
    write(
      {
        udp: [
          socketLine('00000000:D903', '07'),
          socketLine('00000000:0035', '01', '0100007F:0050'),
          socketLine('00000000:0202', '07'),
          socketLine('00000000:9C40', '07'),
        ].join(''),
        udp6: socketLine('00000000000000000000000000000000:14E9', '07'),
      },
      '40000\t50000\n',
    );
    assert.deepEqual(open(UDP, 53, 514, 5353, 40_000, 55_555), [514, 5353, 55_555]);
    assert.deepEqual(open(TCP, 514), []);
  });

  test('are none where there is no such list, and where it says something else', () => {
    rmSync(join(proc(), 'self'), { recursive: true, force: true });
    assert.deepEqual(open(TCP, 80), []);
    write({ tcp: 'nothing\n\n   0: :0050 :0000 0A \n   0: zz', udp: '\0'.repeat(5_000) }, 'none');
    assert.deepEqual(open(TCP, 0, 80), []);
    assert.deepEqual(open(UDP, 0, 80), []);
  });

  test('are read anew only when that is said', () => {
    write({ tcp: socketLine('00000000:0050', '0A') });
    const ports = new ListeningPorts(proc());
    assert.equal(ports.listens(TCP, 80), true);
    write({ tcp: socketLine('00000000:0051', '0A') });
    assert.deepEqual([ports.listens(TCP, 80), ports.listens(TCP, 81)], [true, false]);
    ports.forget();
    assert.deepEqual([ports.listens(TCP, 80), ports.listens(TCP, 81)], [false, true]);
  });

  test('are those of the first half megabyte of a list', () => {
    const line = socketLine('00000000:0202', '07');
    const lines = 20_000;
    write({ udp: line.repeat(lines) + socketLine('00000000:0203', '07') });
    assert.deepEqual(open(UDP, 514, 515), [514]);
  });

  test('of this host are found, and those of its connections are not', {
    skip: process.platform !== 'linux',
  }, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    const datagrams = createSocket('udp4').bind(0, '127.0.0.1');
    await once(datagrams, 'listening');
    try {
      const ports = new ListeningPorts();
      assert.equal(ports.listens(TCP, port), true);
      assert.equal(ports.listens(TCP, client.localPort!), false);
      assert.equal(ports.listens(UDP, datagrams.address().port), false, 'a port that the kernel chose');
    } finally {
      client.destroy();
      server.close();
      datagrams.close();
    }
  });
});
