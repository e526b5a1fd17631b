import type { AdviceRow } from './row.ts';

const sender = (ru: string, en: string): AdviceRow => [
  'sender',
  ru,
  'Исправьте данные и отправьте заново; затем «Принято к сведению».',
  en,
  'Correct the data and send anew; then “Noted”.',
];
const mapping = (ru: string, en: string): AdviceRow => [
  'engineer',
  ru,
  'Исправьте таблицу соответствий (hub map check --live) и нажмите «Исправлено, повторить».',
  en,
  'Mend the mapping (hub map check --live) and press “Mended, try again”.',
];
const admin = (ru: string, pressRu: string, en: string, pressEn: string): AdviceRow => [
  'onec',
  ru,
  `${pressRu}; затем «Исправлено, повторить» или «Исправлено, продолжить».`,
  en,
  `${pressEn}; then “Mended, try again” or “Mended, go on”.`,
];
const passing = (ru: string, en: string): AdviceRow => [
  'nobody',
  ru,
  'Хаб повторяет сам; если попытки кончились, а 1С работает, нажмите «Повторить».',
  en,
  'The hub tries again by itself; if attempts are used up and 1C works, press “Try again”.',
];
const look = (ru: string, en: string): AdviceRow => [
  'operator',
  ru,
  'Найдите документ в 1С и нажмите «Выполнено» или «Не выполнено»; если операция уже ждёт повтора — «Повторить».',
  en,
  'Look for the document in 1C and press “It happened” or “It did not happen”; where it waits to be tried again, “Try again”.',
];

/** Codes of the connector onec. */
export const onecAdvice: Readonly<Record<string, AdviceRow>> = {
  ONEC_CONFIGURATION: sender(
    'Конфигурация 1С отказала в операции; причина в тексте ошибки.',
    'The configuration of 1C refused the operation; the error says why.',
  ),
  ONEC_UNSUPPORTED: mapping(
    'База 1С не поддерживает часть запроса.',
    'The base does not support a part of the request.',
  ),
  ONEC_VALUE_TYPE: sender('Значение не того типа, что реквизит 1С.', 'A value is not of the type of its attribute.'),
  ONEC_FORMAT: sender('1С не смогла прочитать запрос.', '1C could not read the request.'),
  ONEC_REPRESENTATION: mapping('База не отдаёт нужный формат.', 'The base does not offer the wanted format.'),
  ONEC_VALUE: sender('1С не принимает значение.', '1C does not allow a value.'),
  ONEC_VALUE_MISSING: sender('Не хватает обязательного значения.', 'A value is missing.'),
  ONEC_ADDRESS: mapping(
    'Такого адреса или метода в этой базе нет.',
    'The address or method does not exist in this base.',
  ),
  ONEC_KEY_PART: mapping('Не хватает части ключа.', 'A part of the key is missing.'),
  ONEC_NOT_PUBLISHED: admin(
    'Объект не опубликован в OData или называется иначе.',
    'Добавьте его в состав стандартного интерфейса OData',
    'The object is not published by OData or has another name.',
    'Add it to the composition of the standard OData interface',
  ),
  ONEC_NOT_FOUND: sender('Такого объекта в базе 1С нет.', 'There is no such object in the base.'),
  ONEC_PROPERTY: mapping('Такого реквизита в 1С нет.', 'An attribute does not exist in 1C.'),
  ONEC_METHOD: mapping('Такого метода в 1С нет.', 'A method does not exist in 1C.'),
  ONEC_ARGUMENT: mapping('Такого аргумента в 1С нет.', 'An argument does not exist in 1C.'),
  ONEC_TABULAR: mapping(
    'Строки табличной части нельзя писать отдельно.',
    'Rows of a tabular section can’t be written by themselves.',
  ),
  ONEC_OPTION: mapping('1С не разобрала параметр запроса.', '1C could not parse an option of the query.'),
  ONEC_EXISTS: sender('Объект с таким ключом уже есть.', 'An object with this key exists already.'),
  ONEC_READ_ONLY: sender('Реквизит нельзя менять.', 'An attribute can’t be written.'),
  ONEC_LOAD_MODE: mapping('У объекта нет режима загрузки.', 'The load mode does not exist for this object.'),
  ONEC_INTERFACE: admin(
    'Интерфейс OData не запускается: два реквизита с одним именем.',
    'Переименуйте один из них',
    'The OData interface can’t start: two attributes have one name.',
    'Rename one of them',
  ),
  ONEC_HTTP_METHOD: mapping('Этот метод HTTP здесь не разрешён.', 'The HTTP method is not allowed here.'),
  ONEC_RIGHTS: admin(
    'У пользователя хаба в 1С не хватает прав.',
    'Дополните его роль',
    'The user of the hub lacks a right in 1C.',
    'Extend its role',
  ),
  ONEC_FUNCTION: mapping(
    'Функции нет или у неё другие аргументы.',
    'A function does not exist or has other arguments.',
  ),
  ONEC_UNKNOWN: [
    'engineer',
    '1С ответила кодом, которого никто не знает.',
    'Передайте код разработчикам; затем «Повторить».',
    '1C answered with a code that no table knows.',
    'Give the code to the developers; then “Try again”.',
  ],
  ONEC_NO_LICENCE: [
    'onec',
    'В 1С кончились клиентские лицензии.',
    'Добавьте лицензии или уменьшите concurrency в hub.yaml; хаб продолжит сам, иначе «Повторить».',
    '1C has no free client licence.',
    'Add licences, or lower concurrency in hub.yaml; the hub goes on by itself, else “Try again”.',
  ],
  ONEC_BUSY: passing('База 1С занята или закрыта на обслуживание.', 'The base is busy or closed for maintenance.'),
  ONEC_CREDENTIALS: admin(
    '1С не принимает логин или пароль хаба.',
    'Исправьте пароль в 1С или в hub.yaml',
    '1C does not accept the login or password of the hub.',
    'Correct the password in 1C or in hub.yaml',
  ),
  ONEC_QUERY_TOO_LONG: mapping(
    'Веб-сервер не принимает такую длинную строку запроса.',
    'The web server refuses the length of the query.',
  ),
  ONEC_NOT_THERE: admin(
    'По этому адресу нет опубликованной базы.',
    'Проверьте публикацию и url в hub.yaml',
    'There is no published base at this address.',
    'Check the publication and url in hub.yaml',
  ),
  ONEC_SESSION: passing('Сеанс 1С потерян или не создаётся.', 'The session of 1C was lost or can’t be made.'),
  ONEC_UNAVAILABLE: passing('Веб-сервер 1С отвечает ошибкой.', 'The web server of 1C answers with an error.'),
  ONEC_NOT_ODATA: passing(
    'Вместо данных пришла страница: вход, прокси или веб-сервер.',
    'A page came instead of data: a login form, a proxy or the web server.',
  ),
  ONEC_NOT_JSON: passing('Ответ 1С не читается.', 'The answer of 1C can’t be read.'),
  ONEC_METADATA: mapping(
    'Описание базы ($metadata) не читается.',
    'The description of the base ($metadata) can’t be read.',
  ),
  ONEC_SOURCE: mapping(
    'Таблица соответствий не говорит, откуда читать.',
    'The mapping does not say where to read from.',
  ),
  ONEC_MARK_MISSING: mapping(
    'В таблице нет поля для номера операции хаба.',
    'The mapping has no field for the hub’s operation id.',
  ),
  ONEC_MARK_NOT_KEPT: admin(
    '1С не сохраняет или не ищет номер операции хаба; без него запись не разрешена.',
    'Проверьте реквизит, названный в таблице соответствий',
    '1C does not keep or find the hub’s operation id; nothing is written without it.',
    'Check the attribute that the mapping names',
  ),
  ONEC_NODE_MISSING: admin(
    'Узла плана обмена хаба нет.',
    'Создайте узел',
    'The node of the hub’s exchange plan is missing.',
    'Create the node',
  ),
  ONEC_PLAN_MISSING: admin(
    'План обмена не найден или не опубликован.',
    'Опубликуйте план обмена',
    'The exchange plan is missing or not published.',
    'Publish the exchange plan',
  ),
  ONEC_PACKET: passing('Пакет изменений не читается.', 'A packet of changes can’t be read.'),
  ONEC_PACKET_CUT: passing('Пакет изменений оборвался.', 'A packet of changes was cut.'),
  ONEC_POSTING_BROKE: look(
    'Документ записан, но его проведение прервалось.',
    'The document was written and its posting broke off.',
  ),
  ONEC_POSTING_BUSY: passing(
    'Документ записан, но провести его сейчас нельзя: база занята.',
    'The document was written and can’t be posted now: the base is busy.',
  ),
  ONEC_UNFINISHED: look('Документ записан, но не проведён.', 'The document was written and is not posted.'),
  ONEC_WRITE_ALTERED: look('1С записала не то, что было отправлено.', '1C has written something else than was sent.'),
  ONEC_ATTACHMENT_NAME: [
    'engineer',
    'Таблица соответствий называет документ не так, как он хранится в 1С.',
    'Исправьте files в таблице соответствий: key — имя реквизита.',
    'The mapping names a document in another way than 1C keeps it.',
    'Correct files in the mapping: key is the name of an attribute.',
  ],
  ONEC_ATTACHMENT_TOO_LARGE: [
    'operator',
    'Документ в 1С слишком велик, чтобы отправить его.',
    'Замените его в 1С на меньший файл и нажмите «Исправлено, решить заново».',
    'The document in 1C is too large to be sent.',
    'Put a smaller file into 1C and press “Mended, decide anew”.',
  ],
};
