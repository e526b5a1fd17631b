/**
 * What starts whole hubs again and again, kills them, or drives a browser takes most of the time and is named `*.long.test.ts`: it runs where CI
 * is set, or where it is named on the command line.
 */
const named = process.argv.slice(2).some((argument) => !argument.startsWith('-'));
const runsLong = process.env.CI !== undefined || named;

/** Jest runs the TypeScript sources as ES modules through swc; no build step. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(runsLong ? [] : ['\\.long\\.test\\.ts$'])],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  ...(runsLong ? {} : { globalSetup: '<rootDir>/scripts/tell-long-tests.mjs' }),
  maxWorkers: 2,
  testTimeout: 120_000,
};
