import { space, stamp } from '../answers.ts';
import { type Call, Refusal, type Service } from '../service.ts';
import { gisGuid } from '../world.ts';
import { all, type Element, text } from '../xml.ts';

const OGRN = '1111111111111';

/** The organisation that asks is the only one in the registry of the stand-in. */
function exportRegistry(request: Element, call: Call): string {
  const own: Readonly<Record<string, string>> = {
    OGRN,
    orgVersionGUID: gisGuid('other', 1, 11),
    orgRootEntityGUID: gisGuid('other', 1, 12),
    orgPPAGUID: call.org,
  };
  const found = all(request, 'SearchCriteria').some((criteria) =>
    Object.entries(own).some(([name, value]) => text(criteria, name)?.toLowerCase() === value),
  );
  if (!found) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return `<s:exportOrgRegistryResult><g:orgRootEntityGUID>${own.orgRootEntityGUID}</g:orgRootEntityGUID><s:OrgVersion><g:orgVersionGUID>${own.orgVersionGUID}</g:orgVersionGUID><s:lastEditingDate>${stamp(call.clock.now()).slice(0, 10)}+03:00</s:lastEditingDate><s:IsActual>true</s:IsActual><s:Legal><g:ShortName>ООО УК «Тест»</g:ShortName><g:FullName>Общество с ограниченной ответственностью «Тест»</g:FullName><o:OGRN>${OGRN}</o:OGRN><o:INN>1111111111</o:INN><o:KPP>111111111</o:KPP></s:Legal></s:OrgVersion><b:orgPPAGUID>${call.org}</b:orgPPAGUID><s:isRegistered>true</s:isRegistered></s:exportOrgRegistryResult>`;
}

export const organizations: Service = {
  path: '/ext-bus-org-registry-common-service/services/OrgRegistryCommonAsync',
  namespace: space('organizations-registry-common'),
  header: 'ISRequestHeader',
  resultVersion: '10.0.2.1',
  operations: {
    exportOrgRegistry: { element: 'exportOrgRegistryRequest', kind: 'export', handler: exportRegistry },
  },
};
