import { NetworkFault } from '../../connectors/kit/http.ts';
import type { Connector } from '../../connectors/port.ts';
import { call } from './client.ts';
import { NoticeboardConfig } from './config.ts';
import { postNotice } from './post-notice.ts';

/** The board of notices: screens in the halls of houses. */
export const noticeboard: Connector<NoticeboardConfig> = {
  system: 'noticeboard',
  config: NoticeboardConfig,
  probe: async (ctx) => {
    try {
      const houses = (await call(ctx, 'GET', 'houses')) as string[];
      return { ok: true, details: { houses: houses.length } };
    } catch (error) {
      throw error instanceof NetworkFault ? error.asTransient('The board') : error;
    }
  },
  commands: { 'notices.post': postNotice },
};
