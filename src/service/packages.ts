/** The npm packages that the service needs besides those of the program. Whoever only stylises does not install them. */
import { createRequire } from 'node:module';
import { failure } from '../core/errors.js';

/** The packages and their versions, as package.json has them among its optional peers. */
export const SERVICE_PACKAGES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-s3': '^3.1175.0',
  '@aws-sdk/lib-storage': '^3.1175.0',
  '@electric-sql/pglite': '^0.5.17',
  '@fastify/multipart': '^10.1.9',
  '@fastify/rate-limit': '^11.2.0',
  '@fastify/swagger': '^9.9.3',
  '@fastify/swagger-ui': '^5.2.6',
  '@tus/file-store': '^2.1.1',
  '@tus/server': '^2.4.5',
  fastify: '^5.12.8',
  'fastify-type-provider-zod': '^7.0.0',
  'ipaddr.js': '^2.5.0',
  // Later versions of this part of fastify need Node 22.
  'light-my-request': '6.6.0',
  pg: '^8.23.1',
  'pg-boss': '^10.4.2',
  pino: '^10.4.0',
  'prom-client': '^15.1.3',
  yauzl: '^3.4.0',
};

/** The command that installs the packages. */
export function installCommand(): string {
  const specs = Object.entries(SERVICE_PACKAGES).map(([name, version]) => `'${name}@${version}'`);
  return `npm install ${specs.join(' ')}`;
}

const resolveModule = createRequire(import.meta.url).resolve;

/**
 * Checks that the packages are installed, before a module of the service is loaded that imports them.
 *
 * @param isThere tells whether a package is installed; another one is for tests
 * @throws FnsError with the command that installs them.
 */
export function requireServicePackages(isThere: (name: string) => boolean = isInstalled): void {
  const missing = Object.keys(SERVICE_PACKAGES).filter((name) => !isThere(name));
  if (missing.length === 0) return;
  throw failure(
    `the service needs packages that are not installed (${missing.join(', ')}). Install them with: ${installCommand()}`,
  );
}

function isInstalled(name: string): boolean {
  try {
    resolveModule(name);
    return true;
  } catch (error) {
    // A package without an entry for `require` is there all the same.
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}
