import type { Field, FieldType, Model, SetModel } from './model.ts';

const edm = (type: FieldType): string => {
  switch (type.kind) {
    case 'date':
      return 'Edm.DateTime';
    case 'bool':
      return 'Edm.Boolean';
    case 'int':
      return `Edm.Int${type.bits}`;
    case 'number':
      return 'Edm.Double';
    case 'ref':
    case 'guid':
      return 'Edm.Guid';
    default:
      return 'Edm.String';
  }
};

/** `$metadata` in the shape of a live base: one container EnterpriseV8, functions bound by their bindingParameter. */
export function metadataXml(model: Model): string {
  const types: string[] = [];
  const sets: string[] = [];
  const functions: string[] = [];
  const associations: string[] = [];
  for (const set of model.sets.values()) {
    sets.push(`<EntitySet Name="${set.name}" EntityType="StandardODATA.${set.name}"/>`);
    for (const [part] of set.parts)
      sets.push(`<EntitySet Name="${set.name}_${part}" EntityType="StandardODATA.${set.name}_${part}"/>`);
    types.push(...entityTypes(set, associations));
    functions.push(...functionImports(set));
    if (!set.independent && (set.kind === 'InformationRegister' || set.kind === 'AccumulationRegister'))
      sets.push(`<EntitySet Name="${set.name}_RecordType" EntityType="StandardODATA.${set.name}_RecordType"/>`);
  }
  for (const [name, values] of Object.entries(model.enums))
    types.push(
      `<EnumType Name="${name}" UnderlyingType="Edm.Int32">${values.map((v) => `<Member Name="${v}"/>`).join('')}</EnumType>`,
    );
  // A live base declares this one twice; readers must bear it.
  const twice =
    '<EnumType Name="AllowedLength" UnderlyingType="Edm.Int32"><Member Name="Fixed"/><Member Name="Variable"/></EnumType>';
  return `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><Schema Namespace="StandardODATA" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">
${types.join('\n')}
${twice}${twice}
${associations.join('\n')}
<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">
${sets.join('\n')}
${functions.join('\n')}
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;
}

const property = (name: string, type: string, key = false): string =>
  `<Property Name="${name}" Type="${type}" Nullable="${!key}"/>`;
const key = (...names: string[]): string => `<Key>${names.map((n) => `<PropertyRef Name="${n}"/>`).join('')}</Key>`;

function columns(fields: readonly Field[]): string[] {
  return fields.flatMap((field) => [
    ...(field.type.kind === 'storage'
      ? [
          property(field.wire, 'Edm.Stream'),
          property(`${field.wire}_Type`, 'Edm.String'),
          property(`${field.wire}_Base64Data`, 'Edm.Binary'),
        ]
      : [property(field.wire, edm(field.type))]),
    ...(field.type.kind === 'composite' ? [property(`${field.wire}_Type`, 'Edm.String')] : []),
  ]);
}

function results(set: SetModel, type: string, suffixes: readonly string[]): string {
  const sums = set.resources.flatMap((r) => suffixes.map((suffix) => property(`${r.wire}${suffix}`, 'Edm.Double')));
  return `<ComplexType Name="${set.name}_${type}">${[...columns(set.dimensions), ...sums].join('')}</ComplexType>`;
}

function entityTypes(set: SetModel, associations: string[]): string[] {
  const refs = set.fields.filter((f) => f.type.kind === 'ref');
  const navigation = refs.map((f) => {
    const relation = `${set.name}_${f.name}`;
    associations.push(
      `<Association Name="${relation}"><End Role="Begin" Type="StandardODATA.${set.name}" Multiplicity="*"/><End Role="End" Type="StandardODATA.${(f.type as { to: string }).to}" Multiplicity="0..1"/></Association>`,
    );
    return `<NavigationProperty Name="${f.name}" Relationship="StandardODATA.${relation}" FromRole="Begin" ToRole="End"/>`;
  });
  const parts = [...set.parts].flatMap(([part, fields]) => [
    `<ComplexType Name="${set.name}_${part}_RowType">${property('LineNumber', 'Edm.Int64')}${columns(fields).join('')}</ComplexType>`,
    `<EntityType Name="${set.name}_${part}">${key('Ref_Key', 'LineNumber')}${property('Ref_Key', 'Edm.Guid', true)}${property('LineNumber', 'Edm.Int64', true)}${columns(fields).join('')}</EntityType>`,
  ]);
  const collections = [...set.parts.keys()].map((part) =>
    property(part, `Collection(StandardODATA.${set.name}_${part}_RowType)`),
  );
  const common = [
    property('Ref_Key', 'Edm.Guid', true),
    property('DataVersion', 'Edm.String'),
    property('DeletionMark', 'Edm.Boolean'),
  ];
  if (set.kind === 'Catalog') {
    const own = [
      property('Code', 'Edm.String'),
      property('Description', 'Edm.String'),
      ...(set.hierarchical ? [property('Parent_Key', 'Edm.Guid'), property('IsFolder', 'Edm.Boolean')] : []),
      ...(set.owner ? [property('Owner_Key', 'Edm.Guid')] : []),
      property('Predefined', 'Edm.Boolean'),
      property('PredefinedDataName', 'Edm.String'),
    ];
    return [
      `<EntityType Name="${set.name}">${key('Ref_Key')}${[...common, ...own, ...columns(set.fields), ...collections, ...navigation].join('')}</EntityType>`,
      ...parts,
    ];
  }
  if (set.kind === 'Document') {
    const own = [property('Number', 'Edm.String'), property('Date', 'Edm.DateTime'), property('Posted', 'Edm.Boolean')];
    return [
      `<EntityType Name="${set.name}">${key('Ref_Key')}${[...common, ...own, ...columns(set.fields), ...collections, ...navigation].join('')}</EntityType>`,
      ...parts,
    ];
  }
  if (set.kind === 'ExchangePlan')
    return [
      `<EntityType Name="${set.name}">${key('Ref_Key')}${[...common, property('Code', 'Edm.String'), property('Description', 'Edm.String'), property('SentNo', 'Edm.Int64'), property('ReceivedNo', 'Edm.Int64')].join('')}</EntityType>`,
    ];
  if (set.kind === 'Constant')
    return [
      `<EntityType Name="${set.name}">${key('SurrogateKey')}${property('SurrogateKey', 'Edm.Int32', true)}${property('Value', 'Edm.DateTime')}</EntityType>`,
    ];
  const body = [
    property('Period', 'Edm.DateTime'),
    ...columns(set.dimensions),
    ...columns(set.resources),
    ...columns(set.fields),
  ];
  if (set.independent)
    return [
      `<EntityType Name="${set.name}">${key('Period', ...set.dimensions.map((d) => d.wire))}${body.join('')}</EntityType>`,
    ];
  const recorder = set.recorders.length > 1 ? ['Recorder', 'Recorder_Type'] : ['Recorder_Key'];
  const recorderColumns = recorder.map((name) =>
    property(name, name === 'Recorder_Key' ? 'Edm.Guid' : 'Edm.String', true),
  );
  const record = [
    ...recorderColumns,
    property('LineNumber', 'Edm.Int64', true),
    property('Active', 'Edm.Boolean'),
    ...(set.balance ? [property('RecordType', 'Edm.String')] : []),
    ...body,
  ].join('');
  return [
    ...(set.kind === 'AccumulationRegister'
      ? [results(set, 'Turnover', ['Turnover', ...(set.balance ? ['Receipt', 'Expense'] : [])])]
      : []),
    `<ComplexType Name="${set.name}_RowType">${record}</ComplexType>`,
    ...(set.balance
      ? [
          results(set, 'BalanceAndTurnover', ['OpeningBalance', 'Turnover', 'Receipt', 'Expense', 'ClosingBalance']),
          `<ComplexType Name="${set.name}_Balance">${[...columns(set.dimensions), ...set.resources.map((r) => property(`${r.wire}Balance`, 'Edm.Double'))].join('')}</ComplexType>`,
        ]
      : []),
    `<EntityType Name="${set.name}">${key(...recorder)}${recorderColumns.join('')}${property('RecordSet', `Collection(StandardODATA.${set.name}_RowType)`)}</EntityType>`,
    `<EntityType Name="${set.name}_RecordType">${key(...recorder, 'LineNumber')}${record}</EntityType>`,
  ];
}

const PERIODS = ['Condition', 'Dimensions', 'StartPeriod', 'EndPeriod'];

function functionImports(set: SetModel): string[] {
  const make = (name: string, parameters: readonly string[], returns: string, sideEffects: boolean): string =>
    `<FunctionImport Name="${name}" IsBindable="true" IsSideEffecting="${sideEffects}"${returns ? ` ReturnType="${returns}"` : ''}><Parameter Name="bindingParameter" Type="StandardODATA.${set.name}"/>${parameters.map((p) => `<Parameter Name="${p}" Type="Edm.${p === 'PostingModeOperational' ? 'Boolean' : p === 'Period' || p.endsWith('Period') ? 'DateTime' : 'String'}"/>`).join('')}</FunctionImport>`;
  if (set.kind === 'Document')
    return [make('Post', ['PostingModeOperational'], '', true), make('Unpost', [], '', true)];
  if (set.kind === 'InformationRegister' && set.independent)
    return ['SliceLast', 'SliceFirst'].map((name) =>
      make(name, ['Condition', 'Period'], `Collection(StandardODATA.${set.name})`, false),
    );
  if (set.kind !== 'AccumulationRegister') return [];
  return [
    ...(set.balance
      ? [make('Balance', ['Condition', 'Dimensions', 'Period'], `Collection(StandardODATA.${set.name}_Balance)`, false)]
      : []),
    make('Turnovers', PERIODS, `Collection(StandardODATA.${set.name}_Turnover)`, false),
    ...(set.balance
      ? [make('BalanceAndTurnovers', PERIODS, `Collection(StandardODATA.${set.name}_BalanceAndTurnover)`, false)]
      : []),
  ];
}
