/**
 * Errors that people can mend: the message is one line that names the value, what is wrong and the remedy. Each stage has
 * classes of its own below this one; whatever else is thrown is a defect of the program.
 */

/** Exit codes by what went wrong: how it was called, what it may do, or what it reads. */
const exitCodes = { usage: 2, permission: 77, input: 1 } as const;

type FailureKind = keyof typeof exitCodes;

export abstract class Failure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.kind = kind;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** A wrong option, value or combination. */
export class UsageError extends Failure {
  constructor(message: string, options?: ErrorOptions) {
    super('usage', message, options);
  }
}

/** Something that this user may not do. */
export class PermissionError extends Failure {
  constructor(message: string, options?: ErrorOptions) {
    super('permission', message, options);
  }
}
