import { getAlert, type Delivery } from "../api/alerts";
import { ErrorNote } from "../components/ErrorNote";
import { formatInstant } from "../format/time";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";

const looks: Record<string, string> = { delivered: "text-good", failed: "text-bad", dropped: "text-warn" };

/** To whom an alert was told, when, and what became of it. */
export function Deliveries({ alert }: { alert: string }) {
  const { value, error } = useAnswer(`told ${alert}`, {
    ask: (signal) => getAlert(alert, signal),
    ageing: (message) => message.type === "alert" && message.alert.id === alert,
    restMs: 1_000,
  });
  const deliveries = value?.deliveries ?? [];
  return (
    <>
      <ErrorNote text={error} />
      {value && deliveries.length === 0 && <p className="text-xs text-soft">{t.alerts.toldNobody}</p>}
      <ul className="flex flex-col gap-1 pb-1 text-xs empty:hidden">
        {deliveries.map((delivery) => (
          <Told key={delivery.id} delivery={delivery} />
        ))}
      </ul>
    </>
  );
}

function Told({ delivery }: { delivery: Delivery }) {
  const { channel, target, part, state, repeated, detail, ended_ms: ended } = delivery;
  return (
    <li className="break-words">
      <span className="font-medium">{target ? `${channel}, ${target}` : channel}</span>{" "}
      <span className="text-soft">{part.startsWith("again") ? t.alerts.again : (t.alerts.part[part.split("@")[0] ?? part] ?? part)}:</span>{" "}
      <span className={`font-medium ${looks[state] ?? ""}`}>{t.alerts.state[state] ?? state}</span>
      {ended !== null && <span className="text-soft"> {t.alerts.at(formatInstant(ended))}</span>}
      {repeated && <span className="text-soft">, {t.alerts.repeated}</span>}
      {detail && <span className="text-soft">: {detail}</span>}
    </li>
  );
}
