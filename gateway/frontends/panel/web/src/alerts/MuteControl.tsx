import { mute } from "../api/alerts";
import { useNow } from "../clock";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { useMutedUntil } from "./useAlerts";

const HOURS = [1, 4, 12, 24] as const;

/** Keeps everything but alarms back for a while. */
export function MuteControl() {
  const { value: until, again } = useMutedUntil();
  const now = useNow();
  const { busy, error, run } = useAction();
  const go = (minutes: number) =>
    void run(async () => {
      await mute(minutes);
      again();
    });
  const muted = until !== null && until > now;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {muted ? (
        <div className="flex flex-wrap items-center gap-3">
          <p className="text-sm font-medium text-warn" role="status">
            {t.alerts.mutedUntil(formatInstant(until))}
          </p>
          <button type="button" className="button" disabled={busy} onClick={() => go(0)}>
            {t.alerts.unmute}
          </button>
        </div>
      ) : (
        <div title={t.alerts.muteMeans}>
          <Choice label={t.alerts.muteFor} value="" onChange={(hours) => hours && go(Number(hours) * 60)}>
            <option value="">{t.alerts.notMuted}</option>
            {HOURS.map((hours) => (
              <option key={hours} value={hours}>
                {t.alerts.hours(hours)}
              </option>
            ))}
          </Choice>
        </div>
      )}
      <ErrorNote text={error} />
    </div>
  );
}
