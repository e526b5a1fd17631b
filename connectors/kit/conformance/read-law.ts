import assert from 'node:assert/strict';
import type { Page } from '../../port.ts';
import { openBench } from './bench.ts';
import { kindOf } from './play-hub.ts';
import type { ConformanceSpec } from './spec.ts';
import { stages } from './stages.ts';

/** The probe tells a working upstream from one that is not there and one that refuses the credentials. */
export async function probeTells<Config>(spec: ConformanceSpec<Config>): Promise<void> {
  const bench = await openBench(spec);
  try {
    assert.equal((await spec.connector.probe(bench.ctx)).ok, true);
    bench.strike({ call: 1, stage: 'before-connect' });
    assert.equal(kindOf(await bench.failure(spec.connector.probe(bench.ctx))), 'transient');
    if (bench.standIn.faults.known.includes('unauthorized')) {
      bench.strike({ call: 1, fault: 'unauthorized' });
      assert.equal(kindOf(await bench.failure(spec.connector.probe(bench.ctx))), 'unauthorized');
    }
  } finally {
    await bench.close();
  }
}

/** Reading may be repeated freely: a cut at any stage is transient, or mended where the connector says that it does, and the same cursor gives the page afterwards. */
export async function pullsCanBeRepeated<Config>(spec: ConformanceSpec<Config>): Promise<void> {
  const { pull } = spec.connector;
  assert.ok(pull);
  const bench = await openBench(spec);
  try {
    const keys = new Set<string>();
    let records = 0;
    let cursor: string | null = null;
    for (;;) {
      for (const stage of stages) {
        bench.strike({ call: 1, stage });
        const error = await bench.failure(firstOf(pull.pages(bench.ctx, spec.source, cursor)));
        assert.equal(kindOf(error), spec.mendsPages ? 'done' : 'transient', `${stage} in a page`);
      }
      bench.strike();
      const page: Page = await firstOf(pull.pages(bench.ctx, spec.source, cursor));
      records += page.records.length;
      for (const record of page.records) keys.add(record.key);
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    assert.ok(records > 0, 'The source of the suite holds nothing.');
    assert.equal(keys.size, records, 'A record came twice');
  } finally {
    await bench.close();
  }
}

async function firstOf<T>(pages: AsyncIterable<T>): Promise<T> {
  for await (const page of pages) return page;
  throw new Error('The source has no page at all; an empty one has one empty page.');
}
