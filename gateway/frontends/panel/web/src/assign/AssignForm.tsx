import { useState } from "react";
import { provision, type Asset } from "../api/home";
import type { Device } from "../api/types";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { useSpecies } from "../plants/useSpecies";
import { t } from "../texts";

/** No asset can be called so: ids have no blanks. */
const NEW = "new plant";

/** Assigns a device to something that is known, or to a plant made on the spot. */
export function AssignForm({ device, assets }: { device: Device; assets: readonly Asset[] }) {
  const [chosen, setChosen] = useState("");
  const [name, setName] = useState("");
  const [species, setSpecies] = useState("");
  const offers = useSpecies();
  const { busy, error, run } = useAction();
  const others = assets.filter(({ id }) => id !== device.asset);
  const isNew = chosen === NEW;

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      const plant = { name: name.trim(), species: species.trim() || null };
      await provision(device.id, isNew ? { new_plant: plant } : { asset_id: chosen });
      setChosen("");
      setName("");
      setSpecies("");
    });
  }

  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <Choice label={t.assign.choose} value={chosen} onChange={setChosen} required>
        <option value="">{t.assign.placeholder}</option>
        <option value={NEW}>{t.assign.newPlant}</option>
        {others.map((asset) => (
          <option key={asset.id} value={asset.id}>
            {asset.name} ({t.assetKind[asset.kind].toLowerCase()}
            {asset.zone_name ? `, ${asset.zone_name}` : ""})
          </option>
        ))}
      </Choice>
      {isNew && (
        <>
          <TextField label={t.assign.plantName} value={name} onChange={setName} required />
          <TextField
            label={t.assign.species}
            hint={t.assign.speciesHint}
            value={species}
            onChange={setSpecies}
            offers={offers}
          />
        </>
      )}
      <button type="submit" className="button self-start" disabled={busy || chosen === ""}>
        {t.assign.submit}
      </button>
      <ErrorNote text={error} />
    </form>
  );
}
