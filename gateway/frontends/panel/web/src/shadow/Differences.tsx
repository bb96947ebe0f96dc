import type { Shadow, State } from "../api/home";
import { argumentWords, jsonWords } from "../orders/words";
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
          {leavesOf(shadow.delta).map(([path, wanted]) => (
            <tr key={path.join(" ")} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-4 font-medium">
                {pathWords(path)}
              </th>
              <td className="py-1.5 pr-4 break-words">{jsonWords(wanted)}</td>
              <td className="py-1.5 break-words text-bad">{jsonWords(valueAt(shadow.reported.state, path))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Every single value of a state, with the keys that lead to it. */
function leavesOf(state: State, path: readonly string[] = []): [string[], unknown][] {
  return Object.entries(state).flatMap(([key, value]): [string[], unknown][] => {
    const here = [...path, key];
    return isState(value) ? leavesOf(value, here) : [[here, value]];
  });
}

function valueAt(state: State, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isState(value) ? value[key] : undefined), state);
}

function isState(value: unknown): value is State {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pathWords(path: readonly string[]): string {
  const [key, name, side] = path;
  if (key === "interval_s") return t.shadow.interval;
  if (key === "limits" && name && side === "min") return t.shadow.minOf(argumentWords(name));
  if (key === "limits" && name && side === "max") return t.shadow.maxOf(argumentWords(name));
  return path.join(" ").replaceAll("_", " ");
}
