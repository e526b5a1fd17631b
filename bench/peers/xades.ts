import { strictEqual } from 'node:assert';
import { createRequire } from 'node:module';
import { streebog } from '../../certs/gost/streebog.ts';
import { canonicalOctets } from '../../certs/xml/canonicalize.ts';
import { elementsById } from '../../certs/xml/find.ts';
import type { XmlElement } from '../../certs/xml/nodes.ts';
import { readXml } from '../../certs/xml/read.ts';
import { gostSigner } from '../../certs/xml/testing/signers.ts';
import { signXades } from '../../certs/xml/xades-sign.ts';
import { verifyXades } from '../../certs/xml/xades-verify.ts';
import { BILLS, request, SIGNED_ID } from '../xades-request.ts';

/** What the parent passes as JSON: the one thing that this process does. */
export interface XadesWork {
  what: 'read' | 'form' | 'digest' | 'sign' | 'verify' | 'theirs';
}

/** What `ask('slice')` answers. */
export interface XadesSlice {
  /** Processor milliseconds a call, threads that collect garbage included. */
  ms: number;
}

const WARM_UP_CALLS = 200;
const CALLS = 100;
const AT = Date.parse('2026-11-24T10:00:00+03:00');
const octets = request();

function form(): Uint8Array {
  const [element] = elementsById(readXml(octets)).get(SIGNED_ID) as [XmlElement];
  return canonicalOctets(element, { mode: 'exclusive' });
}

const sign = (): Promise<Uint8Array> =>
  signXades(octets, { element: { id: SIGNED_ID }, signer: gost, at: AT, uuid: '1' });
const gost = gostSigner();

async function verifying(): Promise<() => Promise<void>> {
  const signed = await sign();
  const names = [{ namespace: BILLS, local: 'importPaymentDocumentRequest' }];
  return async () => {
    const report = await verifyXades(signed, { expected: { names, place: 'soap-body' }, trust: 'not-asked' });
    strictEqual(report.valid, true);
  };
}

interface PeerDocument {
  getElementsByTagNameNS(namespace: string, local: string): Iterable<object> & ArrayLike<object>;
}

/** xml-crypto on xmldom, without their types, which would make every browser global known to the whole program. */
function peer(): () => Buffer {
  const require = createRequire(import.meta.url);
  const { DOMParser } = require('@xmldom/xmldom') as {
    DOMParser: new () => { parseFromString(text: string, type: string): PeerDocument };
  };
  const { ExclusiveCanonicalization } = require('xml-crypto') as {
    ExclusiveCanonicalization: new () => { process(node: object, options: object): { toString(): string } };
  };
  const theirs = (): Buffer => {
    const parsed = new DOMParser().parseFromString(octets.toString(), 'text/xml');
    const [element] = Array.from(parsed.getElementsByTagNameNS(BILLS, 'importPaymentDocumentRequest'));
    return Buffer.from(new ExclusiveCanonicalization().process(element as object, {}).toString());
  };
  strictEqual(theirs().equals(form()), true);
  return theirs;
}

async function workOf({ what }: XadesWork): Promise<() => unknown> {
  switch (what) {
    case 'read':
      return () => readXml(octets);
    case 'form':
      return form;
    case 'digest': {
      const data = form();
      return () => streebog(256, data);
    }
    case 'sign':
      return sign;
    case 'verify':
      return verifying();
    case 'theirs':
      return peer();
  }
}

const work = await workOf(JSON.parse(process.argv[2] ?? '{}') as XadesWork);
for (let i = 0; i < WARM_UP_CALLS; i++) await work();
process.on('message', async () => {
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) await work();
  const { user, system } = process.cpuUsage(before);
  process.send?.({ ms: (user + system) / 1000 / CALLS } satisfies XadesSlice);
});
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
process.send?.({ url: '' });
