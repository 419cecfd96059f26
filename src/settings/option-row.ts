/** What the table of options holds of each option. */
import type { Reader } from './values.js';

export interface OptionRow<T = unknown> {
  /** The long name, without dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** What --help calls the argument. Absent for flags. */
  readonly argument?: string;
  readonly repeatable?: true;
  /** Asks for something else than a run: no environment and no file does. */
  readonly commandLineOnly?: true;
  readonly default?: string;
  readonly read: Reader<T>;
  readonly help: string;
  readonly group: 'Input' | 'Windows' | 'Output' | 'Records' | 'Names and labels' | 'Other';
}

/** What a row's text is read into. */
export type ValueOf<Row> = Row extends OptionRow<infer T> ? T : never;
