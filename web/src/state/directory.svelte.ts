/** What the directory did that stays until its owner has seen it, or until it is put right. */

import { api, Refusal } from '../api/client';
import type { Event, Evidence, RecordPart } from '../api/types';
import { giveBack } from '../design/focus';
import { toasts } from './toasts.svelte';

class Directory {
  /** What was changed in the own record elsewhere, until it was seen. */
  record: readonly RecordPart[] | null = $state.raw(null);
  /** All proofs that the operators have shown two truths. */
  evidence: readonly Evidence[] = $state.raw([]);
  /** When the network was seen last, once that is too long ago. */
  lost_ms: number | null = $state(null);

  /** The proofs that nobody has looked at yet. */
  unseen = $derived(this.evidence.filter((one) => !one.is_acknowledged));

  /** Reads all of it. Throws a `Refusal`. */
  async read(): Promise<void> {
    const [own, evidence, directory] = await Promise.all([api.ownRecord(), api.evidence(), api.directory()]);
    this.record = own.change?.parts ?? null;
    this.evidence = evidence;
    const until_ms = directory?.trusted_until_ms ?? null;
    const isLost = directory !== null && until_ms !== null && until_ms < Date.now();
    this.lost_ms = isLost ? directory.time_ms : null;
  }

  /** Applies an event, if it is about the directory. */
  take(event: Event): void {
    switch (event.type) {
      case 'own-record-changed':
        this.record = event.change.parts;
        break;
      case 'network-forked':
        this.#readEvidence();
        break;
      case 'trust-expired':
        this.lost_ms = event.seen_ms;
        break;
    }
  }

  /** The event names a height; what was signed, and by whom, is read. */
  #readEvidence(): void {
    api.evidence().then(
      (evidence) => (this.evidence = evidence),
      (error: unknown) => toasts.fail(error),
    );
  }

  /** The person has seen that the own record was changed elsewhere. */
  async acknowledgeRecord(): Promise<void> {
    try {
      await api.acknowledgeRecord();
      this.record = null;
      // The button that was pressed is gone with its line.
      await giveBack(null);
    } catch (error) {
      toasts.fail(error);
    }
  }

  /** The person has seen that there are two truths. Throws a `Refusal`. */
  async acknowledgeEvidence(): Promise<void> {
    await api.acknowledgeEvidence();
    this.evidence = this.evidence.map((one) => ({ ...one, is_acknowledged: true }));
  }

  /** Takes from an invitation who decides in the network by now. Throws a `Refusal`. */
  async renewTrust(link: string): Promise<void> {
    try {
      await api.renewTrust(link);
    } catch (error) {
      // Another tab was faster, or the network came back by itself.
      if (!(error instanceof Refusal && error.failure.code === 'not-needed')) throw error;
    }
    this.lost_ms = null;
  }
}

export const directory = new Directory();
