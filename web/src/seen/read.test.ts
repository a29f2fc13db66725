import { describe, expect, it } from 'vitest';
import type { Exposure, LogExposure, NodeExposure } from '../api/types';
import { dump, knows, logsOf, places } from './read';

const never = { times: 0, bytes: 0, last_ms: 0 };
const log = (role: LogExposure['role'], entry_bytes = 0): LogExposure => ({
  log: 'ab',
  role,
  conversation: null,
  epoch: 0,
  capability: null,
  entries: 0,
  entry_bytes,
  files: [],
  appended: never,
  signs: never,
  asked: never,
  sample: null,
});
const node = (more: Partial<NodeExposure> = {}): NodeExposure => ({
  id: '00',
  sockets: ['192.0.2.1:7480'],
  relay: null,
  operator: null,
  logs: [],
  names: [],
  changes: never,
  blocks: never,
  ...more,
});

describe('what others could know', () => {
  it('has the own inbox first, then chats by how much lies there', () => {
    const roles = logsOf(node({ logs: [log('foreign'), log('conversation', 1), log('conversation', 9), log('inbox')] }));
    expect(roles.map((one) => [one.role, one.entry_bytes])).toEqual([
      ['inbox', 0],
      ['conversation', 9],
      ['conversation', 1],
      ['foreign', 0],
    ]);
  });

  it('leaves out who was told nothing', () => {
    expect(knows(node())).toBe(false);
    expect(knows(node({ blocks: { ...never, times: 1 } }))).toBe(true);
    expect(knows(node({ names: [{ username: 'bob', tally: never }] }))).toBe(true);
  });

  it('names each place once', () => {
    const asked = { ...never, times: 1 };
    const nodes = [node({ blocks: asked }), node({ blocks: asked, relay: 'http://192.0.2.1:7481' }), node({ sockets: ['192.0.2.9:1'] })];
    const exposure: Exposure = { since_ms: 0, record: null, lanes: null, nodes };
    expect(places(exposure)).toEqual(['192.0.2.1:7480', 'http://192.0.2.1:7481']);
  });

  it('writes bytes in fours', () => {
    expect(dump('00112233445566')).toBe('00112233 445566');
  });
});
