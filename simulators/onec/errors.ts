/** An answer in the shape of the standard interface's errors (vendor manual §17.4.10). */
export class ODataFault extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const fault = {
  option: (name: string) => new ODataFault(400, '0', `Неизвестная опция запроса: ${name}`),
  type: (text: string) => new ODataFault(400, '1', `Ошибка разбора строки: ${text}`),
  format: () => new ODataFault(400, '2', 'Неверный формат запроса'),
  representation: () => new ODataFault(406, '3', 'Формат представления не поддерживается'),
  value: (name: string) => new ODataFault(400, '4', `Неверное значение свойства: ${name}`),
  method: (name: string) => new ODataFault(400, '6', `Метод не найден: ${name}`),
  keyPart: () => new ODataFault(400, '7', 'Не указана часть ключа'),
  entityType: (name: string) => new ODataFault(404, '8', `Тип сущности не найден: ${name}`),
  instance: () => new ODataFault(404, '9', 'Экземпляр сущности не найден'),
  property: (name: string) => new ODataFault(400, '10', `Свойство не найдено: ${name}`),
  parse: (option: string) => new ODataFault(400, '14', `Ошибка при разборе опции запроса "${option}"`),
  exists: () => new ODataFault(400, '15', 'Экземпляр сущности с таким ключом уже существует'),
  httpMethod: () => new ODataFault(405, '19', 'Метод HTTP не поддерживается для этого адреса'),
  rights: () => new ODataFault(401, '20', 'Нарушение прав доступа'),
  configuration: (text: string) => new ODataFault(500, '-1', text),
};
