/**
 * npm's signatures of the packages that are installed: where the registry and the root of its keys answer, each must be
 * there and be right. The lock file's checksums say that a package is the one of then; this says who published it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { projectRoot } from '../support/project.js';

/** What `npm audit signatures --json` prints: an error, or the packages whose signatures are not as they should be. */
interface Audit {
  readonly error?: { readonly code?: string; readonly summary?: string };
  readonly invalid?: readonly unknown[];
  readonly missing?: readonly unknown[];
}

const longestAuditMs = 25_000;
/** Nobody answered, or not with an answer of the registry's own. */
const outOfReach =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E429|E5\d\d)$/;
/** How the client of the keys' root says that it got something else than a file: it gives no code. */
const noFile = /^Failed to download\b/;

/** Why nothing can be said; undefined where the signatures are right. Throws where they are not, or nobody knows. */
function whyUnknown(printed: string): string | undefined {
  // Some versions of npm print the object of an error among the lines for people.
  const json = /^\{.*^\}/ms.exec(printed)?.[0];
  assert.ok(json !== undefined, printed);
  const { error, invalid, missing } = JSON.parse(json) as Audit;
  if (error === undefined) {
    assert.deepEqual({ invalid, missing }, { invalid: [], missing: [] });
    return undefined;
  }
  const { code = '', summary = '' } = error;
  assert.ok(outOfReach.test(code) || noFile.test(summary), json);
  return `no way from here to npm's registry or the root of its keys: ${summary}`;
}

describe('the signatures of the installed packages', () => {
  test('are right, as npm says', (context) => {
    const words = ['audit', 'signatures', '--json', '--fetch-retries=0', '--fetch-timeout=10000'];
    const { error, stdout, stderr } = spawnSync('npm', words, {
      cwd: projectRoot,
      encoding: 'utf8',
      timeout: longestAuditMs,
      killSignal: 'SIGKILL',
    });
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
      context.skip(`no answer of npm's registry or the root of its keys within ${longestAuditMs / 1_000} s`);
      return;
    }
    assert.equal(error, undefined);
    const reason = whyUnknown(stdout + stderr);
    if (reason !== undefined) context.skip(reason);
  });

  test('are not taken for right where npm says otherwise, or nothing that is known', () => {
    const wrong = [
      '{\n  "invalid": [{ "name": "cap", "code": "EINTEGRITYSIGNATURE" }],\n  "missing": []\n}\n',
      '{\n  "invalid": [],\n  "missing": [{ "name": "cap" }]\n}\n',
      '{\n  "error": { "code": "EINTEGRITY", "summary": "" }\n}\n',
      '{\n  "error": { "code": "EEXPIREDSIGNATUREKEY", "summary": "cap: the key has expired" }\n}\n',
      '{\n  "error": { "code": "E404", "summary": "no such package" }\n}\n',
      '{\n  "error": { "summary": "found no installed dependencies to audit" }\n}\n',
      '{\n}\n',
      'npm error Unknown command\n',
      '',
    ];
    for (const printed of wrong) assert.throws(() => whyUnknown(printed), assert.AssertionError, printed);
  });

  test('are unknown where nobody answers, with the reason', () => {
    const summary = 'getaddrinfo ENOTFOUND tuf-repo-cdn.sigstore.dev';
    const printed = `npm error code ENOTFOUND\n{\n  "error": {\n    "code": "ENOTFOUND",\n    "summary": "${summary}"\n  }\n}\nnpm error\n`;
    assert.match(whyUnknown(printed) ?? '', /^no way from here to .*: getaddrinfo ENOTFOUND tuf-repo/);
    assert.match(whyUnknown('{\n  "error": { "summary": "Failed to download" }\n}\n') ?? '', /^no way/);
    assert.equal(whyUnknown('{\n  "invalid": [],\n  "missing": []\n}\n'), undefined);
  });
});
