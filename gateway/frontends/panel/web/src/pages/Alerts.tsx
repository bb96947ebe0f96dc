import { useState } from "react";
import { AlertRow } from "../alerts/AlertRow";
import { MuteControl } from "../alerts/MuteControl";
import { useAlerts } from "../alerts/useAlerts";
import { MOST_ALERTS, type Alert } from "../api/alerts";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { byDay, dayWords } from "../format/days";
import { outwardPath } from "../router";
import { t } from "../texts";

const FIRST = 40;

/** What people should know: what goes on first, then what was, by day, live. */
export default function Alerts() {
  const [limit, setLimit] = useState(FIRST);
  const { alerts, more, loaded, error } = useAlerts([{ open: true, limit: MOST_ALERTS }, { open: false, limit }]);
  const now = useNow(60_000);
  const open = alerts.filter(({ over_ms: over }) => over === null);
  const over = alerts.filter(({ over_ms: ended }) => ended !== null);
  return (
    <Page title={t.alerts.title} actions={<MuteControl />}>
      <a className="-mt-3 self-start text-sm text-accent hover:underline" href={outwardPath}>
        {t.alerts.where}
      </a>
      <ErrorNote text={error} />
      {alerts.length === 0 && !error && (
        <p className="card p-5 text-sm text-soft">{loaded ? t.alerts.empty : t.alerts.loading}</p>
      )}
      <Group title={t.alerts.open} alerts={open} />
      {open.length === 0 && over.length > 0 && <p className="card p-5 text-sm text-soft">{t.alerts.emptyOpen}</p>}
      {byDay(over, ({ opened_ms: opened }) => opened).map(([day, those]) => (
        <Group key={day} title={dayWords(day, now)} alerts={those} />
      ))}
      {more && limit < MOST_ALERTS && (
        <button type="button" className="button self-center" onClick={() => setLimit(Math.min(MOST_ALERTS, limit * 4))}>
          {t.alerts.more}
        </button>
      )}
    </Page>
  );
}

function Group({ title, alerts }: { title: string; alerts: readonly Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" aria-label={title}>
      <h2 className="text-sm font-semibold">{title}</h2>
      <ol className="card divide-y divide-line">
        {alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} />
        ))}
      </ol>
    </section>
  );
}
