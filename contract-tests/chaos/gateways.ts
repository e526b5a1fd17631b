import type { Plan } from './plan.ts';

export type GatewayName = 'smsc' | 'smsaero' | 'smpp';

/** A fault of a simulator, switched on for the whole run or for a while. */
export interface Fault {
  fault: string;
  rate: number;
  times?: number;
  match?: string;
  method?: string;
  delayMs?: number;
}

/** What the suite knows of a kind of gateway: its simulator, its settings in hub.yaml, and how it is hurt. */
export interface Gateway {
  /** Name of the simulator. */
  simulator: string;
  /** Operations that one process has under way there at once: as many may break off with it. */
  concurrency: number;
  /**
   * How many operations may be left to a person: none where the gateway can be asked by our number, one for each cut
   * where it lists what it has, one for each send without an answer where it can't be asked.
   */
  leaves: 'none' | 'one a cut' | 'one an unanswered send';
  /** The connector's block of hub.yaml, without system and organisation. */
  settings(url: string, plan: Plan): string;
  /** Lost answers and late effects, all the time. */
  storm(plan: Plan): readonly Fault[];
  /** A while of errors and throttling. */
  errors: readonly Fault[];
  /** Reasons to carry on through another gateway; each lasts a while. */
  outages: readonly { name: string; fault: string; ask?: 'person' }[];
}

const REFUSES = { name: 'main gateway refuses the login', fault: 'unauthorized' };
const GONE = { name: 'main gateway is away', fault: 'maintenance' };
const NO_MONEY = { name: 'main gateway has no money', fault: 'no-money', ask: 'person' } as const;

/** Faults of a gateway that is called by HTTP; `match` is what the path of a send holds. */
function httpStorm(match: string): Gateway['storm'] {
  return (plan) => [
    { fault: 'cut-after-commit', rate: 0.06, match },
    { fault: 'cut-before-commit', rate: 0.03 },
    { fault: 'late-commit', rate: 0.01, delayMs: plan.lateMs, match },
  ];
}

const HTTP_ERRORS = [
  { fault: 'http-500', rate: 0.3, times: 400 },
  // More errors than twenty a minute would make the gateway shut the door for minutes.
  { fault: 'throttle', rate: 0.2, times: 8 },
];

export const gateways: Readonly<Record<GatewayName, Gateway>> = {
  smsc: {
    simulator: 'sms',
    concurrency: 16,
    leaves: 'none',
    settings: (url, plan) =>
      `url: "${url}", auth: { login: hub, password: hub-sandbox }, settleAfterMs: ${plan.settleMs}, perSecond: 0, concurrency: 16, timeoutMs: 8000`,
    storm: httpStorm('send.php'),
    errors: HTTP_ERRORS,
    outages: [REFUSES, NO_MONEY, GONE],
  },
  smsaero: {
    simulator: 'smsaero',
    concurrency: 16,
    leaves: 'one a cut',
    settings: (url, plan) =>
      `url: "${url}", spares: ["${url}/org", "${url}/net"], auth: { email: hub@example.org, apiKey: hub-sandbox }, sign: UK-PRIMER, settleAfterMs: ${plan.settleMs}, perSecond: 0, concurrency: 16, timeoutMs: 8000`,
    storm: httpStorm('sms/send'),
    errors: HTTP_ERRORS,
    outages: [REFUSES, NO_MONEY, GONE],
  },
  smpp: {
    simulator: 'smpp',
    concurrency: 10,
    leaves: 'one an unanswered send',
    // Two minutes of validity: lost answers reach a person within the run, and broken-off texts are still completed.
    settings: (url) =>
      `url: "${url}", auth: { systemId: hub, password: sandbox }, sender: UK-PRIMER, responseIds: hex, reportIds: hex, validityMs: 120000, unanswerableMarginMs: 0, perSecond: 0, window: 10, concurrency: 10, timeoutMs: 5000, enquireMs: 10000`,
    storm: () => [
      // A cut ends the session, and with it whatever else is unanswered on it: rarer, and as many losses.
      { fault: 'cut-after-commit', rate: 0.015, method: 'submit_sm' },
      { fault: 'cut-before-commit', rate: 0.01, method: 'submit_sm' },
      { fault: 'cut-half-way', rate: 0.005, method: 'submit_sm' },
      // Past the time for an answer, so that it comes late.
      { fault: 'latency', rate: 0.02, delayMs: 8_000, method: 'submit_sm' },
    ],
    errors: [
      { fault: 'queue-full', rate: 0.2, times: 8, method: 'submit_sm' },
      { fault: 'throttle', rate: 0.2, times: 8, method: 'submit_sm' },
    ],
    outages: [REFUSES, GONE],
  },
};

/** The gateway that takes over; none for the one that is tried alone. */
export function backupOf(main: GatewayName): GatewayName | undefined {
  return main === 'smsc' ? undefined : 'smsc';
}
