/** A row for every dim that is not drawn: a slider, or a few choices. */

import type { IDim } from '../model/dataset';
import { indexTyped, unitsOf, valueAt, valueText } from '../model/scale';
import { SideIcon, StepIcon } from './icons';
import { Segments } from './segments';
import { controlledDims, MOST_OVERLAID, MOST_SEGMENTS } from './slots';
import type { Store } from './store';

export function Dimensions({ store }: { store: Store }) {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  const dims = dataset && view ? controlledDims(dataset, view) : [];
  if (dims.length === 0) {
    return null;
  }
  return (
    <div
      class="usid-dims"
      role="group"
      aria-label="Dimensions"
      data-panel="dims"
    >
      {dims.map(dim => (
        <div
          key={dim.name}
          class="usid-dim"
          onFocusIn={() => (store.activeDim.value = dim.name)}
        >
          <DimRole dim={dim} overlaid={view?.overlay === dim.name} />
          <span class="usid-dim-name" title={dim.name}>
            {dim.name}
          </span>
          {dim.size <= MOST_SEGMENTS ? (
            <DimSegments store={store} dim={dim} />
          ) : (
            <DimSlider store={store} dim={dim} />
          )}
        </div>
      ))}
    </div>
  );
}

const SIDES = {
  position: 'Position dim',
  spectroscopic: 'Spectroscopic dim',
  array: 'Dim of a plain array'
};

/** What the dim is of, and what it does in this view. */
function DimRole({ dim, overlaid }: { dim: IDim; overlaid: boolean }) {
  const words = `${SIDES[dim.side]}, ${overlaid ? 'overlaid' : 'on a slider'}`;
  return (
    <span class="usid-dim-role" role="img" aria-label={words} title={words}>
      <SideIcon side={dim.side} />
    </span>
  );
}

interface IDimProps {
  store: Store;
  dim: IDim;
}

const OVERLAY = 'overlay';

function DimSegments({ store, dim }: IDimProps) {
  const { value: view } = store.view;
  const values = Array.from({ length: dim.size }, (_, i) => ({
    value: String(i),
    label: valueText(dim, i)
  }));
  const overlay = view?.curve ? [{ value: OVERLAY, label: 'Overlay' }] : [];
  const overlaid = view?.overlay === dim.name;
  return (
    <Segments
      name={dim.name}
      segments={[...values, ...overlay]}
      chosen={overlaid ? OVERLAY : String(view?.index[dim.name] ?? 0)}
      onChoose={value => choose(store, dim, value)}
    />
  );
}

function choose(store: Store, { name }: IDim, value: string): void {
  const { value: view } = store.view;
  if (value === OVERLAY) {
    store.update({ overlay: name });
  } else if (view) {
    const overlay = view.overlay === name ? null : view.overlay;
    const index = { ...view.index, [name]: Number(value) };
    store.update({ index, overlay });
  }
}

function DimSlider({ store, dim }: IDimProps) {
  const { name, size } = dim;
  const index = store.view.value?.index[name] ?? 0;
  return (
    <>
      <input
        class="usid-slider"
        type="range"
        role="slider"
        min={0}
        max={size - 1}
        step={1}
        value={index}
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={size - 1}
        aria-valuenow={index}
        aria-valuetext={valueText(dim, index)}
        style={{ '--usid-filled': `${(100 * index) / (size - 1)}%` }}
        onInput={event =>
          store.setIndex(name, Number(event.currentTarget.value))
        }
      />
      <DimValue store={store} dim={dim} index={index} />
      <span class="usid-dim-index">
        <b>{index + 1}</b> of {size}
      </span>
      <OverlayButton store={store} dim={dim} />
      <StepButtons store={store} dim={dim} index={index} />
    </>
  );
}

/** All curves of a dim at once, or the one at its index. */
function OverlayButton({ store, dim }: IDimProps) {
  const { value: view } = store.view;
  if (!view?.curve || dim.size > MOST_OVERLAID) {
    return null;
  }
  const overlaid = view.overlay === dim.name;
  return (
    <button
      type="button"
      class="usid-button usid-dim-overlay"
      aria-label={`Overlay ${dim.name}`}
      aria-pressed={overlaid}
      onClick={() => store.update({ overlay: overlaid ? null : dim.name })}
    >
      Overlay
    </button>
  );
}

/** The value, to read and to type over. */
function DimValue({ store, dim, index }: IDimProps & { index: number }) {
  const shown = valueAt(dim, index);
  const take = (field: HTMLInputElement): void => {
    const typed = field.value === shown ? null : field.value;
    const found = typed === null ? null : indexTyped(dim, typed, index);
    if (found !== null) {
      store.setIndex(dim.name, found);
    }
    field.value = found === null ? shown : valueAt(dim, found);
  };
  return (
    <span class="usid-dim-value">
      <input
        type="text"
        value={shown}
        aria-label={`${dim.name} value`}
        onFocus={event => event.currentTarget.select()}
        onBlur={event => take(event.currentTarget)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            take(event.currentTarget);
            event.currentTarget.select();
          } else if (event.key === 'Escape') {
            event.currentTarget.value = shown;
            event.stopPropagation();
          }
        }}
      />
      <span class="usid-dim-units">{unitsOf(dim)}</span>
    </span>
  );
}

function StepButtons({ store, dim, index }: IDimProps & { index: number }) {
  return (
    <span class="usid-dim-steps">
      <button
        type="button"
        class="usid-button"
        aria-label={`Previous ${dim.name}`}
        disabled={index === 0}
        onClick={() => store.stepIndex(dim.name, -1)}
      >
        <StepIcon back />
      </button>
      <button
        type="button"
        class="usid-button"
        aria-label={`Next ${dim.name}`}
        disabled={index === dim.size - 1}
        onClick={() => store.stepIndex(dim.name, 1)}
      >
        <StepIcon />
      </button>
    </span>
  );
}
