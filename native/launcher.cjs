#!/usr/bin/env node
/**
 * Starts program.cjs, which lies beside this file, with the bytecode that V8 made of it before (native/code-cache.mjs). V8
 * takes it only from the very version and settings of its own that made it; without it, it compiles what is called. Of the
 * program it compares the length only: so the name of the bytecode's file has a digest of the program's content.
 */
'use strict';
// Before anything else: Node opens its debugger on a SIGUSR1 that nobody takes. What it is for here, src/main.ts says.
process.on('SIGUSR1', () => {});

const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const filename = `${__dirname}/program.cjs`;
const source = readFileSync(filename, 'latin1');
const program = new Script(`(function(require,__filename){${source}\n})`, { filename, cachedData: bytecode() });
program.runInThisContext()(require, filename);

function bytecode() {
  try {
    return readFileSync(`${__dirname}/program-CONTENT.cache`);
  } catch {
    return undefined;
  }
}
