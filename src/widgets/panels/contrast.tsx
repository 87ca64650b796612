import type { IController } from '../controller';
import './panels.css';

export function ContrastButton(_props: { controller: IController }) {
  return (
    <button type="button" class="usid-button">
      Contrast
    </button>
  );
}
