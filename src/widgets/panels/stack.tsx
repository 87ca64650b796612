/** The curves of a channel set, one above the other, over one abscissa. */

import { computed } from '@preact/signals';
import type { MutableRef } from 'preact/hooks';
import { useMemo, useRef } from 'preact/hooks';
import type { IController, IShown } from '../controller';
import { CurveCanvas } from './curve-canvas';
import { CurveGestures } from './curve-gestures';
import { CurveLegend } from './curve-legend';
import type { ICurveModel } from './curve-model';
import { curveModel } from './curve-model';
import { CurveOverlay } from './curve-overlay';
import { channelScene } from './curve-scene';
import { curveTarget } from './curve-target';
import {
  leastHeight,
  stackItems,
  stackMargins,
  stackPainted
} from './stack-model';
import { useSurface } from './surface';
import './panels.css';

interface IProps {
  controller: IController;
}

export function StackPanel({ controller }: IProps) {
  const items = stackItems(controller.grid.value);
  const painted = useMemo(() => stackPainted(controller), [controller]);
  const pointed = useRef<ICurveModel | null>(null);
  const gestures = useMemo(
    () =>
      new CurveGestures(
        controller,
        () => pointed.current && curveTarget(pointed.current)
      ),
    [controller]
  );
  return (
    <section
      class="usid-panel usid-curve-panel"
      role="region"
      aria-label="Spectrum"
      tabIndex={0}
      onKeyDown={gestures.keyDown}
      onKeyUp={gestures.keyUp}
      onBlur={gestures.blur}
    >
      <StackTitle controller={controller} />
      <div class="usid-stack">
        {items.map(({ path, label, curve }, k) => (
          <StackPlot
            key={`${k} of ${items.length} ${path}`}
            controller={controller}
            gestures={gestures}
            pointed={pointed}
            place={{ k, count: items.length }}
            path={path}
            label={label}
            awaited={curve === undefined}
            onPainted={shown => painted(path, shown)}
          />
        ))}
      </div>
    </section>
  );
}

/** What the colours mean, once for all plots. */
function StackTitle({ controller }: IProps) {
  const title = useRef<HTMLElement>(null);
  const surface = useSurface(title);
  const scene = useMemo(
    () =>
      computed(() => {
        const { grid, dataset } = controller;
        const first = stackItems(grid.value).find(({ curve }) => curve);
        return first && channelScene(dataset.value, grid.value, first.path);
      }),
    [controller]
  );
  return (
    <header class="usid-panel-title" ref={title}>
      {scene.value && (
        <CurveLegend
          scene={scene.value}
          root={title}
          theme={surface.theme.value}
        />
      )}
    </header>
  );
}

interface IPlotProps extends IProps {
  gestures: CurveGestures;
  /** The plot that the pointer is in. */
  pointed: MutableRef<ICurveModel | null>;
  place: { k: number; count: number };
  path: string;
  label: string;
  /** Its curve has not come; what stands in its place is another one. */
  awaited: boolean;
  onPainted: (shown: IShown) => void;
}

function StackPlot({
  controller,
  gestures,
  pointed,
  place: { k, count },
  path,
  label,
  awaited,
  onPainted
}: IPlotProps) {
  const area = useRef<HTMLDivElement>(null);
  const surface = useSurface(area);
  const model = useMemo(() => {
    const { dataset, grid } = controller;
    const read = () => channelScene(dataset.value, grid.value, path);
    return curveModel(read, controller, surface, stackMargins(k, count));
  }, [controller]);
  const point = (): void => {
    pointed.current = model;
  };
  return (
    <div
      class="usid-stack-plot"
      ref={area}
      role="group"
      aria-label={label}
      aria-busy={awaited}
      style={{ flexBasis: leastHeight(model.margins) }}
      onPointerDownCapture={point}
      onPointerMoveCapture={point}
      onWheelCapture={point}
      onFocusCapture={point}
    >
      {awaited && !model.scene.value && (
        <p class="usid-empty usid-quiet">{label} …</p>
      )}
      <CurveCanvas
        controller={controller}
        model={model}
        surface={surface}
        onPainted={onPainted}
      />
      <CurveOverlay
        controller={controller}
        model={model}
        gestures={gestures}
        lead={k === 0}
      />
    </div>
  );
}
