/** The rows of KeptSockets that are being asked for, each with what was told of its flow. */
export class AskedRows {
  count = 0;
  readonly most: number;
  readonly rows: Int32Array;
  readonly interfaces: Int32Array;
  readonly signs: Uint8Array;
  readonly starts: Float64Array;

  constructor(most: number) {
    this.most = most;
    this.rows = new Int32Array(most);
    this.interfaces = new Int32Array(most);
    this.signs = new Uint8Array(most);
    this.starts = new Float64Array(most);
  }

  /** `count` must be below `most`. */
  add(row: number, interfaceIndex: number, signs: number, startUs: number): void {
    this.rows[this.count] = row;
    this.interfaces[this.count] = interfaceIndex;
    this.signs[this.count] = signs;
    this.starts[this.count] = startUs;
    this.count++;
  }
}
