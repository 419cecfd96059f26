/** A watch for SYNs in a process of its own, which may be in a network namespace where nobody else connects. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../../src/host/native.js';
import { dropCapabilities } from '../../../src/host/rights/capabilities.js';
import {
  type SynWatchHandle,
  socketAnswerWords,
  socketQuestionWords,
} from '../../../src/host/socket-look-ups.js';
import { answersIn, type SocketAnswer } from '../../support/socket-questions.js';

export interface FoundSocket {
  /** The question's words. */
  readonly question: readonly number[];
  readonly answer: SocketAnswer;
}

export interface SynCounts {
  readonly lookedUp: number;
  readonly passedOver: number;
  readonly dropped: number;
}

/** Each answers the message of its name; those that throw answer with the error's code. */
const actions = {
  open(mostPerSecond: number) {
    watch = native.openSynWatch(mostPerSecond);
    return null;
  },
  start() {
    native.startSynWatch(watch!);
    return null;
  },
  dropRights: () => dropCapabilities(native),
  /** At most so many. */
  read(most: number): FoundSocket[] {
    const into = new Int32Array(most * entryWords + entryWords - 1);
    const count = native.readSynWatch(watch!, into);
    const answers = answersIn(into, count, socketQuestionWords, entryWords);
    return answers.map((answer, at) => ({
      question: [...into.subarray(at * entryWords, at * entryWords + socketQuestionWords)],
      answer,
    }));
  },
  counts: (): SynCounts => native.synWatchCounts(watch!),
  close() {
    native.closeSynWatch(watch!);
    return null;
  },
} as const;

type Actions = typeof actions;
type Reply = { readonly value: unknown } | { readonly code: string };

export interface SynWatchProcess {
  readonly pid: number;
  /** Rejects with an error of the same code where the call throws. */
  call<Name extends keyof Actions>(
    name: Name,
    ...argument: Parameters<Actions[Name]>
  ): Promise<ReturnType<Actions[Name]>>;
}

const entryWords = socketQuestionWords + socketAnswerWords;
const native = loadNative().native!;
const script = fileURLToPath(import.meta.url);
let watch: SynWatchHandle | undefined;

/** `prefix` goes before its command. It ends with the test. */
export function startSynWatchProcess(context: TestContext, prefix: readonly string[]): SynWatchProcess {
  const [program, ...words] = [...prefix, process.execPath, script];
  const child: ChildProcess = spawn(program!, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  context.after(async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  });
  return {
    pid: child.pid!,
    async call(name, ...argument) {
      child.send([name, ...argument]);
      const [reply] = (await once(child, 'message')) as [Reply];
      if ('code' in reply) throw Object.assign(new Error(`${name} failed`), reply);
      return reply.value as ReturnType<Actions[typeof name]>;
    },
  };
}

if (process.argv[1] === script)
  process.on('message', ([name, argument]: [keyof Actions, never]) => {
    try {
      process.send!({ value: actions[name](argument) });
    } catch (error) {
      process.send!({ code: (error as NodeJS.ErrnoException).code });
    }
  });
