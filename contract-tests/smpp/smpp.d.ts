/** What of the npm package `smpp` 0.5.1 the oracle uses; the package has no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server } from 'node:net';

  export interface Pdu {
    command: string;
    command_status: number;
    sequence_number: number;
    system_id?: string;
    password?: string;
    interface_version?: number;
    source_addr?: string;
    source_addr_ton?: number;
    source_addr_npi?: number;
    destination_addr?: string;
    esm_class?: number;
    data_coding?: number;
    registered_delivery?: number;
    validity_period?: string | Date;
    short_message?: { message: string | Buffer; udh?: Buffer[] };
    message_payload?: { message: string | Buffer };
    message_id?: string;
    message_state?: number;
    receipted_message_id?: string;
    user_message_reference?: number;
    sar_msg_ref_num?: number;
    sar_total_segments?: number;
    sar_segment_seqnum?: number;
    response(fields?: Record<string, unknown>): Pdu;
  }
  export interface Session extends EventEmitter {
    send(pdu: Pdu): boolean;
    close(): void;
    destroy(): void;
    bind_transceiver(fields: Record<string, unknown>, callback: (pdu: Pdu) => void): void;
    submit_sm(fields: Record<string, unknown>, callback: (pdu: Pdu) => void): void;
    deliver_sm(fields: Record<string, unknown>, callback: (pdu: Pdu) => void): void;
    query_sm(fields: Record<string, unknown>, callback: (pdu: Pdu) => void): void;
    enquire_link(callback: (pdu: Pdu) => void): void;
    unbind(callback: (pdu: Pdu) => void): void;
  }
  const smpp: {
    createServer(listener: (session: Session) => void): Server;
    connect(options: { url: string }): Session;
  };
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, so this is its only name
  export default smpp;
}
