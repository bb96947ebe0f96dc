import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { AskBox } from "../places/AskBox";
import { NewPlaces } from "../places/NewPlaces";
import { useAssetValues, useZones } from "../places/usePlaces";
import { AssetRows, ZoneCard } from "../places/ZoneCard";
import { t } from "../texts";

/** Every zone with its values now, and what stands in it. */
export default function Places() {
  const zones = useZones();
  const assets = useAssetValues();
  const made = () => {
    zones.again();
    assets.again();
  };
  if (zones.value === null || assets.value === null) {
    return (
      <Page title={t.places.title}>
        <ErrorNote text={zones.error ?? assets.error} />
        <p className="text-soft">{t.places.loading}</p>
      </Page>
    );
  }
  if (zones.value.length === 0 && assets.value.length === 0) {
    return (
      <Page title={t.places.emptyTitle}>
        <p className="max-w-2xl text-soft">{t.places.emptyLead}</p>
        <NewPlaces zones={[]} onMade={made} />
      </Page>
    );
  }
  const elsewhere = assets.value.filter(({ zone }) => zone === null);
  return (
    <Page title={t.places.title} mark={<p className="text-soft">{t.places.zones(zones.value.length)}</p>}>
      <ErrorNote text={zones.error ?? assets.error} />
      <AskBox />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {zones.value.map((zone) => (
          <ZoneCard
            key={zone.id}
            zone={zone}
            parent={zones.value?.find(({ id }) => id === zone.parent)?.name}
            assets={assets.value?.filter((asset) => asset.zone === zone.id) ?? []}
          />
        ))}
        {elsewhere.length > 0 && (
          <Card title={t.places.elsewhere}>
            <AssetRows assets={elsewhere} />
          </Card>
        )}
      </div>
      <NewPlaces zones={zones.value} onMade={made} />
    </Page>
  );
}
