import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { markMoved } from './moved.ts';
import { openStore } from './open.ts';

test('a store that was moved to a server does not open by mistake, and says what to do', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-moved-'));
  try {
    markMoved(dataDir, 'db.local:5432/hub', new Date('2026-11-26T10:00:00Z'));
    await expect(openStore({ dataDir, entities: [], env: {} })).rejects.toThrow(
      /moved to db\.local:5432\/hub .*moved\.json/,
    );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
