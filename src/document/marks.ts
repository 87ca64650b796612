import { FILE_TYPE } from './filetype';

const START = 'usid-lab:start';

/** A mark that is older belongs to something that opened before. */
const FRESH_MS = 1000;

const ROW = `.jp-DirListing-item[data-file-type="${FILE_TYPE}"]`;

/** Note when the user asked for a document, unless that was noted just now. */
export function markStart(): void {
  const last = performance.getEntriesByName(START, 'mark').at(-1);
  if (!last || performance.now() - last.startTime > FRESH_MS) {
    performance.mark(START);
  }
}

/** Note a double click on one of our files before anything handles it. */
export function markDoubleClicks(): void {
  document.addEventListener(
    'dblclick',
    event => {
      if (event.target instanceof Element && event.target.closest(ROW)) {
        performance.mark(START);
      }
    },
    { capture: true }
  );
}
