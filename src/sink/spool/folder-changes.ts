/** Makes and deletes files of a folder one after the other, in the background. */

export class FolderChanges {
  readonly #said: (text: string) => void;
  #last = Promise.resolve();

  /** `said` is told what went wrong. */
  constructor(said: (text: string) => void) {
    this.#said = said;
  }

  /** Where it fails, `problem` says what that means; a file that is not there is none. */
  add(change: () => Promise<void>, problem: string): void {
    this.#last = this.#last.then(change).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') this.#said(`${problem} (${error.code ?? error.message})`);
    });
  }

  /** Resolves when all of them are made that were added. */
  made(): Promise<void> {
    return this.#last;
  }
}
