import { ErrorNote } from "../components/ErrorNote";
import { t } from "../texts";
import { MachineCard } from "./MachineCard";
import { useMachines } from "./useMachine";

/** Every machine of the house, or the one that an asset is, with what it was like when it was commissioned. */
export function Machines({ asset }: { asset: string | null }) {
  const { value: machines, error } = useMachines(asset);
  if (error) return <ErrorNote text={error} />;
  if (!machines || machines.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" aria-label={t.insight.machines}>
      <h2 className="text-sm font-semibold">{t.insight.machines}</h2>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {machines.map((machine) => (
          <MachineCard key={machine.asset} machine={machine} />
        ))}
      </div>
    </section>
  );
}
