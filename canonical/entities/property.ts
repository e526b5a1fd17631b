import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { Address } from '../values/address.ts';
import { Decimal } from '../values/decimal.ts';
import { TimeZone } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

const ref = (what: string) => Uuid.nullable().default(null).describe(what);

export const ResidentialComplex = z
  .strictObject({
    code: z.string().max(50).nullable().default(null).describe('Code in the accounting system'),
    name: z.string().min(1).max(255).describe('Name of the complex'),
    buildingCount: z.int().min(0).optional().describe('Number of buildings, where known'),
  })
  .meta({ id: 'ResidentialComplex' });

export const Building = z
  .strictObject({
    code: z.string().max(50).nullable().default(null).describe('Code in the accounting system'),
    name: z.string().min(1).max(255).describe('Short name, usually street and number'),
    complex: ref('Residential complex it belongs to'),
    address: Address.nullable().default(null).describe('Postal address'),
    timezone: TimeZone.describe('IANA time zone of the house; decides quiet hours and days of readings'),
    cadastralNumber: z.string().max(40).nullable().default(null).describe('Кадастровый номер'),
    builtYear: z.int().min(1700).max(2200).nullable().default(null).describe('Year of construction'),
    floors: z.int().min(0).max(300).nullable().default(null).describe('Number of floors (этажность)'),
    area: Decimal.nullable().default(null).describe('Total area, square metres'),
  })
  .meta({ id: 'Building' });

export const Premises = z
  .strictObject({
    code: z.string().max(50).nullable().default(null).describe('Code in the accounting system'),
    building: Uuid.describe('Building it lies in'),
    number: z.string().max(20).describe('Number of the flat or room'),
    entrance: z.int().min(0).nullable().default(null).describe('Подъезд'),
    floor: z.int().min(-10).max(300).nullable().default(null).describe('Этаж'),
    purpose: z
      .enum(['residential', 'non-residential', 'common'])
      .nullable()
      .default(null)
      .describe('Назначение помещения'),
    area: Decimal.nullable().default(null).describe('Total area, square metres'),
    livingArea: Decimal.nullable().default(null).describe('Living area, square metres'),
    cadastralNumber: z.string().max(40).nullable().default(null).describe('Кадастровый номер'),
  })
  .meta({ id: 'Premises' });

export const residentialComplexes: EntityDefinition = {
  name: 'ResidentialComplex',
  resource: 'complexes',
  title: 'Residential complex',
  description: 'Group of buildings (жилой комплекс)',
  schema: ResidentialComplex,
  filters: { name: { path: 'name', match: 'exact', schema: z.string(), description: 'Exact name' } },
};

export const buildings: EntityDefinition = {
  name: 'Building',
  resource: 'buildings',
  title: 'Building',
  description: 'Apartment building (многоквартирный дом)',
  schema: Building,
  filters: {
    complex: { path: 'complex', match: 'exact', schema: Uuid, description: 'Buildings of this complex' },
    gar: { path: 'address.gar', match: 'exact', schema: Uuid, description: 'Identifier in the state address register' },
    city: { path: 'address.city', match: 'exact', schema: z.string(), description: 'Town or city' },
  },
};

export const premises: EntityDefinition = {
  name: 'Premises',
  resource: 'premises',
  title: 'Premises',
  description: 'Flat, room or non-residential premises (помещение)',
  schema: Premises,
  filters: {
    building: { path: 'building', match: 'exact', schema: Uuid, description: 'Premises of this building' },
    number: { path: 'number', match: 'exact', schema: z.string(), description: 'Number of the flat' },
  },
};
