/** The button Colour map: the colours of the map, each shown as a ramp. */

import { useEffect, useRef } from 'preact/hooks';
import type { IComponent } from '../../model/dataset';
import type { ColormapKind, ColormapName } from '../../render/colormap';
import {
  COLORMAP_NAMES,
  colormap,
  defaultColormap
} from '../../render/colormap';
import type { IController } from '../controller';
import { componentOf } from './colouring';
import { PopoverButton } from './popover';
import { Ramp } from './ramp';
import './panels.css';

interface IProps {
  controller: IController;
}

const GROUPS: readonly { kind: ColormapKind; title: string }[] = [
  { kind: 'sequential', title: 'Sequential' },
  { kind: 'diverging', title: 'Diverging' },
  { kind: 'cyclic', title: 'Cyclic' },
  { kind: 'categorical', title: 'Categorical' }
];

export function ColormapButton({ controller }: IProps) {
  return (
    <PopoverButton label="Colour map" title="Colour maps" icon={<RampIcon />}>
      {() => <ColormapList controller={controller} />}
    </PopoverButton>
  );
}

function RampIcon() {
  return (
    <svg class="usid-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path fill="#440154" d="M1 4h4v8H1z" />
      <path fill="#26828e" d="M5 4h3v8H5z" />
      <path fill="#35b779" d="M8 4h3v8H8z" />
      <path fill="#fde725" d="M11 4h4v8h-4z" />
    </svg>
  );
}

function ColormapList({ controller }: IProps) {
  const list = useRef<HTMLDivElement>(null);
  const view = controller.view.value;
  const component = componentOf(controller.dataset.value, view);
  useEffect(() => {
    const { current } = list;
    current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  }, []);
  if (!view || !component) {
    return <p class="usid-quiet">There is no map.</p>;
  }
  const used = colormap(view.colormap ?? defaultColormap(component)).name;
  return (
    <div
      ref={list}
      class="usid-colormaps"
      role="listbox"
      aria-label="Colour maps"
      onKeyDown={event => walk(event)}
    >
      {GROUPS.map(({ kind, title }) => (
        <div key={kind} role="group" aria-label={title}>
          <h4 aria-hidden="true">{title}</h4>
          {namesOf(kind).map(name => (
            <ColormapOption
              key={name}
              name={name}
              selected={name === used}
              usual={name === defaultColormap(component)}
              onChoose={() => choose(controller, component, name)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function namesOf(kind: ColormapKind): ColormapName[] {
  return COLORMAP_NAMES.filter(name => colormap(name).kind === kind);
}

/** The usual map is not written down: it follows the component. */
function choose(
  controller: IController,
  component: IComponent,
  name: ColormapName
): void {
  controller.update({
    colormap: name === defaultColormap(component) ? null : name
  });
}

interface IOptionProps {
  name: ColormapName;
  selected: boolean;
  usual: boolean;
  onChoose: () => void;
}

function ColormapOption({ name, selected, usual, onChoose }: IOptionProps) {
  const map = colormap(name);
  return (
    <div
      class="usid-colormap"
      role="option"
      tabIndex={selected ? 0 : -1}
      aria-selected={selected}
      aria-label={usual ? `${map.label}, default` : map.label}
      onClick={onChoose}
      onFocus={selected ? undefined : onChoose}
    >
      <Ramp map={map} orientation="horizontal" />
      <span>{map.label}</span>
      {usual && <small>default</small>}
    </div>
  );
}

/** Arrows go through the list, and the map is shown in each at once. */
function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget as HTMLElement;
  const options = [...list.querySelectorAll<HTMLElement>('[role="option"]')];
  const at = options.indexOf(document.activeElement as HTMLElement);
  if (step !== undefined && at >= 0) {
    event.preventDefault();
    options[at + step]?.focus();
  }
}
