import { getPlantMetrics, type Plant } from "../api/home";
import { PlantChart } from "../chart/PlantChart";
import { serverNow } from "../clock";
import { inOrder } from "../format/kind";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";

const DAY_MS = 86_400_000;

/** The last day of everything that was measured of a plant, also by devices that are gone from it. */
export function PlantCharts({ plant }: { plant: Plant }) {
  const { value: before } = useAnswer(`metrics of ${plant.id}`, {
    ask: (signal) => getPlantMetrics(plant.id, serverNow() - DAY_MS, signal),
    ageing: ({ type }) => type === "place",
  });
  const metrics = inOrder([...new Set([...Object.keys(plant.latest), ...(before ?? [])])], "plant");
  return (
    <section className="flex flex-col gap-3" aria-labelledby="day">
      <h2 id="day" className="font-semibold">
        {t.plant.history}
      </h2>
      {metrics.length === 0 && <p className="text-sm text-soft">{t.plant.noHistory}</p>}
      <div className="grid gap-4 lg:grid-cols-2">
        {metrics.map((metric) => (
          <PlantChart key={metric} plant={plant} metric={metric} />
        ))}
      </div>
    </section>
  );
}
