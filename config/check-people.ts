import { nearest } from '../canonical/nearest.ts';
import { taskKinds } from '../canonical/task-kinds.ts';
import type { HubConfigFile } from './schema.ts';

type Report = (path: readonly PropertyKey[], message: string) => void;

/** People, kinds of tasks and organisations that name each other must exist. */
export function checkPeople(data: HubConfigFile, fault: Report): void {
  const ids = data.people.map((p) => p.id);
  const organisations = data.organisations.map((o) => o.id);
  const known = (path: readonly PropertyKey[], value: string, valid: readonly string[], what: string): void => {
    if (valid.includes(value)) return;
    const near = nearest(value, valid);
    fault(
      path,
      `there is no ${what} '${value}'${near ? `; did you mean '${near}'?` : ` (known: ${valid.join(', ')})`}`,
    );
  };
  data.people.forEach((person, i) => {
    const at = (...rest: PropertyKey[]): PropertyKey[] => ['people', i, ...rest];
    if (ids.indexOf(person.id) !== i) fault(at('id'), `'${person.id}' stands twice`);
    person.handles.forEach((kind, j) => {
      if (kind !== '*') known(at('handles', j), kind, taskKinds, 'kind of task');
    });
    person.organisations?.forEach((org, j) => {
      known(at('organisations', j), org, organisations, 'organisation');
    });
    const { substitute } = person;
    if (!substitute) return;
    if (substitute.person === person.id) fault(at('substitute', 'person'), 'is the person themselves');
    else known(at('substitute', 'person'), substitute.person, ids, 'person');
    if (substitute.to < substitute.from) fault(at('substitute', 'to'), 'lies before from');
  });
  for (const kind of Object.keys(data.tasks.deadlines))
    known(['tasks', 'deadlines', kind], kind, taskKinds, 'kind of task');
  if (data.tasks.escalate) known(['tasks', 'escalate', 'to'], data.tasks.escalate.to, ids, 'person');
}
