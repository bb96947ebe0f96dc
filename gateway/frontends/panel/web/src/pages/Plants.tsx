import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { NewPlant } from "../plants/NewPlant";
import { PlantCard } from "../plants/PlantCard";
import { usePlants } from "../plants/usePlants";
import { t } from "../texts";

/** Every plant and how it is. */
export default function Plants() {
  const { value: plants, error } = usePlants();
  const count = plants?.length ?? 0;
  return (
    <Page
      title={plants !== null && count === 0 ? t.plants.emptyTitle : t.plants.title}
      mark={count > 0 && <p className="text-soft">{t.plants.count(count)}</p>}
    >
      <ErrorNote text={error} />
      {plants === null && !error && <p className="text-soft">{t.plants.loading}</p>}
      {plants !== null && count === 0 && <p className="max-w-2xl text-soft">{t.plants.emptyLead}</p>}
      {count > 0 && (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] items-start gap-4">
          {plants?.map((plant) => (
            <PlantCard key={plant.id} plant={plant} />
          ))}
        </ul>
      )}
      <NewPlant />
    </Page>
  );
}
