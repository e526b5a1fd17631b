import { useState } from 'preact/hooks';
import { link } from '../router.ts';
import { t } from '../session.ts';
import { Card, Table } from '../ui/parts.tsx';
import { entityWord, number } from '../words.ts';
import { entityNames, findingKinds, type House, type Run } from './reconciliation-types.ts';
import { findingWord } from './reconciliation-words.tsx';

const FIRST = 20;

export const houseWord = (house: Pick<House, 'building' | 'name'>): string =>
  house.name ?? (house.building === null ? t('Дом не определён', 'House not known') : house.building);

/** What the filter of findings calls a house. */
export const houseParameter = (house: Pick<House, 'building'>): string => house.building ?? 'none';

/** Findings by house and entity; each number leads to its findings. */
export function HouseTable({ run, houses }: { run: Run; houses: readonly House[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? houses : houses.slice(0, FIRST);
  return (
    <Card title={t('По домам', 'By house')} flush>
      <Table
        label={t('По домам', 'By house')}
        heads={[t('Дом', 'House'), t('Записи', 'Records'), ...findingKinds.map(findingWord)]}
      >
        {shown.flatMap((house) =>
          entityNames
            .filter((e) => house.counts[e])
            .map((e, i) => (
              <tr key={`${house.building}${e}`}>
                <td>
                  {i === 0 ? (
                    <>
                      <strong>{houseWord(house)}</strong>
                      {house.address && <div class="muted small">{house.address}</div>}
                    </>
                  ) : (
                    <span class="sr">{houseWord(house)}</span>
                  )}
                </td>
                <td>{entityWord(e)}</td>
                {findingKinds.map((kind) => {
                  const n = house.counts[e]?.[kind] ?? 0;
                  return (
                    <td key={kind} class="num">
                      {n === 0 ? (
                        <span class="muted">0</span>
                      ) : (
                        <a
                          href={link(`reconciliations/${run.id}`, {
                            kind,
                            entity: e,
                            building: houseParameter(house),
                          })}
                          aria-label={`${houseWord(house)}, ${entityWord(e)}, ${findingWord(kind)}: ${n}`}
                        >
                          {number(n)}
                        </a>
                      )}
                    </td>
                  );
                })}
              </tr>
            )),
        )}
      </Table>
      {houses.length > FIRST && !all && (
        <p class="more">
          <button type="button" class="button" onClick={() => setAll(true)}>
            {t('Показать все дома', 'Show all houses')}: {number(houses.length)}
          </button>
        </p>
      )}
    </Card>
  );
}
