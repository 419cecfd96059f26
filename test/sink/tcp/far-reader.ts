/**
 * A reader in a process of its own: ADDRESS PORT MODE. Writes to stdout what it reads: all ('reads'), or a kilobyte each tenth of
 * a second ('slow').
 */
import { createServer } from 'node:net';

const [address, port, mode] = process.argv.slice(2);

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  if (mode === 'reads') {
    socket.on('data', (bytes) => process.stdout.write(bytes));
    return;
  }
  socket.pause();
  setInterval(() => {
    const bytes = socket.read(1_024);
    if (bytes !== null) process.stdout.write(bytes);
  }, 100);
});
server.listen(Number(port), address, () => process.stdout.write('listening\n'));
