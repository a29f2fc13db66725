/** What is known of nodes, put into the order in which people ask. */

import { i18n } from '../i18n/i18n.svelte';
import type { Exposure, LogExposure, NodeExposure } from '../api/types';

/** Enough of an id to tell it from others. */
export function short(id: string): string {
  return id.slice(0, 8);
}

/** Bytes as they are often written: pairs of digits in fours. */
export function dump(hex: string): string {
  return (hex.match(/.{1,8}/g) ?? []).join(' ');
}

/** Logs of which something is kept or was said, the fullest first; the own inbox before all. */
export function logsOf(node: NodeExposure): LogExposure[] {
  const rank = (log: LogExposure) => (log.role === 'inbox' ? 0 : log.role === 'conversation' ? 1 : 2);
  return [...node.logs].sort((one, other) => rank(one) - rank(other) || other.entry_bytes - one.entry_bytes);
}

/** Whether a node could write anything down that it doesn't learn of everybody. */
export function knows(node: NodeExposure): boolean {
  return node.logs.length > 0 || node.names.length > 0 || node.changes.times > 0 || node.blocks.times > 0;
}

/** Where this device is connected to, as whoever watches the line sees it. */
export function places(exposure: Exposure): string[] {
  const all = exposure.nodes.filter(knows).flatMap((node) => [...node.sockets, node.relay ?? '']);
  return [...new Set(all.filter((place) => place !== ''))];
}

/** When something was, as short as it is clear. */
export function when(ms: number): string {
  const today = new Date(ms).toDateString() === new Date().toDateString();
  return today ? i18n.time(ms) : i18n.instant(ms);
}
