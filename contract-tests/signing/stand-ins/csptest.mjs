#!/usr/bin/env node
/**
 * Stands in for csptest of CryptoPro CSP: knows `-keyset -container C -keytype exchange -sign ALG -in F -out S [-password P]`,
 * signs by openssl with gost-engine, and writes r and s as CSP does: the whole string reversed. Containers are files
 * NAME.pem in $STAND_IN_KEYS with the PIN in NAME.pin beside them; each call adds a line to calls.log.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const of = (name) => args[args.indexOf(name) + 1];
const keys = process.env.STAND_IN_KEYS ?? '.';
const end = (code, status) => {
  process.stdout.write(`[ErrorCode: ${code}]\n`);
  process.exit(status);
};

appendFileSync(join(keys, 'calls.log'), `${of('-sign')}\n`);
if (!args.includes('-keyset') || of('-keytype') !== 'exchange') end('0x00000057', 1);
const container = of('-container').replace(/^.*\\/, '');
const key = join(keys, `${container}.pem`);
if (!existsSync(key)) end('0x80090016', 1);
const pin = join(keys, `${container}.pin`);
if (existsSync(pin) && of('-password') !== readFileSync(pin, 'utf8').trim()) end('0x8010006b', 1);
const digest = { GOST12_256: '-md_gost12_256', GOST12_512: '-md_gost12_512' }[of('-sign')];
const signature = execFileSync('openssl', ['dgst', digest, '-sign', key, of('-in')]);
writeFileSync(of('-out'), Buffer.from(signature).reverse());
end('0x00000000', 0);
