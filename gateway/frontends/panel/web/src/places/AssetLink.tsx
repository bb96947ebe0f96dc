import type { Asset, AssetBrief, AssetKind } from "../api/home";
import { Icon } from "../components/Icon";
import type { IconName } from "../components/icons";
import { plantPath } from "../router";
import { t } from "../texts";

const icons: Record<AssetKind, IconName> = {
  room: "room",
  plant: "plant",
  water_heater: "heater",
  pump: "pump",
  fan: "fan",
  outdoor: "weather",
};

/** An asset by its name and the sign of its kind; a plant has a page of its own. */
export function AssetLink({ asset, withKind = false }: { asset: Asset | AssetBrief; withKind?: boolean }) {
  const kind = t.assetKind[asset.kind];
  return (
    <span className="inline-flex min-w-0 max-w-full items-center gap-1.5 align-bottom" title={kind}>
      <Icon name={icons[asset.kind]} className="size-4.5 text-soft" />
      {asset.kind === "plant" ? (
        <a className="truncate font-medium text-accent hover:underline" href={plantPath(asset.id)}>
          {asset.name}
        </a>
      ) : (
        <span className="truncate font-medium">{asset.name}</span>
      )}
      <span className={withKind ? "text-soft" : "sr-only"}>({kind.toLowerCase()})</span>
    </span>
  );
}
