/** The agreement of all links that were tried, as a table for people. */
import { type Agreement, noView, type View } from './agreement.js';
import { addScore, precision, recall, type Score } from './score.js';

const all: Agreement[] = [];
const usual: Agreement[] = [];

export function addAgreement(agreement: Agreement, isUsual: boolean): void {
  all.push(agreement);
  if (isUsual) usual.push(agreement);
}

/** Empty where none was tried. */
export function agreementTable(): string {
  if (all.length === 0) return '';
  const rows = all.flatMap(({ name, arriving, leaving }) => [
    row(`${name}, arriving`, arriving),
    row(`${name}, leaving`, leaving),
  ]);
  const totals = [...totalRows('long transfers', usual), ...totalRows('all', all)];
  const lines = [
    ['link, and what is seen', 'segments', ...headings, 'tshark: sent again'],
    ['---', '---', ...headings.map(() => '---'), '---'],
    ...rows,
    ...totals,
  ];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  return `\nEach cell: how many there truly are, how many of those told are right, how many are found.\n\n${table}\n${handshakes()}`;
}

const totalRows = (name: string, agreements: readonly Agreement[]): readonly (readonly string[])[] =>
  (['arriving', 'leaving'] as const).map((where) =>
    row(`${name}, ${where}`, sumOf(agreements.map((agreement) => agreement[where]))),
  );

const headings = ['sent again', 'late', 'doubled', 'any of these (IPv6)'];

const row = (name: string, view: View): readonly string[] => [
  name,
  String(view.segments),
  ...[view.retransmitted, view.late, view.doubled, view.again].map(cell),
  cell(view.again.truly > 0 ? view.tsharkAgain : view.tshark),
];

const cell = (score: Score): string =>
  score.truly === 0 && score.told === 0 ? '' : `${score.truly}, ${precision(score)}, ${recall(score)}`;

function sumOf(views: readonly View[]): View {
  const sum = noView();
  for (const view of views) {
    sum.segments += view.segments;
    sum.right += view.right;
    for (const name of scores) addScore(sum[name], view[name]);
  }
  return sum;
}

const scores = ['retransmitted', 'tshark', 'late', 'doubled', 'only', 'bytes'] as const;

function handshakes(): string {
  const sum = { known: 0, told: 0, tshark: 0, same: 0, responses: 0 };
  const fromLinkUs = all
    .flatMap((agreement) => agreement.handshakes.fromLinkUs)
    .sort((one, other) => one - other);
  for (const { handshakes: each } of all) {
    sum.known += each.known;
    sum.told += each.told;
    sum.tshark += each.tshark;
    sum.same += each.sameAsTshark;
    sum.responses += each.responses;
  }
  const at = (part: number) => fromLinkUs[Math.floor(part * (fromLinkUs.length - 1))];
  const { retransmitted, only, bytes } = sumOf(all.map(({ arriving }) => arriving));
  const seenBefore = retransmitted.truly - only.truly;
  return [
    `${sum.told} handshakes told, of ${sum.known} of which all is known; ${sum.same} of ${sum.tshark} equal to tshark's.`,
    `${sum.responses} response times told. From the link's clock: half of all times within ${at(0.5)} us, 99 of 100 within ${at(0.99)} us.`,
    `Of retransmissions that arrive, ${only.truly} are of bytes that were never seen before (${recall(only)} found), ${seenBefore} of`,
    `bytes that were. Payload bytes of retransmissions: ${precision(bytes)} of those told are right, ${recall(bytes)} are found.\n`,
  ].join('\n');
}
