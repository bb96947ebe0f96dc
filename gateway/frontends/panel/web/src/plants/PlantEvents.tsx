import { getPlantEvents, type Plant } from "../api/home";
import { EventRow } from "../events/EventRow";
import { keyOf } from "../events/useEvents";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";

const SHOWN = 10;

/** When a plant's thresholds were crossed, and when its values came back; newest first. */
export function PlantEvents({ plant }: { plant: Plant }) {
  const { value: events } = useAnswer(`events of ${plant.id}`, {
    ask: (signal) => getPlantEvents(plant.id, signal),
    ageing: (message) => message.type === "plant" && message.plant === plant.id,
  });
  return (
    <section className="card overflow-hidden" aria-labelledby="happened">
      <h2 id="happened" className="px-5 pt-5 pb-2 text-sm font-medium">
        {t.events.ofDevice}
      </h2>
      {events?.length === 0 && <p className="px-5 pb-5 text-sm text-soft">{t.events.empty}</p>}
      <ol className="divide-y divide-line">
        {events?.slice(0, SHOWN).map((event) => (
          <EventRow key={keyOf(event)} event={event} ofHouse={false} />
        ))}
      </ol>
    </section>
  );
}
