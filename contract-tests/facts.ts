import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '@jest/globals';

const folder = process.env.HUB_CONTRACT_FACTS;

/** A test against official samples and vectors that lie outside of this repository; skipped visibly without them. */
export function testWithFacts(title: string, path: string, run: (file: string) => void | Promise<void>): void {
  if (!folder) {
    test.skip(`${title} (needs HUB_CONTRACT_FACTS)`, () => {});
    return;
  }
  test(title, async () => {
    const file = join(folder, path);
    if (!existsSync(file)) throw new Error(`HUB_CONTRACT_FACTS is set, but ${path} is not there.`);
    await run(file);
  });
}
