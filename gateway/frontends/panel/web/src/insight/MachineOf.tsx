import { MachineCard } from "./MachineCard";
import { useMachines } from "./useMachine";

/** How the machine is that an asset is; of what is no machine nothing. */
export function MachineOf({ asset }: { asset: string }) {
  const machine = useMachines(asset).value?.[0];
  return machine ? <MachineCard machine={machine} /> : null;
}
