/**
 * How a widget asks JupyterLab to interrupt its kernel: an event that bubbles up
 * from the widget. Whoever does it prevents the event's default, so that the
 * widget knows whether somebody did.
 */

const INTERRUPT = 'usid-lab:interrupt';

/** Ask whoever is around; false if nobody can. */
export function askInterrupt(from: Element): boolean {
  const event = new CustomEvent(INTERRUPT, {
    bubbles: true,
    cancelable: true,
    composed: true
  });
  return !from.dispatchEvent(event);
}

/** Answer such wishes; `interrupt` says whether it does it. Returns what ends it. */
export function answerInterrupts(
  page: Document,
  interrupt: (from: Element) => boolean
): () => void {
  const listen = (event: Event): void => {
    const [from] = event.composedPath();
    if (from instanceof Element && interrupt(from)) {
      event.preventDefault();
    }
  };
  page.addEventListener(INTERRUPT, listen);
  return () => page.removeEventListener(INTERRUPT, listen);
}
