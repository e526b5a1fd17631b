import type { Statement } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';

/**
 * Changes the instance after the outcome was written (its lease number is one higher by then). The number given to the
 * old upstream stays in its attempts; the new one assigns its own.
 */
export function moveStatement(op: Operation, moveTo: string): Statement {
  return {
    sql: 'update operation set instance = $4, own_id = null, exchange = null where org = $1 and id = $2 and lease_no = $3',
    params: [op.org, op.id, op.leaseNo + 1, moveTo],
  };
}
