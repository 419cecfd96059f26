/** Keys of outputs: where they may come from, and everywhere that they may not be seen. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { printedLedgers } from '../../support/ledger-text.js';
import { offline, type RunningProgram, runProgram, startProgram } from '../../support/program.js';
import { startHttpReader } from '../../support/readers/http-reader.js';
import { nobody } from '../../support/rights.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { noNetwork } from '../../support/veth.js';

const secret = 'c0ffee0123456789c0ffee0123456789';
const line = '2016-09-08 23:28:01.000000 IP 10.0.0.1.53 > 10.0.0.2.4000: UDP, length 7\n';

describe('a key', () => {
  const folder = temporaryFolder();

  for (const place of ['the environment', 'a file'] as const) {
    test(`out of ${place} is nowhere but in requests`, async (context) => {
      const reader = await startHttpReader(() => ({
        status: 403,
        body: `no such key: ${secret.slice(0, 4)}`,
      }));
      context.after(() => reader.close());
      const file = folder.file('key', `${secret}\n`);
      const query = place === 'a file' ? `?key-file=${file}` : '';
      const environment = place === 'a file' ? {} : { DD_API_KEY: secret };
      const target = `datadog+http://127.0.0.1:${reader.port}`;
      const program = start(context, ['--to', `${target}${query}`, '--interval', '100ms'], environment);
      program.child.stdin.write(line);
      await until('it was refused', () => program.stderr().includes('HTTP 403'), program.stderr);
      assert.equal(reader.requests[0]?.headers['dd-api-key'], secret);
      program.child.kill('SIGUSR1');
      await until('the ledger is there', () => printedLedgers(program.stderr()).length > 0);
      assert.ok(!readFileSync(`/proc/${program.child.pid}/cmdline`, 'latin1').includes(secret));
      reader.answer(() => ({ status: 202 }));
      program.child.kill('SIGTERM');
      const { stdout, stderr } = await program.finished;
      assert.ok(!`${stdout}${stderr}`.includes(secret), stderr);
      assert.match(stderr, new RegExp(`check ${place === 'a file' ? file : 'DD_API_KEY'}`));
    });
  }

  test('is not in the help, nor in what the doctor says', async () => {
    for (const args of [
      ['--help'],
      ['doctor', '--help'],
      ['doctor', '-i', 'lo', ...offline, '--to', 'datadog+http://127.0.0.1:1'],
    ]) {
      const { stdout, stderr } = await startProgram(args, {
        env: { ...process.env, DD_API_KEY: secret, PCAP_AGG_HTTP_KEY: secret },
      }).finished;
      assert.ok(!`${stdout}${stderr}`.includes(secret), stdout);
    }
  });

  test('is not in a diagnostic report, once it is read', async (context) => {
    const reader = await startHttpReader(() => ({ status: 202 }));
    context.after(() => reader.close());
    // Written by whom root becomes.
    const reports = join(folder.path, 'reports');
    mkdirSync(reports);
    chmodSync(reports, 0o777);
    chmodSync(folder.path, 0o755);
    const options = `--report-on-signal --report-signal=SIGUSR2 --report-directory=${reports}`;
    const environment = { DD_API_KEY: secret, NODE_OPTIONS: options };
    const targets = ['', '/other'].flatMap((path) => [
      '--to',
      `datadog+http://127.0.0.1:${reader.port}${path}`,
    ]);
    const program = start(context, [...targets, '--interval', '100ms'], environment);
    program.child.stdin.write(line);
    await until('both outputs have sent', () => reader.requests.length > 1, program.stderr);
    for (const { headers } of reader.requests) assert.equal(headers['dd-api-key'], secret);
    program.child.kill('SIGUSR2');
    await until(
      'the report is written',
      () => /Node\.js report completed/.test(program.stderr()),
      program.stderr,
    );
    const report = readFileSync(join(reports, readdirSync(reports)[0]!), 'utf8');
    assert.ok(report.includes('"environmentVariables"'));
    assert.ok(!report.includes(secret));
  });

  test('is in no core of a process that was started as root', { skip: noNetwork }, async (context) => {
    const reader = await startHttpReader(() => ({ status: 202 }));
    context.after(() => reader.close());
    const args = ['--to', `datadog+http://127.0.0.1:${reader.port}`, '--interval', '100ms'];
    const program = start(context, args, { DD_API_KEY: secret });
    program.child.stdin.write(line);
    await until('it has sent', () => reader.requests.length > 0, program.stderr);
    const { pid } = program.child;
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), new RegExp(`^Uid:\\t${nobody}\\t`, 'm'));
    // proc(5): these are root's while the kernel takes the process for one that writes no core, and shows them to no one else.
    assert.equal(statSync(`/proc/${pid}/environ`).uid, 0);
  });

  test('is in no core of anybody else', async (context) => {
    const reader = await startHttpReader(() => ({ status: 202 }));
    context.after(() => reader.close());
    const args = ['--to', `datadog+http://127.0.0.1:${reader.port}`, '--interval', '100ms', '-Z', 'root'];
    const program = start(context, args, { DD_API_KEY: secret });
    program.child.stdin.write(line);
    await until('it has sent', () => reader.requests.length > 0, program.stderr);
    // core(5): of so few bytes Linux writes none, and starts no program that would.
    const limits = readFileSync(`/proc/${program.child.pid}/limits`, 'utf8');
    assert.match(limits, /^Max core file size +[01] +[01] /m);
  });

  test('on the command line is refused, and not shown again', async () => {
    for (const target of [
      `datadog://datadoghq.eu?api-key=${secret}`,
      `datadog://datadoghq.eu?key=x&token=${secret}`,
      `https://user:${secret}@reader.example/in`,
      `https://reader.example/in?password=${secret}`,
      `splunk+https://${secret}@splunk.example:8088`,
    ]) {
      const { exitCode, stdout, stderr } = await runProgram([...offline, '--to', target]);
      assert.equal(exitCode, 2, stderr);
      assert.match(
        stderr,
        /^pcap-agg: --to .*: a secret does not belong here, .*; put it into a file and add key-file=FILE, or into the environment .*\n$/,
      );
      assert.ok(!`${stdout}${stderr}`.includes(secret), stderr);
    }
  });

  test('that is missing is asked for, with both remedies', async () => {
    const { exitCode, stderr } = await runProgram([...offline, '--to', 'datadog+http://127.0.0.1:1']);
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /: there is no key; set DD_API_KEY \(sudo strips the environment: sudo --preserve-env=DD_API_KEY …\), or add key-file=FILE\n$/,
    );
  });
});

function start(
  context: TestContext,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): RunningProgram {
  const program = startProgram([...offline, ...args], { env: { ...process.env, TZ: 'UTC', ...environment } });
  context.after(() => program.child.kill('SIGKILL'));
  return program;
}
