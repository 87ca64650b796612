import type { IController } from '../controller';
import './panels.css';

export function MapPanel(_props: { controller: IController }) {
  return (
    <div class="usid-panel usid-map" role="img" aria-label="Map" tabIndex={0} />
  );
}
