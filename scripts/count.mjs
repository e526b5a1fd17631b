// Prints the closing line of a CI run: N passed, N failed, N skipped. Arguments: jest's JSON report, other passes, other failures.
import { existsSync, readFileSync } from 'node:fs';

const [, , report, passes = '0', failures = '0'] = process.argv;
const jest = existsSync(report)
  ? JSON.parse(readFileSync(report, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };
const failed = jest.numFailedTests + jest.numRuntimeErrorTestSuites;
// A run of jest that failed without a failed test is one failure; whatever it tells itself is counted already.
const extra = jest.success === false && failed > 0 ? 0 : Number(failures);
console.log(
  `${jest.numPassedTests + Number(passes)} passed, ${failed + extra} failed, ${jest.numPendingTests} skipped`,
);
