import type { IController } from '../controller';
import './panels.css';

export function ColormapButton(_props: { controller: IController }) {
  return (
    <button type="button" class="usid-button">
      Colour map
    </button>
  );
}
