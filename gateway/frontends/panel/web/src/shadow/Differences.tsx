import type { Shadow } from "../api/home";
import { jsonWords } from "../orders/words";
import { t } from "../texts";

/** Where a device holds something else than it is meant to. */
export function Differences({ shadow }: { shadow: Shadow }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left text-sm">
        <caption className="sr-only">{t.shadow.delta}</caption>
        <thead className="text-xs text-soft">
          <tr>
            <th scope="col" className="py-1 pr-4 font-normal">
              {t.shadow.delta}
            </th>
            <th scope="col" className="py-1 pr-4 font-normal">
              {t.shadow.wanted}
            </th>
            <th scope="col" className="py-1 font-normal">
              {t.shadow.held}
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(shadow.delta).map(([key, wanted]) => (
            <tr key={key} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-4 font-medium">
                {key === "interval_s" ? t.shadow.interval : key.replaceAll("_", " ")}
              </th>
              <td className="py-1.5 pr-4 break-all">{jsonWords(wanted)}</td>
              <td className="py-1.5 break-all text-bad">{jsonWords(shadow.reported.state[key])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
