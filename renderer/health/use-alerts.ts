import { useMemo } from 'react';
import type { Alert } from '../../shared/alerts.ts';
import type { ContractClient } from '../../shared/contract.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';

/** What fires comes first, then what may. */
const order: Record<Alert['state'], number> = { firing: 0, pending: 1, resolved: 2, inactive: 3 };

/** The alerts as they were told last, what is worst first. */
export function useAlertRows(): readonly Alert[] {
  const rows = useStore((state) => state.rows.alerts);
  return useMemo(
    () =>
      Object.values(rows).sort(
        (a, b) =>
          order[a.state] - order[b.state] || a.severity.localeCompare(b.severity) || a.title.localeCompare(b.title),
      ),
    [rows],
  );
}

/** The same with their newest values, while somebody looks. */
export function useLiveAlerts(): readonly Alert[] {
  const rows = useAlertRows();
  const { value } = useStream('alerts', (client, signal) => client.alerts.watch(undefined, { signal }));
  return useMemo(() => {
    const live = new Map(value?.items.map((alert) => [alert.id, alert.value]));
    return rows.map((alert) => ({ ...alert, value: live.get(alert.id) ?? alert.value }));
  }, [rows, value]);
}

/** Does something to an alert; what goes wrong is told. */
export function useAlertActions() {
  const { connection } = useApp();
  return async (run: (alerts: ContractClient['alerts']) => Promise<unknown>): Promise<boolean> => {
    try {
      await run(connection.client.alerts);
      return true;
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
      return false;
    }
  };
}

/** Deletes a rule of somebody's own at once, and offers to bring it back. */
export function useRemoveAlert() {
  const act = useAlertActions();
  return async ({ id, title }: Pick<Alert, 'id' | 'title'>): Promise<void> => {
    if (!(await act((alerts) => alerts.remove({ id })))) return;
    tell(`“${title}” is deleted.`, {
      action: { label: 'Undo', run: () => void act((alerts) => alerts.restore({ id })) },
    });
  };
}
