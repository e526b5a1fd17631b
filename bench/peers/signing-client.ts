import { Agent, request as httpRequest } from 'node:http';
import { setPriority } from 'node:os';
import { request, SIGNED_ID } from '../xades-request.ts';

/** What the parent passes as JSON. */
export interface SigningClientOptions {
  url: string;
  key: string;
  certificate: string;
  packages: number;
  /** Packages that are asked for at once. */
  atOnce: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as SigningClientOptions;
// It stands for another machine: what it does itself should take as little as can be from the one that is measured.
setPriority(19);
const agent = new Agent({ keepAlive: true, maxSockets: options.atOnce });
const common = { certificate: options.certificate, document: request().toString('base64') };
/** XAdES and CAdES by turns. */
const bodies = [{ ...common, format: 'xades-bes', element: SIGNED_ID }, common].map((body) =>
  Buffer.from(JSON.stringify(body)),
);

function sign(body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${options.url}/v1/signatures`, {
      method: 'POST',
      agent,
      headers: {
        authorization: `Bearer ${options.key}`,
        'content-type': 'application/json',
        'content-length': body.length,
      },
    });
    asked.on('error', reject);
    asked.on('response', (answer) => {
      answer.resume();
      answer.on('error', reject);
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`A signature was answered ${answer.statusCode}.`)),
      );
    });
    asked.end(body);
  });
}

async function signAll(): Promise<void> {
  let next = 0;
  const some = async (): Promise<void> => {
    while (next < options.packages) await sign(bodies[next++ % bodies.length] as Buffer);
  };
  await Promise.all(Array.from({ length: options.atOnce }, some));
}

process.on('message', () => void signAll().then(() => process.send?.('signed')));
process.send?.({ url: options.url });
process.once('disconnect', () => process.exit(0));
