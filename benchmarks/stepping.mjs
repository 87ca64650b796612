// Samples of a marker step, ours and the peer's interleaved, then a drag.
import { plan, withBrowser } from './chromium.mjs';
import * as ours from './ours.mjs';
import * as peer from './peer.mjs';

const { lab, peer: other, cube, pairs, seconds } = await plan();

await withBrowser(async browser => {
  const mine = await ours.show(browser, lab, `${cube}.h5`);
  const last = await peer.show(browser, other, `${cube}-picture-last.h5`);
  const first = await peer.show(browser, other, `${cube}-picture-first.h5`, {
    y: 'D0',
    x: 'D1'
  });
  await ours.rewind(mine, 'Bias');
  const samples = { ours: [], first: [], last: [] };
  for (let pair = 0; pair < pairs; pair++) {
    await mine.bringToFront();
    samples.ours.push(await ours.step(mine, 'Bias'));
    await first.bringToFront();
    samples.first.push(await peer.step(first));
    await last.bringToFront();
    samples.last.push(await peer.step(last));
  }
  await mine.bringToFront();
  return { ...samples, drag: await ours.drag(mine, seconds) };
});
