/** A viewer's session with its kernel: opening the file and its datasets. */

import { batch, signal, type ReadonlySignal } from '@preact/signals';
import type { IDatasetDescription } from '../model/dataset';
import { isViewState } from '../model/guards';
import type {
  FileState,
  IFailure,
  IFileInfo,
  IFrame,
  IOpened
} from '../model/messages';
import type { IViewState } from '../model/view';
import { failureOf, type Client, type IRequestOptions } from './client';
import type { FileContents } from './files';
import type { Frames } from './frames';
import { slotsOf } from './slots';

/** Nothing is said of what takes less time than this. */
const UNNOTICED = 150;
/** The old dataset is shown this long for the first frames of the new. */
const PATIENCE = 400;

export type State = 'loading' | 'ready' | 'error';

/** A dataset with the first frames that have come. */
export interface IArrival {
  dataset: IDatasetDescription;
  map: IFrame | null;
  curve: IFrame | null;
  grid: IFrame | null;
}

export class Session {
  readonly state = signal<State>('loading');
  readonly file = signal<IFileInfo | null>(null);
  /** Why the file could not be opened. */
  readonly failure = signal<IFailure | null>(null);
  /** Path of a dataset that takes noticeable time to open. */
  readonly opening = signal<string | null>(null);
  /** How far what is being opened is, 0-1; null while unknown. */
  readonly fraction = signal<number | null>(null);
  /** Why a dataset could not be opened. */
  readonly refusal = signal<IFailure | null>(null);
  /** What has become of the file since it was opened. */
  readonly fileState: ReadonlySignal<FileState>;
  private newest = 0;
  private ending = new AbortController();

  constructor(
    private readonly client: Client,
    private readonly files: FileContents,
    private readonly frames: Frames,
    private readonly show: (arrival: IArrival) => void
  ) {
    this.fileState = client.fileState;
  }

  async open(saved: unknown): Promise<void> {
    const view = isViewState(saved) ? saved : null;
    const turn = this.beginTurn();
    const opening = this.client.request('open', { view }, this.told(turn));
    await this.begin(turn, opening);
  }

  /** Open the file as it is now; `view` is kept as far as it fits. */
  async retry(view: IViewState | null): Promise<void> {
    // What is asked of the file as it was is not shown any more.
    const turn = this.beginTurn();
    this.state.value = 'loading';
    this.failure.value = null;
    const opening = this.client.request('retry', { view }, this.told(turn));
    await this.begin(turn, opening);
  }

  /** What is shown stays; a file of which nothing is shown is not opened. */
  cancel(): void {
    this.beginTurn();
    this.opening.value = null;
    if (this.state.value === 'loading') {
      this.failure.value = { message: 'Opening was cancelled.', reason: '' };
      this.state.value = 'error';
    }
  }

  /** The file is in a state in which all that is shown of it holds on. */
  adopt(file: IFileInfo): void {
    if (file.edition !== this.file.value?.edition) {
      this.client.shows(file.edition);
      this.file.value = file;
      void this.keepWatch(file);
    }
    this.files.renew();
  }

  /** Another dataset of the file; `view` is what it is to have in common. */
  async describe(path: string, view: IViewState | null): Promise<void> {
    const turn = this.beginTurn();
    const notice = setTimeout(() => {
      this.opening.value = path;
    }, UNNOTICED);
    try {
      const dataset = await this.client.request(
        'describe',
        { path, view },
        this.told(turn)
      );
      const arrival = await this.firstFrames(dataset);
      if (turn === this.newest) {
        this.shown(arrival);
      }
    } catch (error) {
      if (turn === this.newest) {
        this.refusal.value = failureOf(error);
      }
    } finally {
      clearTimeout(notice);
      if (turn === this.newest) {
        this.opening.value = null;
      }
    }
  }

  /** Something newer is opened: what was being opened is not wanted any more. */
  private beginTurn(): number {
    this.ending.abort();
    this.ending = new AbortController();
    this.fraction.value = null;
    return ++this.newest;
  }

  private told(
    turn: number
  ): Pick<IRequestOptions<unknown>, 'onProgress' | 'signal'> {
    const onProgress = (fraction: number): void => {
      if (turn === this.newest) {
        this.fraction.value = fraction;
      }
    };
    return { onProgress, signal: this.ending.signal };
  }

  private async begin(turn: number, opening: Promise<IOpened>): Promise<void> {
    try {
      const { file, root, unfolded, dataset, ...first } = await opening;
      if (turn !== this.newest) {
        return;
      }
      this.client.shows(file.edition);
      batch(() => {
        this.file.value = file;
        this.files.start(root, unfolded);
        this.state.value = 'ready';
        if (dataset) {
          this.shown({ dataset, ...first });
        }
      });
      void this.keepWatch(file);
    } catch (error) {
      if (turn === this.newest) {
        batch(() => {
          this.failure.value = failureOf(error);
          this.state.value = 'error';
        });
      }
    }
  }

  /** Hear what becomes of the file, for as long as this state of it is shown. */
  private async keepWatch(file: IFileInfo): Promise<void> {
    const { fileState } = this.client;
    try {
      while (this.file.value === file) {
        const known = { state: fileState.value };
        const { state } = await this.client.request('watch', known);
        if (this.file.value !== file) {
          return;
        }
        if (state === 'grown') {
          await this.renew(file);
        } else {
          fileState.value = state;
        }
      }
    } catch {
      // The kernel is gone; what is asked next says so.
    }
  }

  /** Results came to lie beside the file: they join the tree, and all else stays. */
  private async renew(file: IFileInfo): Promise<void> {
    try {
      const renewed = await this.client.request('renew', {});
      if (this.file.value === file) {
        this.adopt(renewed);
      }
    } catch {
      // It was changed meanwhile; whoever keeps watch is told.
    }
  }

  private shown(arrival: IArrival): void {
    batch(() => {
      this.refusal.value = null;
      this.show(arrival);
      this.files.reveal(arrival.dataset.path);
    });
  }

  /** The first frames, so that the panels change at once and not in turns. */
  private async firstFrames(dataset: IDatasetDescription): Promise<IArrival> {
    const arrival: IArrival = { dataset, map: null, curve: null, grid: null };
    const reads = slotsOf(dataset, dataset.view).map(async slot => {
      arrival[slot] = await this.frames[slot].readAhead(dataset);
    });
    const enough = new Promise(resolve => setTimeout(resolve, PATIENCE));
    await Promise.race([Promise.allSettled(reads), enough]);
    return { ...arrival };
  }
}
