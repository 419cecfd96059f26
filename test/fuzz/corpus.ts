/**
 * Inputs worth keeping. What fuzzing found beside the seeds is in corpus/<target>.txt, an input a line, in base64: the
 * smallest inputs found that together reach every part of the program that was ever reached.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/project.js';
import type { Target } from './targets/target.js';

const corpusFile = ({ name }: Target): string => join(projectRoot, 'test/fuzz/corpus', `${name}.txt`);

/** An input without a byte, and those that the target names, cut to its length. */
export function seedsOf({ seeds, maxBytes }: Target): Uint8Array[] {
  return [new Uint8Array(0), ...seeds().map((seed) => seed.slice(0, maxBytes))];
}

export function readCorpus(target: Target): Uint8Array[] {
  const file = corpusFile(target);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'latin1').split('\n');
  return lines.filter((line) => line !== '').map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

export function writeCorpus(target: Target, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((input) => `${Buffer.from(input).toString('base64')}\n`);
  mkdirSync(join(projectRoot, 'test/fuzz/corpus'), { recursive: true });
  writeFileSync(corpusFile(target), lines.join(''));
}
