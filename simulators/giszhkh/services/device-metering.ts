import { space, stamp } from '../answers.ts';
import { type Call, commonResults, type ElementResult, eachElement, Refusal, type Service } from '../service.ts';
import { type Device, type Reading, versionGuid } from '../world.ts';
import { all, child, children, type Element, text } from '../xml.ts';
import { checkReference, elementGuid } from './directories.ts';
import { ourHouse } from './house-management.ts';

const PAGE = 1000;

function importValues(request: Element, call: Call): string {
  const { world, effects, clock } = call;
  const house = text(request, 'FIASHouseGuid');
  if (house) ourHouse(call, house);
  // Each reading has a TransportGUID of its own, inside its device.
  const readings = all(request, 'MeteringDevicesValues').flatMap((device) =>
    children(device)
      .filter((form) => /DeviceValue$/.test(form.localName ?? ''))
      .flatMap((form) => all(form, 'CurrentValue').map((value) => ({ device, form, value }))),
  );
  const results: ElementResult[] = eachElement(
    call,
    readings.map((r) => r.value),
    (value) => {
      const found = readings.find((r) => r.value === value) as (typeof readings)[number];
      const root = text(found.device, 'MeteringDeviceRootGUID')?.toLowerCase();
      const version = text(found.device, 'MeteringDeviceVersionGUID')?.toLowerCase();
      const device = root
        ? world.devices.get(root)
        : [...world.devices.values()].find((d) => versionGuid(d) === version);
      if (!device) throw new Refusal('INT002000', 'Прибор учета не найден');
      if (device.archived) throw new Refusal('INT004127', 'Прибор учета в архиве');
      if (!device.house.ours) throw new Refusal('AUT011003', 'Доступ запрещен для поставщика данных');
      const electric = found.form.localName === 'ElectricDeviceValue';
      if (electric !== (device.resource === '3')) throw new Refusal('INT004127', 'Вид показания не подходит прибору');
      const resource = electric ? undefined : checkReference(call.contour, '2', child(value, 'MunicipalResource'));
      if (resource !== undefined && resource !== device.resource)
        throw new Refusal('INT004127', 'Ресурс не подходит прибору');
      const values = ['MeteringValue', 'MeteringValueT1', 'MeteringValueT2', 'MeteringValueT3'].flatMap(
        (name) => text(value, name) ?? [],
      );
      const reading: Reading = {
        values,
        date: (text(value, 'DateValue') ?? '').slice(0, 10),
        resource,
        enteredAt: stamp(clock.now()),
      };
      device.readings.push(reading);
      effects.add('giszhkh.readings', `${device.root} ${reading.date} ${values.join('/')}`);
      return { guid: call.guid() };
    },
  );
  return commonResults(results, stamp(clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

function exportHistory(request: Element, call: Call): string {
  const { world } = call;
  const houses = all(request, 'FIASHouseGuid').map((e) => ourHouse(call, e.textContent ?? ''));
  const roots = all(request, 'MeteringDeviceRootGUID').map((e) => (e.textContent ?? '').toLowerCase());
  const resources = all(request, 'MunicipalResource').map((e) => checkReference(call.contour, '2', e));
  for (const type of all(request, 'MeteringDeviceType')) checkReference(call.contour, '27', type);
  const from = text(request, 'ExportMeteringDeviceRootGUID')?.toLowerCase();
  const found = [...world.devices.values()]
    .filter(
      (d) =>
        (houses.length === 0 || houses.includes(d.house)) &&
        (roots.length === 0 || roots.includes(d.root)) &&
        (resources.length === 0 || resources.includes(d.resource)),
    )
    .sort((a, b) => (a.root < b.root ? -1 : 1));
  const start = from ? found.findIndex((d) => d.root === from) : 0;
  if (start < 0 || found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  const page = found.slice(start, start + PAGE);
  const next = found[start + PAGE];
  return `${page.map((d) => history(d, call.contour)).join('')}<s:PagedOutput>${next ? `<s:ExportMeteringDeviceRootGUID>${next.root}</s:ExportMeteringDeviceRootGUID>` : '<s:LastPage>true</s:LastPage>'}</s:PagedOutput>`;
}

function history(d: Device, contour: string): string {
  const electric = d.resource === '3';
  const form = electric ? 'ElectricDeviceValue' : 'OneRateDeviceValue';
  const values = d.readings
    .map((r) => {
      const amounts = electric
        ? r.values.map((v, i) => `<m:MeteringValueT${i + 1}>${v}</m:MeteringValueT${i + 1}>`).join('')
        : `<m:MunicipalResource><n:Code>${d.resource}</n:Code><n:GUID>${elementGuid(contour, '2', d.resource)}</n:GUID></m:MunicipalResource><m:MeteringValue>${padded(r.values[0] ?? '0')}</m:MeteringValue>`;
      return `<s:CurrentValue>${amounts}<m:EnterIntoSystem>${r.enteredAt}</m:EnterIntoSystem><s:DateValue>${r.date}T00:00:00+03:00</s:DateValue></s:CurrentValue>`;
    })
    .join('');
  return `<s:exportMeteringDeviceHistoryResult><s:MeteringDeviceRootGUID>${d.root}</s:MeteringDeviceRootGUID><s:FIASHouseGuid>${d.house.fias}</s:FIASHouseGuid><s:${form}><s:Values>${values}</s:Values></s:${form}></s:exportMeteringDeviceHistoryResult>`;
}

/** The server writes values with all their places. */
function padded(value: string): string {
  const [whole = '0', fraction = ''] = value.split('.');
  return `${whole}.${fraction.padEnd(7, '0')}`;
}

export const deviceMetering: Service = {
  path: '/ext-bus-device-metering-service/services/DeviceMeteringAsync',
  namespace: space('device-metering'),
  header: 'RequestHeader',
  resultVersion: '10.0.1.1',
  operations: {
    importMeteringDeviceValues: { element: 'importMeteringDeviceValuesRequest', kind: 'import', handler: importValues },
    exportMeteringDeviceHistory: {
      element: 'exportMeteringDeviceHistoryRequest',
      kind: 'export',
      handler: exportHistory,
    },
  },
};
