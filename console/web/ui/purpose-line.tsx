import { useState } from 'preact/hooks';
import { purpose, t } from '../session.ts';
import { Dialog } from './parts.tsx';
import { PurposeForm } from './purpose-form.tsx';

/** The purpose of the session, and a way to change it. */
export function PurposeLine() {
  const [open, setOpen] = useState(false);
  return (
    <div class="purpose-line">
      <span class="small">
        {purpose.value === null ? t('Цель просмотра не названа', 'No purpose stated') : purpose.value}
      </span>
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>
        {purpose.value === null ? t('Назвать цель', 'State a purpose') : t('Изменить цель', 'Change the purpose')}
      </button>
      {open && (
        <Dialog title={t('Цель просмотра', 'Purpose')} onClose={() => setOpen(false)}>
          <PurposeForm onSaid={() => setOpen(false)} />
        </Dialog>
      )}
    </div>
  );
}
