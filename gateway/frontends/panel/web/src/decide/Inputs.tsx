import type { WindowNow } from "./useWindow";
import { useNow } from "../clock";
import { Card } from "../components/Card";
import { Fact } from "../components/Fact";
import { formatValue } from "../format/numbers";
import { formatAge } from "../format/time";
import { t } from "../texts";
import { inputName, inputWords, missingWords, rankOf } from "./words";

/** What a window's next decision would go by: each value with its age, or why it does not count. */
export function Inputs({ state }: { state: WindowNow | null }) {
  const now = useNow(5000);
  const inputs = [...(state?.inputs ?? [])].sort((a, b) => rankOf(a.name) - rankOf(b.name));
  return (
    <Card title={t.window.inputs}>
      {state === null && <p className="text-sm text-soft">{t.window.loading}</p>}
      {state !== null && (
        <dl className="grid grid-cols-2 gap-x-5 gap-y-3 sm:grid-cols-3">
          {state.comfort !== null && <Fact name={t.window.comfort}>{formatValue(state.comfort, "°C")}</Fact>}
          {inputs.map(({ name, value, age_s, used, why }) => (
            <Fact key={name} name={inputName(name)}>
              {value !== null && (
                <span className={`mr-2 ${used ? "" : "text-soft"}`}>{inputWords(name, value)}</span>
              )}
              {age_s !== null && (
                <span className="text-xs whitespace-nowrap text-soft">
                  {formatAge(age_s * 1000 + Math.max(0, now - state.at_ms))}
                </span>
              )}
              {!used && (
                <span className={`block text-xs ${why === "unknown" ? "text-soft" : "text-warn"}`}>
                  {missingWords(...(why.split(": ", 2) as [string, string?]))}
                </span>
              )}
            </Fact>
          ))}
        </dl>
      )}
    </Card>
  );
}
