/** An event as the feed has it. */
export interface DeliveredEvent {
  id: string;
  no: number;
  type: string;
  entity: string | null;
  entityId: string | null;
  operation: string | null;
  data: Readonly<Record<string, unknown>>;
  at: Date;
}

/** CloudEvents 1.0, structured mode, JSON format. The same event gives the same bytes at every attempt. */
export function cloudEvent(organisation: string, event: DeliveredEvent): string {
  const subject =
    event.entity !== null && event.entityId !== null
      ? `${event.entity}/${event.entityId}`
      : event.operation !== null
        ? `operations/${event.operation}`
        : undefined;
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source: `urn:connector-hub:${organisation}`,
    type: event.type,
    ...(subject === undefined ? {} : { subject }),
    time: event.at.toISOString(),
    datacontenttype: 'application/json',
    data: {
      no: event.no,
      entity: event.entity,
      entityId: event.entityId,
      operation: event.operation,
      details: event.data,
    },
  });
}
