import { BackLink } from "../components/BackLink";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { DeviceLinks } from "../places/DeviceLinks";
import { AboutPlant } from "../plants/AboutPlant";
import { Breaches } from "../plants/Breaches";
import { PlantCharts } from "../plants/PlantCharts";
import { PlantEvents } from "../plants/PlantEvents";
import { PlantMark } from "../plants/PlantMark";
import { ThresholdsForm } from "../plants/ThresholdsForm";
import { usePlant } from "../plants/usePlants";
import { plantsPath } from "../router";
import { t } from "../texts";

/** One plant: how it is, its last day, and what its values should be. */
export default function Plant({ id }: { id: string }) {
  const { value: plant, error, again } = usePlant(id);
  if (plant === null) {
    return (
      <Page title={t.plants.title}>
        {error ? <ErrorNote text={error} /> : <p className="text-soft">{t.plants.loading}</p>}
        <BackLink href={plantsPath} text={t.plant.back} />
      </Page>
    );
  }
  return (
    <Page title={plant.name} mark={plant.simulated && <SimulatedBadge />}>
      <div className="-mt-3 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
        <BackLink href={plantsPath} text={t.plant.back} />
        <PlantMark status={plant.status} />
        <span>{plant.species ?? t.plants.noSpecies}</span>
        <span>
          {t.plant.by} <DeviceLinks ids={plant.devices} />
        </span>
      </div>
      <ErrorNote text={error} />
      {plant.status === "unassigned" && <p className="card p-5 text-sm text-soft">{t.plants.noDevice}</p>}
      {plant.status === "unknown" && <p className="card p-5 text-sm text-soft">{t.plants.unknown}</p>}
      <Breaches plant={plant} />
      <PlantCharts plant={plant} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <ThresholdsForm plant={plant} onChange={again} />
        <AboutPlant plant={plant} onChange={again} />
      </div>
      <PlantEvents plant={plant} />
    </Page>
  );
}
