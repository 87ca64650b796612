import type { IController } from '../controller';
import './panels.css';

export function CurvePanel(_props: { controller: IController }) {
  return (
    <div
      class="usid-panel usid-curve"
      role="region"
      aria-label="Spectrum"
      tabIndex={0}
    />
  );
}
