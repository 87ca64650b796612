import type { IController } from '../controller';
import './panels.css';

export function GridPanel(_props: { controller: IController }) {
  return (
    <div
      class="usid-panel usid-grid"
      role="region"
      aria-label="Maps"
      tabIndex={0}
    />
  );
}
