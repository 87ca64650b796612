/** The button Contrast: where the limits of the colours come from. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { TypedArray } from '../../model/arrays';
import type { IComponent } from '../../model/dataset';
import type { IContrast } from '../../model/view';
import { valuesOf } from '../../render/packed';
import type { Limits } from '../../render/statistics';
import { histogram, union } from '../../render/statistics';
import type { IController } from '../controller';
import { Segments } from '../segments';
import type { IColouring } from './colouring';
import { colouringOf, componentOf } from './colouring';
import { HistogramShape } from './histogram-shape';
import { LimitField, PercentileField } from './limit-fields';
import { LimitHandle } from './limit-handle';
import { domainAround, limitsFor, setLimits } from './limits';
import { PopoverButton } from './popover';
import './panels.css';

const MODES = [
  { value: 'percentile', label: 'Percentile' },
  { value: 'minmax', label: 'Min – max' },
  { value: 'manual', label: 'Manual' }
] as const;

const BINS = 96;
const NO_VALUES = new Float32Array(0);

interface IProps {
  controller: IController;
}

/** What the small window is about. */
interface ISubject extends IProps {
  component: IComponent;
  contrast: IContrast;
  colouring: IColouring;
  values: TypedArray;
  /** How the values were reduced; '' if they are all. */
  reduced: string;
}

export function ContrastButton({ controller }: IProps) {
  return (
    <PopoverButton label="Contrast" title="Contrast" icon={<ContrastIcon />}>
      {() => <ContrastPanel controller={controller} />}
    </PopoverButton>
  );
}

function ContrastIcon() {
  return (
    <svg class="usid-icon" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" />
      <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
    </svg>
  );
}

function ContrastPanel({ controller }: IProps) {
  const dataset = controller.dataset.value;
  const view = controller.view.value;
  const component = componentOf(dataset, view);
  if (!view || !component) {
    return <p class="usid-quiet">There is no map.</p>;
  }
  const frame = controller.map.value?.frame;
  const values = frame ? valuesOf(frame) : NO_VALUES;
  const reduced = frame?.reduced?.words ?? '';
  const colouring = colouringOf(component, view, values);
  const { contrast } = view;
  const subject = {
    controller,
    component,
    contrast,
    colouring,
    values,
    reduced
  };
  switch (colouring.scale.kind) {
    case 'linear':
      return <LinearContrast {...subject} />;
    case 'cyclic':
      return (
        <p class="usid-quiet">
          A cyclic quantity: the colours go once round a whole period, so that
          there are no limits to choose. Another colour map has them.
        </p>
      );
    case 'categorical':
      return (
        <p class="usid-quiet">
          Labels: each has its own colour, and there are no limits to choose.
        </p>
      );
  }
}

function LinearContrast(subject: ISubject) {
  const { contrast, controller } = subject;
  const mode = MODES.find(({ value }) => value === contrast.mode);
  const choose = (value: string) => {
    const chosen = MODES.find(({ value: known }) => known === value);
    if (chosen) {
      apply(subject, { ...contrast, mode: chosen.value });
    }
  };
  return (
    <div class="usid-contrast">
      <Segments
        name="Limits"
        segments={MODES}
        chosen={mode?.value ?? 'manual'}
        onChoose={choose}
      />
      <LimitHistogram {...subject} />
      {subject.reduced && (
        <p class="usid-quiet">
          The histogram of this map is that of its picture: {subject.reduced}.
        </p>
      )}
      <div class="usid-contrast-fields">
        <LimitFields {...subject} />
        {contrast.mode === 'percentile' && <PercentileFields {...subject} />}
      </div>
      <footer>
        <label class="usid-check">
          <input
            type="checkbox"
            checked={controller.limitsLocked.value}
            onChange={event =>
              controller.lockLimits(event.currentTarget.checked)
            }
          />
          Lock limits <kbd>L</kbd>
        </label>
        <button
          type="button"
          class="usid-button"
          title="Fit the limits to what is shown (A)"
          onClick={() => controller.autoscale()}
        >
          Autoscale
        </button>
      </footer>
    </div>
  );
}

/** Limits follow from how they are chosen; those of "manual" stay. */
function apply(subject: ISubject, contrast: IContrast): void {
  const { component, colouring, values, controller } = subject;
  const limits =
    limitsFor(contrast, component.sample.data, values) ?? colouring.limits;
  controller.update({ contrast: { ...contrast, limits } });
}

function PercentileFields(subject: ISubject) {
  const { contrast } = subject;
  const { low, high } = contrast;
  return (
    <>
      <PercentileField
        label="Low percentile"
        value={low}
        onValue={value => apply(subject, { ...contrast, low: value })}
      />
      <PercentileField
        label="High percentile"
        value={high}
        onValue={value => apply(subject, { ...contrast, high: value })}
      />
    </>
  );
}

function LimitFields({ controller, component, colouring }: ISubject) {
  const { limits, prefix } = colouring;
  return (
    <>
      {([0, 1] as const).map(end => (
        <LimitField
          key={end}
          label={end ? 'Maximum' : 'Minimum'}
          end={end}
          limits={limits}
          prefix={prefix}
          units={component.units}
          onLimits={moved => setLimits(controller, moved)}
        />
      ))}
    </>
  );
}

/** All values of the sample, and those of this map in front of them. */
function LimitHistogram({
  controller,
  component,
  colouring,
  values
}: ISubject) {
  const held = useSignal<Limits | null>(null);
  const { limits, prefix } = colouring;
  const { data } = component.sample;
  const domain = held.value ?? wholeDomain(data, limits);
  const [low, high] = domain;
  const all = useMemo(
    () => histogram(data, low, high, BINS),
    [data, low, high]
  );
  const now = useMemo(
    () => histogram(values, low, high, BINS),
    [values, low, high]
  );
  return (
    <div class="usid-limit-histogram">
      <div class="usid-histogram-all">
        <HistogramShape histogram={all} orientation="horizontal" />
      </div>
      <HistogramShape histogram={now} orientation="horizontal" />
      {([0, 1] as const).map(end => (
        <LimitHandle
          key={end}
          end={end}
          label={end ? 'Maximum on the histogram' : 'Minimum on the histogram'}
          orientation="horizontal"
          limits={limits}
          prefix={prefix}
          domain={domain}
          onLimits={moved => setLimits(controller, moved)}
          onMoving={on => (held.value = on ? (held.value ?? domain) : null)}
        />
      ))}
    </div>
  );
}

/** Everything that was sampled, with some room beyond. */
function wholeDomain(sample: TypedArray, limits: Limits): Limits {
  const first = sample[0];
  const last = sample[sample.length - 1];
  const sampled: Limits | null =
    first === undefined || last === undefined ? null : [first, last];
  return domainAround(union(sampled, limits) ?? limits, 0.04);
}
