import { execFileSync } from 'node:child_process';

/**
 * Makes `<name>.key` and `<name>.pem` in a folder: a certificate that signs itself, good for two days.
 *
 * @param names subjectAltName, e.g. `IP:127.0.0.1`
 */
export function selfSigned(folder: string, name: string, names?: string): void {
  const request = `req -x509 -newkey rsa:2048 -nodes -keyout ${name}.key -out ${name}.pem -days 2 -subj /CN=${name}`;
  execFileSync('openssl', [...request.split(' '), ...(names ? ['-addext', `subjectAltName=${names}`] : [])], {
    cwd: folder,
    stdio: 'ignore',
  });
}
