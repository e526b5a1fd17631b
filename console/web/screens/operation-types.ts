export interface OperationItem {
  id: string;
  kind: string;
  status: string;
  instance: string;
  client: string;
  subject: string | null;
  reference: string | null;
  payload: Record<string, unknown>;
  attempts: number;
  waitingFor: string | null;
  waitingUntil: string | null;
  error: { code: string; message: string; upstream?: { system: string; code?: string; text?: string } } | null;
  result: Record<string, unknown> | null;
  notBefore: string | null;
  expiresAt: string | null;
  acceptedAt: string;
  finishedAt: string | null;
  foundBy?: string | null;
}

export interface Call {
  method: string;
  url: string;
  status: number | null;
  request: string;
  response: string | null;
}

export interface AttemptItem {
  no: number;
  action: string;
  instance: string;
  startedAt: string;
  endedAt: string | null;
  outcome: string | null;
  code: string | null;
  upstreamCode: string | null;
  message: string | null;
  calls: Call[];
}

export interface Brief {
  id: string;
  kind: string;
  status: string;
  instance: string;
  acceptedAt: string;
  code: string | null;
}

export interface EventItem {
  no: number;
  id: string;
  type: string;
  entity: string | null;
  entityId: string | null;
  operation: string | null;
  data: Record<string, unknown>;
  at: string;
}

export interface LifeData {
  operation: OperationItem;
  now: string;
  pause: { of: 'connector' | 'everything'; reason: string | null; by: string | null } | null;
  breaker: string;
  actions: string[];
  attempts: AttemptItem[];
  exchange: {
    status: string;
    ticket?: string | null;
    polls?: number;
    nextPollAt: string | null;
    createdAt: string;
  } | null;
  approval: { decision: string; by: string; reason: string | null; at: string } | null;
  events: EventItem[];
  parts: {
    instance: string;
    part: number;
    parts: number;
    ref: string | null;
    status: string | null;
    reason: string | null;
  }[];
  tracking: { polls: number; nextAt: string | null; giveUpAt: string } | null;
  message: {
    status: string;
    statusReason: string | null;
    purpose: string;
    template: string | null;
    segments: number | null;
    cost: { amount: string; currency: string } | null;
    deliveredAt: string | null;
    changedAt: string;
  } | null;
  parent: Brief | null;
  children: Brief[];
  held: { by: Brief } | null;
}
