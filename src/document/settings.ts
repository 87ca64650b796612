import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

export const DOCUMENT_PLUGIN = 'usid-lab:document';

/** The user's settings, read anew at every use. */
export class Preferences {
  private constructor(private readonly _settings?: ISettingRegistry.ISettings) {
    _settings?.changed.connect(() => this._changed.emit());
  }

  /** Without a registry, or where it fails, the defaults hold. */
  static async load(registry: ISettingRegistry | null): Promise<Preferences> {
    const settings = await registry?.load(DOCUMENT_PLUGIN).catch(() => null);
    return new Preferences(settings ?? undefined);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get openByDefault(): boolean {
    return this._get('openByDefault') !== false;
  }

  get spareKernel(): boolean {
    return this._get('spareKernel') !== false;
  }

  /** Name of a kernel specification; empty for the server's default. */
  get kernelName(): string {
    const name = this._get('kernelName');
    return typeof name === 'string' ? name.trim() : '';
  }

  private _get(key: string): unknown {
    return this._settings?.composite[key];
  }

  private readonly _changed = new Signal<this, void>(this);
}
