/** The curves of a model, painted whenever it changes. */

import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { IController, IShown } from '../controller';
import { usePainting } from './animation';
import type { ICurveModel } from './curve-model';
import { CurvePlot } from './curve-plot';
import type { ISurface } from './surface';

interface IProps {
  controller: IController;
  model: ICurveModel;
  surface: ISurface;
  onPainted: (shown: IShown) => void;
}

export function CurveCanvas(props: IProps) {
  const root = useRef<HTMLDivElement>(null);
  useCurvePainting(props, root);
  const empty = props.model.scene.value?.extent === null;
  return (
    <>
      <div class="usid-curve-plot" ref={root} aria-hidden="true" />
      {empty && <p class="usid-empty">No values here: all are NaN.</p>}
    </>
  );
}

function useCurvePainting(
  { controller, model, surface, onPainted }: IProps,
  root: RefObject<HTMLElement>
): void {
  const plot = useRef<CurvePlot | null>(null);
  useEffect(
    () => () => {
      plot.current?.dispose();
      plot.current = null;
    },
    []
  );
  usePainting(
    () => {
      const scene = model.scene.value;
      const turning = scene?.course === 'turning';
      return {
        scene,
        size: surface.size.value,
        xRange: model.xRange.value,
        yRange: model.yRange.value,
        band: turning ? (controller.view.value?.band ?? null) : null,
        look: surface.theme.value + surface.density.value
      };
    },
    ({ scene, ...rest }) => {
      if (root.current && scene && rest.size.width > 0) {
        plot.current ??= new CurvePlot(root.current, model.margins);
        plot.current.paint({ scene, ...rest });
        onPainted(scene.shown);
      }
    }
  );
}
