import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a trace of orders by two processes on five keys, 10 ms apart, and returns its path. */
export function writeOrders(folder: string, operations: number): string {
  const header = {
    ipcbench: 'trace',
    version: 1,
    name: 'orders',
    provenance: { kind: 'generated', generator: 'test', seed: 1 },
    primary: 'order',
    structures: [{ name: 'positions', kind: 'dict', group: 'position' }],
    processes: [{ name: 'a' }, { name: 'b' }],
    templates: {
      order: [
        { do: 'lock', key: '{key}' },
        { do: 'read', in: 'positions', key: '{key}' },
        { do: 'wait', ms: 2 },
        { do: 'write', in: 'positions', key: '{key}' },
        { do: 'unlock' },
      ],
    },
  };
  const lines = Array.from({ length: operations }, (_, index) => ({
    at: index * 10,
    op: 'order',
    process: index % 2 === 0 ? 'a' : 'b',
    fields: { key: `k${index % 5}` },
  }));
  const path = join(folder, 'orders.jsonl');
  writeFileSync(path, [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}
