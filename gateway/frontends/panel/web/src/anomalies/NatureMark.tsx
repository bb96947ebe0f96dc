import type { Nature } from "../api/anomalies";
import { t } from "../texts";
import { natureLooks } from "./words";

/** What an episode is about, in a word and a colour; what that means on hover. */
export function NatureMark({ nature }: { nature: Nature }) {
  const look = natureLooks[nature];
  return (
    <span
      className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${look.text}`}
      title={t.anomalies.natureMeans[nature]}
      data-nature={nature}
    >
      <span className={`size-2 rounded-full ${look.dot}`} aria-hidden="true" />
      {t.anomalies.nature[nature]}
    </span>
  );
}
