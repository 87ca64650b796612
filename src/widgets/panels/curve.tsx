/** The spectrum at the cursor, or curves of a family, with the marker. */

import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { IController } from '../controller';
import { usePainting } from './animation';
import { CurveCanvas } from './curve-canvas';
import { CurveGestures } from './curve-gestures';
import { CurveLegend } from './curve-legend';
import type { ICurveModel } from './curve-model';
import { curveModel } from './curve-model';
import { CurveOverlay } from './curve-overlay';
import { cursorText, curveScene } from './curve-scene';
import { CurveTable } from './curve-table';
import { curveTarget } from './curve-target';
import type { ISurface } from './surface';
import { useSurface } from './surface';
import './panels.css';

interface IProps {
  controller: IController;
}

export function CurvePanel({ controller }: IProps) {
  const area = useRef<HTMLDivElement>(null);
  const surface = useSurface(area);
  const model = useMemo(() => {
    const { dataset, curve } = controller;
    const read = () => curveScene(dataset.value, curve.value);
    return curveModel(read, controller, surface);
  }, [controller]);
  const gestures = useMemo(
    () => new CurveGestures(controller, () => curveTarget(model)),
    [controller, model]
  );
  const table = tableOf(controller);
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
      <CurveTitle
        controller={controller}
        model={model}
        surface={surface}
        area={area}
      />
      <div class="usid-curve-area" ref={area}>
        {table ? (
          <CurveTable rows={table} caption={captionOf(controller)} />
        ) : (
          <CurveCanvas
            controller={controller}
            model={model}
            surface={surface}
            onPainted={shown => controller.painted('curve', shown)}
          />
        )}
        {!table && (
          <CurveOverlay
            controller={controller}
            model={model}
            gestures={gestures}
          />
        )}
      </div>
      {table && <TablePainting controller={controller} />}
    </section>
  );
}

function tableOf({ curve }: IController) {
  const frame = curve.value?.frame;
  return frame?.curve ? null : (frame?.table ?? null);
}

/** Where the shown curve was measured. */
function captionOf({ curve, dataset }: IController): string {
  const shown = curve.value;
  const described = dataset.value;
  return shown && described && shown.view.dataset === described.path
    ? cursorText(described, shown.view)
    : '';
}

interface ITitleProps extends IProps {
  model: ICurveModel;
  surface: ISurface;
  area: RefObject<HTMLElement>;
}

function CurveTitle({ controller, model, surface, area }: ITitleProps) {
  const scene = model.scene.value;
  const frame = controller.curve.value?.frame;
  if (!scene || !frame?.curve) {
    return <header class="usid-panel-title" />;
  }
  const place = frame.title ?? captionOf(controller);
  const { label } = scene.component;
  return (
    <header class="usid-panel-title">
      <span class="usid-panel-name" title={`${label} ${place}`.trim()}>
        {scene.curves.length > 1 ? '' : label}
      </span>{' '}
      <span class="usid-panel-place" title={place}>
        {place}
      </span>
      {frame.valid !== undefined && (
        <span class="usid-note">{frame.valid.toLocaleString('en')} values</span>
      )}
      <CurveLegend scene={scene} root={area} theme={surface.theme.value} />
    </header>
  );
}

/** A table is painted by the browser together with the next frame. */
function TablePainting({ controller }: IProps) {
  usePainting(
    () => controller.curve.value,
    shown => controller.painted('curve', shown)
  );
  return null;
}
