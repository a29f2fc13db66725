/** What others can be told, in the order in which it is asked. */

export const TOLD = [
  { key: 'read', title: 'told_read' },
  { key: 'delivery', title: 'told_delivery' },
  { key: 'typing', title: 'told_typing' },
  { key: 'presence', title: 'told_presence' },
] as const;
