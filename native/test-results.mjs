/** A reporter for node:test: one line of JSON for every test, {name, file, outcome, detail}; a suite is none. */
import { relative } from 'node:path';
import { project } from './run.mjs';

export default async function* lines(events) {
  for await (const { type, data } of events) {
    const outcome = outcomeOf(type, data);
    if (outcome === undefined) continue;
    const file = data.file === undefined ? '' : relative(project, data.file);
    yield `${JSON.stringify({ name: data.name, file, outcome, detail: detailOf(outcome, data) })}\n`;
  }
}

function outcomeOf(type, data) {
  // A suite that fails outside of its tests has no other line to be seen in.
  if (data?.details?.type === 'suite' && data.details.error?.failureType !== 'hookFailed') return undefined;
  if (type === 'test:fail') return data.todo === undefined ? 'failed' : 'skipped';
  if (type === 'test:pass') return data.skip === undefined && data.todo === undefined ? 'passed' : 'skipped';
  return undefined;
}

function detailOf(outcome, { skip, todo, details }) {
  if (outcome === 'skipped') return String(skip ?? todo);
  const error = details?.error?.cause ?? details?.error;
  return outcome === 'failed' ? String(error?.stack ?? error) : '';
}
