/** What the owner says of themselves. */

import { api } from '../api/client';
import type { About, AboutChange } from '../api/types';

/** The largest picture that is taken, in bytes. */
export const PICTURE_BYTES_MAX = 32 * 1024 * 1024;

class Me {
  about: About | null = $state.raw(null);

  async read(): Promise<void> {
    this.about = await api.about();
  }

  /** Throws a `Refusal`. */
  async set(change: AboutChange): Promise<void> {
    await api.setAbout(change);
    await this.read();
  }

  /** Sets the picture, or takes it away. Throws a `Refusal`. */
  async setPicture(picture: Blob | null): Promise<void> {
    await (picture === null ? api.removePicture() : api.setPicture(picture));
    await this.read();
  }
}

export const me = new Me();
