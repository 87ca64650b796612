import { describe, expect, it, vi } from 'vitest';
import { Client, failureOf, RequestError, StaleError } from './client';
import { FakeModel, MAP, settled } from './fixtures';
import type { IViewState } from '../model/view';

const view = {} as IViewState;

describe('Client', () => {
  it('gives each answer to its own request, arrays decoded', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const first = client.request('frame', { slot: 'map', view });
    const second = client.request('frame', { slot: 'curve', view });
    const [one, two] = model.sent;
    expect(one?.id).not.toBe(two?.id);
    if (one && two) {
      await model.answer(two, { valid: 2 });
      await model.answer(one, MAP);
    }
    expect((await first).map?.data).toEqual(
      Float32Array.from({ length: 48 }, (_, i) => i)
    );
    expect((await second).valid).toBe(2);
  });

  it('does not take the answers of another view of the same model', async () => {
    const model = new FakeModel();
    const [mine, other] = [new Client(model), new Client(model)];
    const asked = mine.request('cancel', { slot: 'map' });
    void other.request('cancel', { slot: 'map' });
    expect(new Set(model.sent.map(({ id }) => id)).size).toBe(2);
    const [request] = model.sent;
    if (request) {
      await model.answer(request, null);
    }
    await expect(asked).resolves.toBeNull();
  });

  it('tells progress, failures and what has become stale', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const onProgress = vi.fn();
    const asked = client.request(
      'frame',
      { slot: 'map', view },
      { onProgress }
    );
    const { id } = model.last('frame');
    model.emit('msg:custom', { kind: 'progress', id, fraction: 0.37 }, []);
    expect(onProgress).toHaveBeenCalledWith(0.37);
    model.emit('msg:custom', { kind: 'reply', id, status: 'stale' }, []);
    await expect(asked).rejects.toBeInstanceOf(StaleError);

    const again = client.request('frame', { slot: 'map', view });
    await Promise.all([
      expect(again).rejects.toEqual(
        new RequestError({ message: 'damaged', reason: 'because' })
      ),
      model.refuse(model.last('frame'), 'damaged')
    ]);
  });

  it('tells what has come so far, and then all', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const onPartial = vi.fn();
    const asked = client.request('frame', { slot: 'map', view }, { onPartial });
    model.partial(model.last('frame'), MAP);
    model.partial(model.last('frame'), { ...MAP, valid: 3 });
    expect(onPartial).toHaveBeenCalledTimes(2);
    expect(onPartial).toHaveBeenLastCalledWith(
      expect.objectContaining({ title: 'at 20 Hz', valid: 3 })
    );
    await model.answer(model.last('frame'), { valid: 4 });
    expect((await asked).valid).toBe(4);
    model.partial(model.last('frame'), MAP);
    expect(onPartial).toHaveBeenCalledTimes(2);
  });

  it('does not take a partial answer that is malformed', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const onPartial = vi.fn();
    const asked = client.request('frame', { slot: 'map', view }, { onPartial });
    model.partial(model.last('frame'), { map: 'all' });
    await expect(asked).rejects.toThrow('frame.map should be');
    expect(onPartial).not.toHaveBeenCalled();
  });

  it('withdraws a request for which nobody waits any more', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const ending = new AbortController();
    const { signal } = ending;
    const asked = client.request('retry', { view: null }, { signal });
    const { id } = model.last('retry');
    ending.abort();
    expect(model.last('cancel').params).toEqual({ request: id });
    await Promise.all([
      expect(asked).rejects.toBeInstanceOf(StaleError),
      model.outdate(model.last('retry'))
    ]);
  });

  it('withdraws nothing that was answered', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const ending = new AbortController();
    const { signal } = ending;
    const asked = client.request('cancel', { slot: 'map' }, { signal });
    await model.answer(model.last('cancel'), null);
    await asked;
    ending.abort();
    expect(model.requests('cancel')).toHaveLength(1);
  });

  it('knows what has become of the file', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const asked = client.request('cancel', { slot: 'map' });
    const failed = asked.catch((error: unknown) => failureOf(error));
    await model.refuse(model.last('cancel'), 'It is gone.', 'missing');
    expect(await failed).toMatchObject({ file: 'missing' });
    expect(client.fileState.value).toBe('missing');
    client.shows('2');
    expect(client.fileState.value).toBe('same');
  });

  it('says that an answer is malformed', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const asked = client.request('children', { path: '/', start: 0, count: 9 });
    const failed = asked.catch((error: unknown) => failureOf(error));
    await model.answer(model.last('children'), { path: 3 });
    expect(await failed).toEqual({
      message: 'The answer of the kernel was not understood.',
      reason: 'children.path should be text'
    });
  });

  it('ends every request, and refuses new ones, when the kernel is gone', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const asked = client.request('cancel', { slot: 'map' });
    model.emit('comm:close');
    await expect(asked).rejects.toThrow('has stopped');
    await expect(client.request('retry', { view: null })).rejects.toThrow(
      'has stopped'
    );
  });

  it('hears nothing once it is disposed of', async () => {
    const model = new FakeModel();
    const client = new Client(model);
    const heard = vi.fn();
    client.request('cancel', { slot: 'map' }).then(heard, heard);
    client.dispose();
    await model.answer(model.last('cancel'), null);
    await settled();
    expect(heard).not.toHaveBeenCalled();
  });
});
