/** Asks a kernel for the viewer of a file. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { IFailure } from '../model/messages';
import { OpeningError } from './failure';

/** Always this text: the path travels beside it, as data. */
const CODE = 'from usid_lab.lab import document; document.show()';

const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';
const FAILURE = 'application/vnd.usid-lab.failure+json';

/** What the kernel reads from the metadata of the message. */
export interface IShowRequest {
  path: string;
  root: string;
  view: JSONObject | null;
}

/** The id of the viewer's model in the kernel. */
export async function requestViewer(
  kernel: Kernel.IKernelConnection,
  request: IShowRequest,
  words: { trans: TranslationBundle; kernelName: string }
): Promise<string> {
  const future = kernel.requestExecute(
    { code: CODE, store_history: false, allow_stdin: false },
    true,
    { usid_lab: { ...request } }
  );
  return new Promise((resolve, reject) => {
    future.onIOPub = msg => settle(msg, resolve, reject);
    future.done.then(
      reply => reject(new OpeningError(failureOf(reply.content, words))),
      reject
    );
  });
}

function settle(
  msg: KernelMessage.IIOPubMessage,
  resolve: (id: string) => void,
  reject: (error: Error) => void
): void {
  if (msg.header.msg_type !== 'display_data') {
    return;
  }
  const { data } = (msg as KernelMessage.IDisplayDataMsg).content;
  const view = data[WIDGET_VIEW] as { model_id: string } | undefined;
  const failure = data[FAILURE] as unknown as IFailure | undefined;
  if (view) {
    resolve(view.model_id);
  } else if (failure) {
    reject(new OpeningError(failure));
  }
}

/** A reply without any viewer before it. */
function failureOf(
  reply: KernelMessage.IExecuteReplyMsg['content'],
  words: { trans: TranslationBundle; kernelName: string }
): IFailure {
  const { trans, kernelName } = words;
  if (reply.status !== 'error') {
    return { message: trans.__('The kernel showed no viewer.'), reason: '' };
  }
  const reason = traceback(reply);
  if (reply.ename === 'ModuleNotFoundError' && /usid_lab/.test(reply.evalue)) {
    return { message: notInstalled(trans, kernelName), reason };
  }
  return { message: trans.__('This file could not be shown.'), reason };
}

function notInstalled(trans: TranslationBundle, kernelName: string): string {
  return trans.__(
    'The kernel "%1" cannot read this file because usid_lab is not installed in it. Install it there with "pip install usid-lab", or choose another kernel in the settings of the USID Workbench, and try again.',
    kernelName
  );
}

/** Colours of a terminal mean nothing here. */
function traceback(reply: KernelMessage.IReplyErrorContent): string {
  const lines = reply.traceback ?? [];
  const text = lines.length
    ? lines.join('\n')
    : `${reply.ename}: ${reply.evalue}`;
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
