import type { WireObject } from './filter.ts';

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/** A collection in the interface's default format. */
export function feedOf(set: string, rows: readonly WireObject[], root: string): string {
  const entries = rows.map((row) => {
    const properties = Object.entries(row)
      .map(([name, value]) =>
        Array.isArray(value)
          ? `<d:${name} m:type="Collection(StandardODATA.${set}_${name}_RowType)">${value.map((r) => `<d:element>${plain(r as WireObject)}</d:element>`).join('')}</d:${name}>`
          : one(name, value),
      )
      .join('');
    return `<entry><id>${escaped(`${root}/${set}(guid'${String(row.Ref_Key ?? '')}')`)}</id><category term="StandardODATA.${set}" scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"/><title type="text"/><content type="application/xml"><m:properties>${properties}</m:properties></content></entry>`;
  });
  return `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">${entries.join('')}</feed>`;
}

function plain(row: WireObject): string {
  return Object.entries(row)
    .map(([name, value]) => one(name, value))
    .join('');
}

function one(name: string, value: unknown): string {
  return value === '' || value === null || value === undefined
    ? `<d:${name}/>`
    : `<d:${name}>${escaped(String(value))}</d:${name}>`;
}

export interface Changed {
  set: string;
  /** Key in brackets of the entity's address. */
  key: string;
  /** Absent for what was deleted physically. */
  row?: WireObject;
}

/** Packet of SelectChanges, with the elements that recorded packets of live bases have. */
export function changesFeed(changes: readonly Changed[], root: string, at: string): string {
  const entries = changes.map(({ set, key, row }) => {
    if (!row) return `<at:deleted-entry ref="${escaped(`${root}${set}(${key})`)}" when="${at}"/>`;
    const properties = Object.entries(row).map(([name, value]) => {
      if (!Array.isArray(value)) return one(name, value);
      const type = `StandardODATA.${set}${name === 'RecordSet' ? '' : `_${name}`}_RowType`;
      const elements = value.map((r) => `<d:element m:type="${type}">${plain(r as WireObject)}</d:element>`).join('');
      return `<d:${name} m:type="Collection(${type})"${elements === '' ? '/>' : `>${elements}</d:${name}>`}`;
    });
    const address = escaped(`${set}(${key})`);
    return `<entry><id>${escaped(root)}${address}</id><category term="StandardODATA.${set}" scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"/><title type="text"/><updated>${at}</updated><author/><summary/><link rel="edit" href="${address}" title="edit-link"/><content type="application/xml"><m:properties>${properties.join('')}</m:properties></content></entry>`;
  });
  return `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xml:base="${escaped(root)}">${entries.join('')}</feed>`;
}
