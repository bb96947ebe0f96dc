import { useState } from "react";
import { changePlant, deletePlant, type Plant } from "../api/home";
import { Card } from "../components/Card";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { TextField } from "../components/TextField";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { plantsPath } from "../router";
import { t } from "../texts";
import { useSpecies } from "./useSpecies";

/** A plant's name and species, and its end. */
export function AboutPlant({ plant, onChange }: { plant: Plant; onChange: () => void }) {
  const [name, setName] = useState(plant.name);
  const [species, setSpecies] = useState(plant.species ?? "");
  const [told, setTold] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const offers = useSpecies();
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    setTold(null);
    void run(async () => {
      await changePlant(plant.id, { name: name.trim(), species: species.trim() || null });
      setTold(t.plant.saved);
      onChange();
    });
  }

  return (
    <Card title={t.plant.about}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField label={t.plants.name} value={name} onChange={setName} required />
        <TextField label={t.plants.species} value={species} onChange={setSpecies} offers={offers} />
        <div className="flex flex-wrap items-center gap-3">
          <button type="submit" className="button" disabled={busy}>
            {t.plant.rename}
          </button>
          <button type="button" className="button" onClick={() => setRemoving(true)}>
            {t.plant.remove}
          </button>
          <Told text={told} />
        </div>
        <ErrorNote text={error} />
      </form>
      {removing && <Removal plant={plant} onClose={() => setRemoving(false)} />}
    </Card>
  );
}

function Removal({ plant, onClose }: { plant: Plant; onClose: () => void }) {
  const { busy, error, run } = useAction();
  const remove = () =>
    run(async () => {
      await deletePlant(plant.id);
      window.location.hash = plantsPath;
    });
  return (
    <Confirm
      title={t.plant.removeQuestion(plant.name)}
      yes={t.plant.removeConfirm}
      no={t.plant.removeCancel}
      busy={busy}
      error={error}
      onYes={() => void remove()}
      onClose={onClose}
    >
      <p className="text-sm">{t.plant.removeMeans}</p>
    </Confirm>
  );
}
