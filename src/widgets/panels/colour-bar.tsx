/** The colour bar beside a map: what the colours mean, and handles for them. */

import type { Signal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import { scaledTicks } from '../../render/axis';
import type { IColormap } from '../../render/colormap';
import { cssColour } from '../../render/colormap';
import type { IHistogram, Limits } from '../../render/statistics';
import { extent, histogram } from '../../render/statistics';
import type { IBox } from '../../render/transform';
import type { IController } from '../controller';
import type { IColouring } from './colouring';
import { HistogramShape } from './histogram-shape';
import { LimitHandle } from './limit-handle';
import { domainAround, fractionIn, limitText, setLimits } from './limits';
import type { MapScene } from './map-scene';
import { Ramp } from './ramp';
import { useMemo } from 'preact/hooks';

interface IProps {
  controller: IController;
  scene: MapScene;
  colouring: IColouring;
  box: IBox;
  markClipped: Signal<boolean>;
}

const BINS = 64;
/** CSS pixels between numbers beside the bar. */
const TICK_ROOM = 36;
const LABEL_ROOM = 14;

export function ColourBar(props: IProps) {
  const { box, colouring, scene } = props;
  const { left, top, width, height } = box;
  return (
    <div
      class="usid-colour-bar"
      style={{ left, top, width, height }}
      role="group"
      aria-label="Colour bar"
    >
      <span class="usid-bar-units">{colouring.prefix.units}</span>
      {colouring.scale.kind === 'categorical' ? (
        <Categories map={colouring.map} values={scene.values} />
      ) : (
        <Scale {...props} />
      )}
    </div>
  );
}

function Scale({ controller, scene, colouring, box, markClipped }: IProps) {
  const held = useSignal<Limits | null>(null);
  const { limits, scale, map, prefix } = colouring;
  const movable = scale.kind === 'linear';
  const domain = held.value ?? (movable ? domainAround(limits) : limits);
  const counts = useMemo(
    () => histogram(scene.values, domain[0], domain[1], BINS),
    [scene.values, domain[0], domain[1]]
  );
  const moving = (on: boolean) => {
    held.value = on ? (held.value ?? domain) : null;
    markClipped.value = on;
  };
  const handle = { limits, domain, prefix, onMoving: moving };
  return (
    <>
      <HistogramShape histogram={counts} orientation="vertical" />
      <RampWithEnds map={map} limits={limits} domain={domain} />
      <BarLabels colouring={colouring} domain={domain} height={box.height} />
      {movable && (
        <div
          class="usid-limit-track"
          title={clippedText(counts)}
          onDblClick={() => controller.autoscale()}
        >
          {([0, 1] as const).map(end => (
            <LimitHandle
              {...handle}
              key={end}
              end={end}
              label={end ? 'Upper limit' : 'Lower limit'}
              orientation="vertical"
              onLimits={moved => setLimits(controller, moved)}
            />
          ))}
        </div>
      )}
    </>
  );
}

/** Beyond the limits the bar is of one colour, as the map is. */
function RampWithEnds({
  map,
  limits,
  domain
}: {
  map: IColormap;
  limits: Limits;
  domain: Limits;
}) {
  const [bottom, top] = limits.map(limit => 100 * fractionIn(domain, limit));
  const last = map.colours.length - 1;
  return (
    <div
      class="usid-bar-ramp"
      style={{
        background: `linear-gradient(to top, ${endColour(map, 0)} 50%, ${endColour(map, last)} 50%)`
      }}
    >
      <div style={{ bottom: `${bottom}%`, top: `${100 - (top ?? 100)}%` }}>
        <Ramp map={map} orientation="vertical" />
      </div>
    </div>
  );
}

function endColour(map: IColormap, entry: number): string {
  return cssColour(map.colours[entry] as number);
}

function BarLabels({
  colouring,
  domain,
  height
}: {
  colouring: IColouring;
  domain: Limits;
  height: number;
}) {
  const { limits, prefix } = colouring;
  const count = Math.max(2, Math.floor(height / TICK_ROOM));
  const place = (value: number) => fractionIn(domain, value) * height;
  const free = scaledTicks(limits[0], limits[1], count, prefix).filter(
    ({ at }) =>
      limits.every(limit => Math.abs(place(at) - place(limit)) > LABEL_ROOM)
  );
  return (
    <div class="usid-bar-labels" aria-hidden="true">
      {free.map(({ at, text }) => (
        <span key={at} style={{ bottom: place(at) }}>
          {text}
        </span>
      ))}
      {limits.map((limit, end) => (
        <b key={end} style={{ bottom: place(limit) }}>
          {limitText(limit, limits, prefix)}
        </b>
      ))}
    </div>
  );
}

function clippedText({ under, over, total }: IHistogram): string {
  const share = (count: number) =>
    ((100 * count) / Math.max(total, 1)).toFixed(1);
  return `${share(under)} % of the values lie below, ${share(over)} % above what is shown here. Double click fits the limits.`;
}

type CategoryValues = Pick<MapScene, 'values'>['values'];

/** One patch for each label that the map may hold. */
function Categories({
  map,
  values
}: {
  map: IColormap;
  values: CategoryValues;
}) {
  const most = extent(values)?.[1] ?? 0;
  const labels = Array.from(
    { length: Math.min(Math.round(most) + 1, 24) },
    (_, label) => label
  ).reverse();
  return (
    <ol class="usid-categories">
      {labels.map(label => (
        <li key={label}>
          <i
            style={{ background: endColour(map, label % map.colours.length) }}
          />
          {label}
        </li>
      ))}
    </ol>
  );
}
