import { HubError } from '../../canonical/errors.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Cipher } from '../../storage/cipher.ts';
import type { Database, Row } from '../../storage/port.ts';
import { readElement } from '../asn1/reader.ts';
import type { KeyMaterial } from '../import/key-material.ts';
import { Certificate } from '../x509/certificate.ts';

/** A certificate that the hub keeps. */
export interface StoredCertificate {
  org: string;
  id: string;
  name: string;
  certificate: Certificate;
  /** Issuers, the nearest first. */
  chain: readonly Certificate[];
  hasKey: boolean;
  importedAt: Date;
  importedBy: string;
}

/** Certificates of one organisation; nobody has more, and a list shows all of them. */
const MOST = 500;
/** Milliseconds that a certificate is taken for what it was. */
const CURRENT_MS = 1_000;
const COLUMNS = 'org, id, name, der, chain, key is not null as has_key, imported_at, imported_by';

/** What a sealed private key is bound to. */
export const keyContext = (org: string, id: string): string => `certificate:${org}:${id}`;

/** Certificates and their private keys, which are sealed by the master key and leave the store only to sign. */
export class CertificateRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;
  readonly #now: () => number;
  readonly #current = new Map<string, { at: number; found: Promise<StoredCertificate | undefined> }>();

  constructor(db: Database, cipher: Cipher, now: () => number) {
    this.#db = db;
    this.#cipher = cipher;
    this.#now = now;
  }

  /**
   * Keeps a certificate under a name. The same one again under its name changes nothing, but adds a key that was absent.
   *
   * @throws HubError conflict/CERTIFICATE_NAME_TAKEN, rejected/TOO_MANY_CERTIFICATES
   */
  async add(
    org: string,
    { name, material, by }: { name: string; material: KeyMaterial; by: string },
  ): Promise<StoredCertificate> {
    const known = await this.find(org, name);
    const { certificate, chain, pkcs8 } = material;
    const id = known?.id ?? uuidv7(this.#now());
    const key = pkcs8 ? this.#cipher.seal(pkcs8, keyContext(org, id)) : null;
    if (known) {
      if (!known.certificate.equals(certificate)) throw taken(name);
      if (key && !known.hasKey)
        await this.#db.query('update certificate set key = $3 where org = $1 and id = $2 and key is null', [
          org,
          id,
          key,
        ]);
      this.#current.delete(placeOf(org, name));
      return this.#get(org, name);
    }
    const { rows } = await this.#db.query(
      `insert into certificate (org, id, name, der, chain, key, not_before, not_after, imported_at, imported_by)
       select $1::text, $2::uuid, $3::text, $4::bytea, $5::bytea, $6::bytea, $7::timestamptz, $8::timestamptz, $9::timestamptz, $10::text
       where (select count(*) from certificate where org = $1) < ${MOST}
       on conflict (org, name) do nothing returning id`,
      [
        org,
        id,
        name,
        certificate.der,
        Buffer.concat(chain.map((c) => c.der)),
        key,
        new Date(certificate.notBefore),
        new Date(certificate.notAfter),
        new Date(this.#now()),
        by,
      ],
    );
    this.#current.delete(placeOf(org, name));
    if (rows.length === 0) {
      // Somebody was faster, or there is no more room.
      if (await this.find(org, name)) throw taken(name);
      throw new HubError(
        'rejected',
        'TOO_MANY_CERTIFICATES',
        `An organisation keeps at most ${MOST} certificates; remove those that are over.`,
      );
    }
    return this.#get(org, name);
  }

  async find(org: string, name: string): Promise<StoredCertificate | undefined> {
    const { rows } = await this.#db.query(`select ${COLUMNS} from certificate where org = $1 and name = $2`, [
      org,
      name,
    ]);
    return rows[0] && storedOf(rows[0]);
  }

  /**
   * As `find`, for what signs many times a second: what another process changed is seen a second later at the most, and
   * what this one changed at once.
   */
  async current(org: string, name: string): Promise<StoredCertificate | undefined> {
    const place = placeOf(org, name);
    const now = this.#now();
    const known = this.#current.get(place);
    if (known && now - known.at < CURRENT_MS && now >= known.at) return known.found;
    const found = this.find(org, name);
    if (this.#current.size >= MOST) this.#current.clear();
    this.#current.set(place, { at: now, found });
    // What may be there in the next moment is asked for again, and a question that failed is no answer.
    const forget = (): unknown => this.#current.get(place)?.found === found && this.#current.delete(place);
    found.then((it) => it?.hasKey || forget(), forget);
    return found;
  }

  /** All of an organisation, by name. */
  async list(org: string): Promise<StoredCertificate[]> {
    const { rows } = await this.#db.query(
      `select ${COLUMNS} from certificate where org = $1 order by name limit ${MOST}`,
      [org],
    );
    return rows.map(storedOf);
  }

  /** Whether there was one; its key is gone with it. */
  async remove(org: string, name: string): Promise<boolean> {
    const { count } = await this.#db.query('delete from certificate where org = $1 and name = $2', [org, name]);
    this.#current.delete(placeOf(org, name));
    return count > 0;
  }

  /** PKCS#8 of the private key, not sealed; undefined where the key lies elsewhere. */
  async keyOf(org: string, id: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.#db.query('select key from certificate where org = $1 and id = $2', [org, id]);
    const sealed = rows[0]?.key as Uint8Array | null | undefined;
    return sealed ? this.#cipher.open(sealed, keyContext(org, id)) : undefined;
  }

  async #get(org: string, name: string): Promise<StoredCertificate> {
    const found = await this.find(org, name);
    if (!found) throw new HubError('not-found', 'CERTIFICATE_UNKNOWN', `There is no certificate '${name}'.`);
    return found;
  }
}

const placeOf = (org: string, name: string): string => `${org}\0${name}`;

function storedOf(row: Row): StoredCertificate {
  return {
    org: row.org as string,
    id: row.id as string,
    name: row.name as string,
    certificate: new Certificate(row.der as Uint8Array),
    chain: chainOf(row.chain as Uint8Array),
    hasKey: row.has_key as boolean,
    importedAt: row.imported_at as Date,
    importedBy: row.imported_by as string,
  };
}

function chainOf(octets: Uint8Array): Certificate[] {
  const chain: Certificate[] = [];
  for (let at = 0; at < octets.length; ) {
    const { der, end } = readElement(octets, at, octets.length);
    chain.push(new Certificate(der));
    at = end;
  }
  return chain;
}

function taken(name: string): HubError {
  return new HubError(
    'conflict',
    'CERTIFICATE_NAME_TAKEN',
    `The name '${name}' belongs to another certificate. Give the new one a name of its own, or remove the old one first.`,
    { errors: [{ pointer: '/name', message: 'belongs to another certificate' }] },
  );
}
