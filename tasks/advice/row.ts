/** Who acts. */
export const people = {
  operator: { ru: 'Дежурный оператор', en: 'The operator on duty' },
  engineer: { ru: 'Инженер интеграции', en: 'The integration engineer' },
  onec: { ru: 'Администратор 1С', en: 'The administrator of 1C' },
  sender: { ru: 'Сотрудник, от которого пришёл запрос', en: 'Whoever the request came from' },
  caller: { ru: 'Разработчик вызывающей программы', en: 'The developer of the calling program' },
  payer: { ru: 'Бухгалтерия', en: 'The accounts department' },
  provider: { ru: 'Ответственный за договор со шлюзом', en: 'Whoever holds the contract with the gateway' },
  receiver: { ru: 'Владелец принимающей программы', en: 'The owner of the receiving program' },
  nobody: { ru: 'Никто: хаб справляется сам', en: 'Nobody: the hub manages by itself' },
} as const;

/** Who acts; what happened and what to press in Russian; the same in English. */
export type AdviceRow = readonly [who: keyof typeof people, ru: string, pressRu: string, en: string, pressEn: string];
