import { algorithm } from '../x509/oids.ts';

export type GostAlgorithm = 'gost2012-256' | 'gost2012-512';

/** What a key algorithm of GOST R 34.10-2012 stands for, by its object identifier (RFC 9215). */
export const gostKeys: Readonly<Record<string, { algorithm: GostAlgorithm; bits: 256 | 512 }>> = {
  [algorithm.gostKey256]: { algorithm: 'gost2012-256', bits: 256 },
  [algorithm.gostKey512]: { algorithm: 'gost2012-512', bits: 512 },
};
