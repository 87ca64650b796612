// A large file: steps beside the peer's, then drags over the map and the spectrum.
import { plan, withBrowser } from './chromium.mjs';
import * as ours from './ours.mjs';
import * as peer from './peer.mjs';

const { lab, peer: other, cube, pairs, seconds, drags } = await plan();

/** Steps of both in turn, and the first picture of each. */
async function steps(browser, mine) {
  const last = await peer.show(browser, other, `${cube}-picture-last.h5`);
  const samples = { ours: [], last: [] };
  for (let pair = 0; pair < pairs; pair++) {
    await mine.bringToFront();
    samples.ours.push(await ours.step(mine, 'Bias'));
    await last.bringToFront();
    samples.last.push(await peer.step(last));
  }
  await last.close();
  await mine.bringToFront();
  return samples;
}

await withBrowser(async browser => {
  const mine = await ours.show(browser, lab, `${cube}.h5`);
  const samples = pairs ? await steps(browser, mine) : {};
  const dragged = { map: [], spectrum: [] };
  for (let number = 0; number < drags; number++) {
    for (const over of ['map', 'spectrum']) {
      dragged[over].push(await ours.drag(mine, seconds, over));
    }
  }
  const wire = await mine.evaluate(() => window.wire);
  return { ...samples, dragged, wire };
});
