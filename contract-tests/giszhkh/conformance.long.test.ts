import { describe, test } from '@jest/globals';
import { commandConformance } from '../../connectors/kit/conformance/conformance.ts';
import { vectors } from '../signing/vectors.ts';
import { quickKinds, spec } from './conformance-spec.ts';

describe('giszhkh keeps the rules of every connector in its other commands', () => {
  for (const kind of Object.keys(spec.commands))
    if (!quickKinds.includes(kind)) commandConformance(spec, kind, vectors === '' ? test.skip : test);
});
