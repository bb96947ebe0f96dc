import type { Plant } from "../api/home";
import { Icon } from "../components/Icon";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { Values } from "../components/Values";
import { inOrder } from "../format/kind";
import { plantPath } from "../router";
import { t } from "../texts";
import { PlantMark } from "./PlantMark";

/** One plant at a glance; the whole card leads to its page. */
export function PlantCard({ plant }: { plant: Plant }) {
  const metrics = inOrder(Object.keys(plant.latest), "plant");
  return (
    <li className="card relative flex min-w-0 flex-col gap-3 p-4 transition-colors focus-within:border-accent hover:border-soft">
      <div className="flex items-start gap-3">
        <span className="grid size-10 place-items-center rounded-lg bg-accent-wash text-accent">
          <Icon name="plant" />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="truncate leading-6 font-semibold">
            <a className="after:absolute after:inset-0 after:rounded-xl" href={plantPath(plant.id)}>
              {plant.name}
            </a>
          </h2>
          <p className="truncate text-sm text-soft">{plant.species ?? t.plants.noSpecies}</p>
        </div>
      </div>
      <p className="flex h-6 items-center justify-between gap-2">
        <PlantMark status={plant.status} />
        {plant.simulated && <SimulatedBadge />}
      </p>
      {metrics.length > 0 && (
        <Values metrics={metrics} values={plant.latest} isSimulated={() => plant.simulated} />
      )}
      {plant.breaches.map(({ metric, text }) => (
        <p key={metric} className="text-sm text-bad">
          {text}
        </p>
      ))}
    </li>
  );
}
