/** Segments of real kernels over links that lose, double, delay and reorder: what records tell of them against what the links did. */
import { noLink } from '../../support/link/program.js';
import type { Ground } from '../ground.js';
import { type Agreement, agree, type View } from './agreement.js';
import { addAgreement } from './agreement-table.js';
import type { HealthCase, HealthVerdict } from './case.js';
import { play } from './scene.js';
import { type AgreedScene, scenes } from './scenes.js';
import { precision, recall, type Score } from './score.js';

export const linkCases: readonly HealthCase[] = scenes.map((scene) => ({
  name: `link: ${scene.name}`,
  skip: noLink,
  run: (ground) => run(ground, scene),
}));

/** Half of the handshakes may be so far from what the link's clock says: it runs in another process, on a busy machine. */
const farthestMedianUs = 1_000;
const mostShown = 12;

async function run(ground: Ground, scene: AgreedScene): Promise<HealthVerdict> {
  const agreement = await agree(scene.name, await play(ground, scene), ground.folder);
  addAgreement(agreement, scene.isUsual ?? false);
  const { arriving, leaving, handshakes } = agreement;
  const wrong = [...agreement.wrong, ...mistakes(scene, agreement)];
  const told = handshakes.sameAsTshark;
  return {
    compared: arriving.segments + leaving.segments,
    right: arriving.right + leaving.right,
    told: `${shares(arriving, leaving)}; handshakes ${told} of ${handshakes.tshark} as tshark's`,
    wrong:
      wrong.length > mostShown
        ? [...wrong.slice(0, mostShown), `and ${wrong.length - mostShown} more`]
        : wrong,
  };
}

const shares = (arriving: View, leaving: View): string => {
  const [here, there] = [mainScore(arriving), mainScore(leaving)];
  return `sent again: arriving ${precision(here)} right, ${recall(here)} found; leaving ${precision(there)}, ${recall(there)}`;
};

/** Retransmissions; where nothing tells them apart from what came late, both. */
export const mainScore = ({ retransmitted, again }: View): Score => (again.truly > 0 ? again : retransmitted);

function mistakes(
  { leastRecall, leastPrecision = 99 }: AgreedScene,
  { arriving, leaving, handshakes }: Agreement,
): string[] {
  const [here, there] = [mainScore(arriving), mainScore(leaving)];
  const middleUs = handshakes.fromLinkUs.toSorted((one, other) => one - other)[
    handshakes.fromLinkUs.length >> 1
  ];
  return [
    ...(there.told === there.truly && there.right === there.truly
      ? []
      : [`leaving: ${JSON.stringify(there)}`]),
    ...(here.right * 100 >= here.told * leastPrecision
      ? []
      : [`arriving, told: ${precision(here)} are right`]),
    ...(here.right * 100 >= here.truly * leastRecall ? [] : [`arriving: ${recall(here)} are found`]),
    ...(middleUs !== undefined && middleUs <= farthestMedianUs
      ? []
      : [`half of the handshakes are more than ${middleUs} us from the link's clock`]),
  ];
}
