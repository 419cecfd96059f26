/** Datadog's address ranges: whether their source can be reached now, and how old the copy is that would serve if not. */

import { rangesSource } from '../../enrich/labels/ip-ranges.js';
import { cacheFile, defaultCacheDirectory, readCache } from '../../enrich/labels/ranges-cache.js';
import { fetchText } from '../../enrich/labels/ranges-fetch.js';
import { parseRanges } from '../../enrich/labels/ranges-json.js';
import { rangesDefaults } from '../../enrich/labels/ranges-source.js';
import { readBoundedText } from '../../host/bounded-file.js';
import { shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const ranges: Check = { name: 'ranges', run };

const patienceMs = 10_000;
const { maxBytes } = rangesDefaults;

async function run({ ranges: options, privileges }: Subject): Promise<Finding[]> {
  let source: URL | string;
  try {
    source = rangesSource(options);
  } catch (error) {
    return [fail((error as Error).message)];
  }
  if (source === 'off') return [ok('off: labels are "none"')];
  if (typeof source === 'string') return [await findingOnFile(source, options.site)];
  return [await findingOnUrl(source, defaultCacheDirectory(privileges.environment, privileges.uid === 0))];
}

async function findingOnFile(path: string, site: string): Promise<Finding> {
  try {
    return ok(`${path}: ${contents(await readBoundedText(path, maxBytes))}`);
  } catch (error) {
    return fail(
      `${path}: ${(error as Error).message}`,
      `curl -fsSo ${shellWords([path, `https://ip-ranges.${site}/`])}`,
    );
  }
}

async function findingOnUrl(url: URL, cacheDirectory: string | undefined): Promise<Finding> {
  const copy = await copyOf(url, cacheDirectory);
  const name = `${url.origin}${url.pathname}`;
  try {
    const { signal } = new AbortController();
    const fetched = await fetchText(url, {
      etag: undefined,
      lastModified: undefined,
      maxBytes,
      timeoutMs: patienceMs,
      signal,
    });
    return ok(`${name}: ${fetched.kind === 'text' ? contents(fetched.text) : 'unchanged'}; ${copy.text}`);
  } catch (error) {
    const found = `${name}: ${(error as Error).message}; ${copy.text}`;
    const advice = 'fetch them where they can be had, and add --datadog-ranges ranges.json';
    const command = `curl -fsSo ranges.json ${shellWords([url.href])}`;
    if (copy.serves) return warn(`${found}, and serves until then; or ${advice}`, command);
    return fail(`${found}, so that labels are "none"; ${advice}`, command);
  }
}

async function copyOf(
  url: URL,
  directory: string | undefined,
): Promise<{ readonly serves: boolean; readonly text: string }> {
  if (directory === undefined)
    return { serves: false, text: 'no copy, because this user has no home folder to keep it in' };
  const path = cacheFile(directory, url.href);
  try {
    const copy = await readCache(path, url.href, maxBytes * 2);
    if (copy === undefined) return { serves: false, text: `no copy in ${directory} yet` };
    const hours = Math.max(0, Math.floor((Date.now() - copy.checkedMs) / 3_600_000));
    return { serves: true, text: `the copy in ${directory} is ${hours} hours old` };
  } catch (error) {
    return { serves: false, text: `the copy ${path} cannot be used (${(error as Error).message})` };
  }
}

function contents(text: string): string {
  const { entries, services } = parseRanges(text);
  return `${entries.length} prefixes of ${services.length} services`;
}
