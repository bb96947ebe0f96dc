import type { Asset, Zone } from "../api/home";
import { Card } from "../components/Card";
import { Values } from "../components/Values";
import { inOrder } from "../format/kind";
import { t } from "../texts";
import { AssetRow } from "./AssetRow";

interface Props {
  zone: Zone;
  /** The name of the zone it is a part of. */
  parent: string | undefined;
  assets: readonly Asset[];
}

/** A zone: its values now, and what stands in it. */
export function ZoneCard({ zone, parent, assets }: Props) {
  const metrics = inOrder(Object.keys(zone.values), "climate");
  return (
    <Card title={zone.name} mark={parent && <span className="text-xs text-soft">{t.places.inside(parent)}</span>}>
      {metrics.length === 0 ? (
        <p className="text-sm text-soft">{t.places.noValues}</p>
      ) : (
        <Values metrics={metrics} values={zone.values} isSimulated={(metric) => zone.values[metric]!.simulated} ages />
      )}
      {/* A zone may only hold other zones. */}
      {(assets.length > 0 || metrics.length === 0) && <AssetRows assets={assets} />}
    </Card>
  );
}

/** What stands somewhere. */
export function AssetRows({ assets }: { assets: readonly Asset[] }) {
  if (assets.length === 0) return <p className="text-sm text-soft">{t.places.noAssets}</p>;
  return (
    <ul className="divide-y divide-line border-t border-line">
      {assets.map((asset) => (
        <AssetRow key={asset.id} asset={asset} />
      ))}
    </ul>
  );
}
