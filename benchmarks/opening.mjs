// Samples of opening, interleaved: ours warm, ours cold, the peer.
import { plan, withBrowser } from './chromium.mjs';
import * as ours from './ours.mjs';
import * as peer from './peer.mjs';

const { warm, cold, peer: other, pairs } = await plan();
const axes = { y: 'D0', x: 'D1' };
const stripe = ['Measurement_000', 'Channel_000', 'Raw_Data'];

await withBrowser(async browser => {
  const samples = { warm: [], cold: [], peer: [], map: [], stripe: [] };
  // The first opening of a server pays for its start; it does not count.
  await ours.open(browser, warm, 'gib.h5', { spare: true });
  await ours.open(browser, cold, 'gib.h5', { spare: false });
  await peer.open(browser, other, 'gib-picture-last.h5', ['data']);
  for (let pair = 0; pair < pairs; pair++) {
    samples.warm.push(
      await ours.open(browser, warm, 'gib.h5', { spare: true })
    );
    samples.peer.push(
      await peer.open(browser, other, 'gib-picture-last.h5', ['data'])
    );
    samples.map.push(
      await peer.open(browser, other, 'gib-picture-first.h5', ['data'], axes)
    );
    samples.cold.push(
      await ours.open(browser, cold, 'gib.h5', { spare: false })
    );
  }
  samples.stripe.push(await peer.open(browser, other, 'gib.h5', stripe));
  return samples;
});
