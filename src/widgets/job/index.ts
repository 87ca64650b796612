/** The progress of a run as anywidget loads it. */

import { batch, signal } from '@preact/signals';
import { h, render as renderInto } from 'preact';
import { job as checked, type IJob } from '../../model/job';
import { Cancelling } from './cancelling';
import { Job } from './job';
import './job.css';

/** As much of a widget's model as is needed here. */
export interface IJobModel {
  get(name: string): unknown;
  send(content: { kind: 'cancel' }): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

interface IRenderProps {
  model: IJobModel;
  el: HTMLElement;
}

/** Shows the run in `el`; what is returned takes it away again. */
function render({ model, el }: IRenderProps): () => void {
  const job = signal<IJob | null>(null);
  const pixels = signal<Float32Array>(new Float32Array(0));
  const gone = signal(false);
  const cancelling = new Cancelling(
    content => model.send(content),
    () => job.value
  );
  const update = (): void =>
    batch(() => {
      job.value = checked(model.get('status'), 'status');
      pixels.value = floatsOf(model.get('picture'));
    });
  const lose = (): void => {
    gone.value = true;
  };
  update();
  model.on('change:status', update);
  model.on('comm:close', lose);
  renderInto(h(Job, { job, pixels, gone, cancelling }), el);
  return () => {
    cancelling.dispose();
    model.off('change:status', update);
    model.off('comm:close', lose);
    renderInto(null, el);
  };
}

/** Bytes as numbers; they are little-endian, as every browser is. */
function floatsOf(bytes: unknown) {
  if (!(bytes instanceof DataView)) {
    return new Float32Array(0);
  }
  const { buffer, byteOffset, byteLength } = bytes;
  return new Float32Array(
    buffer.slice(byteOffset, byteOffset + byteLength - (byteLength % 4))
  );
}

export default { render };
