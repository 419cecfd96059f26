/** What tcpdump's text tells beside flows: times and, where it prints them, TCP's flags. All else is absent, never 0. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureMeter } from '../../../src/flow/capture-meter.js';
import { CaptureWindows } from '../../../src/flow/capture-windows.js';
import { FlowReading } from '../../../src/flow/reading.js';
import { figureNames, SYN_ACK_SEEN, SYN_SEEN, Tally } from '../../../src/flow/tally.js';
import { Turns } from '../../../src/flow/turns.js';
import { captureFrom } from '../../../src/source/capture-source.js';
import { FileInterfaces } from '../../../src/source/files/file-interfaces.js';
import { newTable } from '../../support/flows.js';
import { memoryInput } from '../../support/memory-input.js';

/** Text has the time on the clocks of this host. */
const second = new Date(2016, 8, 8, 23, 28, 29).getTime() * 1_000;
const text = `
2016-09-08 23:28:29.000001 IP 10.0.0.1.40000 > 10.0.0.2.443: Flags [S], seq 1, win 64240, length 0
2016-09-08 23:28:29.000002 IP 10.0.0.2.443 > 10.0.0.1.40000: Flags [S.], seq 1, ack 2, win 64240, length 0
2016-09-08 23:28:29.000003 IP 10.0.0.1.40000 > 10.0.0.2.443: Flags [P.], seq 2:12, ack 2, win 64240, length 10
2016-09-08 23:28:29.000004 IP 10.0.0.1.40001 > 10.0.0.2.443: tcp 36
2016-09-08 23:28:29.000005 IP 10.0.0.1.40002 > 10.0.0.2.4000: UDP, length 20
2016-09-08 23:28:29.000006 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64
`.trimStart();

test('a text’s packets have times and printed flags, and no other figure', async () => {
  const tallies: Tally[] = [];
  const windows = new CaptureWindows({
    emptyTable: () => newTable(100, new Set(figureNames)),
    windowClosed: ({ table }) => {
      const reading = new FlowReading();
      for (let position = 0; position < table.size; position++) {
        table.read(position, reading);
        tallies.push(Object.assign(new Tally(), reading.forward));
      }
      return undefined;
    },
  });
  const meter = new CaptureMeter({
    ...{ intervalUs: 0, windows, turns: new Turns([false]), position: 0 },
    interfaces: new FileInterfaces(),
  });
  const edges = { log: { limited: assert.fail }, nowUs: () => 0 };
  await captureFrom(memoryInput(Buffer.from(text)), edges).run(meter);
  meter.end();
  await windows.close();

  const told = (values: Partial<Tally>) => Object.assign(new Tally(), { tunnel: 0, tunnelId: 0, ...values });
  const at = (microsecond: number) => second + microsecond;
  assert.deepEqual(tallies, [
    told({ packets: 2, payloadBytes: 10, firstUs: at(1), lastUs: at(3), tcpFlags: 0x1a | SYN_SEEN }),
    told({ packets: 1, firstUs: at(2), lastUs: at(2), tcpFlags: 0x12 | SYN_ACK_SEEN }),
    told({ packets: 1, payloadBytes: 36, firstUs: at(4), lastUs: at(4) }),
    told({ packets: 1, payloadBytes: 20, firstUs: at(5), lastUs: at(5) }),
    told({ packets: 1, payloadBytes: 64, firstUs: at(6), lastUs: at(6) }),
  ]);
});
