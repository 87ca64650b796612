/** Failures in words, and how they are shown. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IFailure } from '../model/messages';

/** Carries a failure to where it is shown. */
export class OpeningError extends Error {
  constructor(readonly failure: IFailure) {
    super(failure.message);
  }
}

export function asFailure(error: unknown, trans: TranslationBundle): IFailure {
  if (error instanceof OpeningError) {
    return error.failure;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { message: trans.__('This file could not be shown.'), reason };
}

interface IAlertOptions {
  failure: IFailure;
  trans: TranslationBundle;
  retry: () => void;
}

/** A sentence, the technical reason folded under it, and a way on. */
export function createAlert(options: IAlertOptions): HTMLElement {
  const { failure, trans, retry } = options;
  const alert = element('div', 'usid-Document-alert');
  alert.setAttribute('role', 'alert');
  alert.append(element('p', 'usid-Document-message', failure.message));
  if (failure.reason) {
    alert.append(reasonOf(failure.reason, trans.__('Technical reason')));
  }
  const button = element('button', 'jp-mod-styled', trans.__('Try again'));
  button.addEventListener('click', retry);
  alert.append(button);
  return alert;
}

function reasonOf(reason: string, title: string): HTMLElement {
  const details = element('details', 'usid-Document-reason');
  details.append(element('summary', '', title), element('pre', '', reason));
  return details;
}

/** Text only ever enters as text: it may come from a hostile file. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = ''
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
