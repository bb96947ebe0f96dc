import { useState } from "react";
import { createPlant } from "../api/home";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { plantPath } from "../router";
import { t } from "../texts";
import { useSpecies } from "./useSpecies";

/** Makes a plant and leads to its page. */
export function NewPlant() {
  const [name, setName] = useState("");
  const [species, setSpecies] = useState("");
  const offers = useSpecies();
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      const plant = await createPlant({ name: name.trim(), species: species.trim() || null });
      window.location.hash = plantPath(plant.id);
    });
  }

  return (
    <Card title={t.plants.create}>
      <form className="grid items-end gap-4 sm:grid-cols-[1fr_1fr_auto]" onSubmit={submit}>
        <TextField label={t.plants.name} value={name} onChange={setName} required />
        <TextField label={t.plants.species} value={species} onChange={setSpecies} offers={offers} />
        <button type="submit" className="button min-h-11" disabled={busy}>
          {t.plants.submit}
        </button>
      </form>
      <ErrorNote text={error} />
    </Card>
  );
}
