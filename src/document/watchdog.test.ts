import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watchdog } from './watchdog';

/** As much of a kernel as the watchdog looks at. */
class Wire {
  readonly anyMessage = new Signal<this, Kernel.IAnyMessageArgs>(this);
  probes = 0;

  requestKernelInfo(): Promise<void> {
    this.probes += 1;
    this.send('probe');
    return Promise.resolve();
  }

  send(id: string): void {
    const msg = { channel: 'shell', header: { msg_id: id, msg_type: 'x' } };
    this._emit('send', msg);
  }

  receive(parent: string, type = 'status', state = 'idle'): void {
    this._emit('recv', {
      channel: 'iopub',
      header: { msg_id: `reply to ${parent}`, msg_type: type },
      parent_header: { msg_id: parent },
      content: { execution_state: state }
    });
  }

  private _emit(direction: 'send' | 'recv', msg: unknown): void {
    this.anyMessage.emit({ direction, msg: msg as KernelMessage.IMessage });
  }
}

let wire: Wire;
let said: boolean[];
let watchdog: Watchdog;

beforeEach(() => {
  vi.useFakeTimers();
  wire = new Wire();
  said = [];
  const kernel = wire as unknown as Kernel.IKernelConnection;
  watchdog = new Watchdog(kernel, 6000);
  watchdog.silenced.connect((_, silent) => said.push(silent));
});

afterEach(() => {
  watchdog.dispose();
  vi.useRealTimers();
});

test('a kernel that nobody asks anything may be silent', () => {
  vi.advanceTimersByTime(3_600_000);
  expect([said, wire.probes]).toEqual([[], 0]);
});

test('an answer ends the waiting', () => {
  wire.send('a');
  wire.receive('a');
  vi.advanceTimersByTime(60_000);
  expect([said, wire.probes]).toEqual([[], 0]);
});

test('silence is told after a probe has gone unanswered', () => {
  wire.send('a');
  vi.advanceTimersByTime(6000);
  expect([said, wire.probes]).toEqual([[], 1]);
  vi.advanceTimersByTime(4000);
  expect(said).toEqual([true]);
});

test('a busy kernel that still answers the probe is not silent', () => {
  wire.send('a');
  vi.advanceTimersByTime(6000);
  wire.receive('probe');
  vi.advanceTimersByTime(60_000);
  expect([said, wire.probes]).toEqual([[], 1]);
});

test('a kernel that begins and does not finish is silent', () => {
  wire.send('a');
  wire.receive('a', 'status', 'busy');
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([true]);
});

test('output shows that a kernel lives', () => {
  wire.send('a');
  for (let second = 0; second < 30; second += 5) {
    vi.advanceTimersByTime(5000);
    wire.receive('a', 'stream');
  }
  expect(said).toEqual([]);
});

test('the end of a silence is told, once', () => {
  wire.send('a');
  vi.advanceTimersByTime(10_000);
  wire.receive('a', 'status', 'busy');
  wire.receive('a');
  expect(said).toEqual([true, false]);
});

test('an answer settles the messages before it', () => {
  wire.send('lost');
  wire.send('b');
  wire.receive('b');
  vi.advanceTimersByTime(60_000);
  expect([said, wire.probes]).toEqual([[], 0]);
});

test('nothing is told after the end', () => {
  wire.send('a');
  watchdog.dispose();
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
});

test('what is waited for while patience ends is due by the new measure', () => {
  const patient = new Watchdog(
    wire as unknown as Kernel.IKernelConnection,
    60_000
  );
  wire.send('a');
  patient.expectWithin(1000);
  vi.advanceTimersByTime(1001);
  expect(wire.probes).toBe(1);
  patient.dispose();
});
