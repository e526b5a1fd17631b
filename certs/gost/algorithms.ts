/** Object identifiers of GOST R 34.10-2012 and of what goes with it (RFC 9215, RFC 7836). */
export const oids = {
  key256: '1.2.643.7.1.1.1.1',
  key512: '1.2.643.7.1.1.1.2',
  digest256: '1.2.643.7.1.1.2.2',
  digest512: '1.2.643.7.1.1.2.3',
  signature256: '1.2.643.7.1.1.3.2',
  signature512: '1.2.643.7.1.1.3.3',
} as const;

export type GostAlgorithm = 'gost2012-256' | 'gost2012-512';

/** What a key algorithm stands for. */
export const gostKeys: Readonly<Record<string, { algorithm: GostAlgorithm; bits: 256 | 512 }>> = {
  [oids.key256]: { algorithm: 'gost2012-256', bits: 256 },
  [oids.key512]: { algorithm: 'gost2012-512', bits: 512 },
};
