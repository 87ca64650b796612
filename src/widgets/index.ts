/** The viewer as anywidget loads it. */

import { h, render as renderInto } from 'preact';
import { Client, type IModel } from './client';
import { Stopwatch } from './paint';
import { keepView } from './saving';
import { Store } from './store';
import { Workbench } from './workbench';
import './workbench.css';

interface IRenderProps {
  model: IModel;
  el: HTMLElement;
}

/** Shows the workbench in `el`; what is returned takes it away again. */
function render({ model, el }: IRenderProps): () => void {
  const place = model.get('place') === 'notebook' ? 'notebook' : 'tab';
  const client = new Client(model);
  const store = new Store(client, new Stopwatch(place));
  const endSaving = keepView(model, store.view);
  const path = model.get('path');
  el.classList.add('usid-host');
  renderInto(
    h(Workbench, {
      store,
      place,
      path: typeof path === 'string' ? path : '',
      height: heightOf(model.get('height'))
    }),
    el
  );
  void store.session.open(model.get('view'));
  return () => {
    endSaving();
    store.stop();
    client.dispose();
    renderInto(null, el);
  };
}

/** Pixels, or a length of CSS; null for the usual height. */
function heightOf(height: unknown): string | null {
  if (typeof height === 'number' && height > 0) {
    return `${height}px`;
  }
  return typeof height === 'string' && height !== '' ? height : null;
}

export default { render };
