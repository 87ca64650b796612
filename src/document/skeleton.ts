/** What stands in a document until its viewer has painted. */

import type { IDisposable } from '@lumino/disposable';
import { element } from './failure';

/** What is there sooner needs no stand-in. */
const DELAY_MS = 150;

export class Skeleton implements IDisposable {
  constructor(text: string) {
    this.node = element('div', 'usid-Document-skeleton');
    this.node.setAttribute('role', 'status');
    this._timer = window.setTimeout(() => this._appear(text), DELAY_MS);
  }

  readonly node: HTMLElement;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.clearTimeout(this._timer);
      this._observer?.disconnect();
      this.node.remove();
    }
  }

  /**
   * Go when a viewer in `view` is ready, or says what is wrong; or how far it is,
   * and how to end that.
   */
  waitFor(view: HTMLElement, painted: () => void): void {
    const look = (): void => {
      if (view.querySelector('[data-state="ready"], [data-state="error"]')) {
        this.dispose();
        painted();
      } else if (view.querySelector('.usid-skeleton button')) {
        this.node.remove();
      }
    };
    this._observer = new MutationObserver(look);
    this._observer.observe(view, {
      attributeFilter: ['data-state'],
      childList: true,
      subtree: true
    });
    look();
  }

  private _appear(text: string): void {
    this.node.append(
      element('p', 'usid-Document-path', text),
      element('div', 'usid-Document-bar'),
      element('div', 'usid-Document-panels')
    );
  }

  private _isDisposed = false;
  private _observer: MutationObserver | null = null;
  private readonly _timer: number;
}
