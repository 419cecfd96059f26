/** Settings as they were written, in several places, read by the rows of the table of options. */
import { UsageError } from '../host/failure.js';
import type { OptionRow } from './option-row.js';

/** A text that somebody wrote for an option. */
export interface Written {
  readonly text: string;
  /** What it was written for, as it is called there: "--interval", "PCAP_AGG_INTERVAL". */
  readonly option: string;
  /** The option with the text, as errors name it: "--interval 7x", "PCAP_AGG_INTERVAL=7x". */
  readonly place: string;
}

/** A place that settings are written in, the command line for one: all that it has for an option. */
export type Place = (row: OptionRow) => readonly Written[];

/** What several places say together: for each option, the first of them that has it decides. */
export class Settings {
  readonly #places: readonly Place[];

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  /** The same, where `place` decides before all others. */
  under(place: Place): Settings {
    return new Settings([place, ...this.#places]);
  }

  /** Of options that exclude each other: what the first place says that has any of them, and no other place. */
  firstWith(...rows: readonly OptionRow[]): Settings {
    return new Settings(
      this.#places.filter((place) => rows.some((row) => place(row).length > 0)).slice(0, 1),
    );
  }

  written(row: OptionRow): readonly Written[] {
    return this.#places.map((place) => place(row)).find((found) => found.length > 0) ?? [];
  }

  /** All values of an option that may be repeated. */
  all<T>(row: OptionRow<T> & { readonly repeatable: true }): readonly T[] {
    return this.written(row).map(({ text, place }) => row.read(text, place));
  }

  /** The only value of an option, or its default. Throws a UsageError where it is given twice. */
  one<T>(row: OptionRow<T> & { readonly default: string }): T {
    return this.maybe(row) ?? row.read(row.default, this.place(row));
  }

  /** The only value of an option that has no default, or undefined. Throws a UsageError where it is given twice. */
  maybe<T>(row: OptionRow<T>): T | undefined {
    const [only, ...more] = this.written(row);
    if (only === undefined) return undefined;
    if (more.length === 0) return row.read(only.text, only.place);
    const texts = [only, ...more].map(({ text }) => text);
    throw new UsageError(`${only.option} ${texts.join(' and ')}: given twice; give it once`);
  }

  /** Whether a flag is set. Giving it twice changes nothing. */
  flag(row: OptionRow<boolean>): boolean {
    return this.written(row).some(({ text, place }) => row.read(text, place));
  }

  /** For errors: where the option is written, or how its default would be. */
  place(row: OptionRow & { readonly default: string }): string {
    return this.written(row)[0]?.place ?? `--${row.name} ${row.default}`;
  }
}
