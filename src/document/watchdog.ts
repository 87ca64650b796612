/** Notices that a kernel no longer answers. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

/** How long a probe may take once the kernel has been silent. */
const PROBE_MS = 4000;

/**
 * Watches the messages that pass anyway. Only when one has gone unanswered for
 * `patience` is a probe sent; if that stays unanswered too, the kernel hangs.
 */
export class Watchdog implements IDisposable {
  constructor(
    private readonly _kernel: Kernel.IKernelConnection,
    private _patience: number
  ) {
    _kernel.anyMessage.connect(this._onMessage, this);
  }

  /** Emits true when the kernel falls silent, false when it answers again. */
  get silenced(): ISignal<this, boolean> {
    return this._silenced;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** From now on answers are expected within so many milliseconds. */
  expectWithin(patience: number): void {
    this._patience = patience;
    if (this._timer !== undefined) {
      this._clear();
      this._wait();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._clear();
      this._kernel.anyMessage.disconnect(this._onMessage, this);
      Signal.clearData(this);
    }
  }

  private _onMessage(_: unknown, args: Kernel.IAnyMessageArgs): void {
    if (args.direction === 'send') {
      this._sent(args.msg);
    } else {
      this._received(args.msg);
    }
  }

  private _sent(msg: KernelMessage.IMessage): void {
    if (msg.channel === 'shell') {
      this._pending.add(msg.header.msg_id);
      if (this._timer === undefined) {
        this._wait();
      }
    }
  }

  private _received(msg: KernelMessage.IMessage): void {
    if (isIdle(msg)) {
      this._answered(msg.parent_header);
    }
    this._clear();
    if (this._pending.size > 0) {
      this._wait();
    }
    this._tell(false);
  }

  /** Requests are served in turn: an answer settles all before it, too. */
  private _answered(parent: KernelMessage.IMessage['parent_header']): void {
    const id = 'msg_id' in parent ? parent.msg_id : undefined;
    if (id === undefined || !this._pending.has(id)) {
      return;
    }
    for (const pending of this._pending) {
      this._pending.delete(pending);
      if (pending === id) {
        break;
      }
    }
  }

  private _wait(): void {
    this._timer = window.setTimeout(() => this._probe(), this._patience);
  }

  private _probe(): void {
    this._timer = window.setTimeout(() => this._tell(true), PROBE_MS);
    // A kernel that is shut down meanwhile rejects; that is not ours to report.
    this._kernel.requestKernelInfo().catch(() => undefined);
  }

  private _clear(): void {
    window.clearTimeout(this._timer);
    this._timer = undefined;
  }

  private _tell(silent: boolean): void {
    if (silent !== this._isSilent) {
      this._isSilent = silent;
      this._silenced.emit(silent);
    }
  }

  private _isDisposed = false;
  private _isSilent = false;
  private readonly _pending = new Set<string>();
  private readonly _silenced = new Signal<this, boolean>(this);
  private _timer: number | undefined;
}

function isIdle(msg: KernelMessage.IMessage): boolean {
  return (
    msg.header.msg_type === 'status' &&
    (msg as KernelMessage.IStatusMsg).content.execution_state === 'idle'
  );
}
