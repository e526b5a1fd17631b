import { test } from '@jest/globals';
import { connectorConformance } from '../../connectors/kit/conformance/conformance.ts';
import { vectors } from '../signing/vectors.ts';
import { quickKinds, spec } from './conformance-spec.ts';

connectorConformance(spec, { kinds: quickKinds, calling: vectors === '' ? test.skip : test });
