/** Requests to the kernel, over the custom messages of a widget's model. */

import { signal } from '@preact/signals';
import { MalformedError } from '../model/check';
import { decodeArrays } from '../model/decode';
import { replyMessage, results } from '../model/guards';
import type {
  FileState,
  IFailure,
  IRequestMessage,
  IRequests,
  ReplyMessage
} from '../model/messages';

/** As much of a widget's model as the viewer uses. */
export interface IModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: IRequestMessage): void;
  on(event: string, listener: (...given: unknown[]) => void): void;
  off(event: string, listener: (...given: unknown[]) => void): void;
}

/** The kernel could not do what it was asked for. */
export class RequestError extends Error {
  constructor(readonly failure: IFailure) {
    super(failure.message);
    this.name = 'RequestError';
  }
}

/** A newer request took over; there is nothing to show or to say. */
export class StaleError extends Error {}

interface IPending {
  type: keyof IRequests;
  settle(result: unknown): void;
  fail(error: Error): void;
  progress(fraction: number): void;
  partial(result: unknown): void;
}

export interface IRequestOptions<Result> {
  onProgress?: (fraction: number) => void;
  /** Takes the result so far, now and then, if it takes long. */
  onPartial?: (result: Result) => void;
  /** Nobody waits any more: the kernel is told, and answers that it was in vain. */
  signal?: AbortSignal;
}

const GONE: IFailure = {
  message: 'The kernel that reads this file has stopped. The file is unharmed.',
  reason: 'The connection to the kernel was closed.'
};

/** What went wrong, for people. */
export function failureOf(error: unknown): IFailure {
  if (error instanceof RequestError) {
    return error.failure;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { message: 'The answer of the kernel was not understood.', reason };
}

export class Client {
  /** What has become of the file since it was opened, as far as is known. */
  readonly fileState = signal<FileState>('same');
  /** The state of the file that is shown. */
  private edition: string | undefined;
  private readonly view = Math.random().toString(36).slice(2);
  private readonly pending = new Map<string, IPending>();
  private count = 0;
  private gone = false;

  constructor(private readonly model: IModel) {
    model.on('msg:custom', this.receive);
    model.on('comm:close', this.disconnect);
  }

  request<T extends keyof IRequests>(
    type: T,
    params: IRequests[T]['params'],
    options: IRequestOptions<IRequests[T]['result']> = {}
  ): Promise<IRequests[T]['result']> {
    if (this.gone) {
      return Promise.reject(new RequestError(GONE));
    }
    const id = `${this.view}-${this.count++}`;
    const { onProgress, onPartial, signal } = options;
    const { edition } = this;
    signal?.addEventListener('abort', () => this.withdraw(id));
    return new Promise((resolve, reject) => {
      this.pending.set(id, {
        type,
        settle: result => resolve(result as IRequests[T]['result']),
        fail: reject,
        progress: onProgress ?? (() => undefined),
        partial: result => onPartial?.(result as IRequests[T]['result'])
      });
      this.model.send({ kind: 'request', id, type, params, edition });
    });
  }

  /** From now on nothing is answered that is of another state of the file. */
  shows(edition: string): void {
    this.edition = edition;
    this.fileState.value = 'same';
  }

  dispose(): void {
    this.model.off('msg:custom', this.receive);
    this.model.off('comm:close', this.disconnect);
    this.pending.clear();
  }

  private withdraw(id: string): void {
    if (this.pending.has(id)) {
      this.request('cancel', { request: id }).catch(() => undefined);
    }
  }

  private readonly disconnect = (): void => {
    this.gone = true;
    const abandoned = [...this.pending.values()];
    this.pending.clear();
    abandoned.forEach(request => request.fail(new RequestError(GONE)));
  };

  private readonly receive = (content: unknown, buffers: unknown): void => {
    const id = (content as { id?: unknown } | null)?.id;
    const request = typeof id === 'string' ? this.pending.get(id) : undefined;
    if (!request) {
      return;
    }
    try {
      const message = replyMessage(content);
      if (message) {
        this.answer(request, message, dataViews(buffers));
      }
    } catch (error) {
      this.pending.delete(String(id));
      request.fail(error instanceof Error ? error : new Error(String(error)));
    }
  };

  private answer(
    request: IPending,
    message: ReplyMessage,
    buffers: DataView[]
  ): void {
    if (message.kind === 'progress') {
      request.progress(message.fraction);
      return;
    }
    if (message.kind === 'partial') {
      request.partial(understood(request, message.result, buffers));
      return;
    }
    this.pending.delete(message.id);
    if (message.status === 'ok') {
      request.settle(understood(request, message.result, buffers));
    } else {
      request.fail(
        message.status === 'stale'
          ? new StaleError()
          : this.failed(message.error)
      );
    }
  }

  private failed(failure: IFailure): RequestError {
    this.fileState.value = failure.file ?? this.fileState.value;
    return new RequestError(failure);
  }
}

/** A result with its arrays, if it has the form of what was asked for. */
function understood(
  { type }: IPending,
  result: unknown,
  buffers: DataView[]
): unknown {
  return results[type](decodeArrays(result, buffers), type);
}

function dataViews(buffers: unknown): DataView[] {
  if (!Array.isArray(buffers)) {
    return [];
  }
  return buffers.map((buffer: unknown) => {
    if (buffer instanceof DataView) {
      return buffer;
    }
    if (ArrayBuffer.isView(buffer)) {
      return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    if (buffer instanceof ArrayBuffer) {
      return new DataView(buffer);
    }
    throw new MalformedError('buffer', 'bytes');
  });
}
