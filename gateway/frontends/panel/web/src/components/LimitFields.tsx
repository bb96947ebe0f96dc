import { Fragment, type ReactNode } from "react";
import { sides, withLimit, type Side, type Typed } from "./limits";
import { NumberField } from "./NumberField";

export interface Limited {
  id: string;
  /** Read out. */
  name: string;
  shown: ReactNode;
}

interface Props {
  rows: readonly Limited[];
  texts: Record<Side, string> & Record<`${Side}Of`, (name: string) => string>;
  typed: Typed;
  valueOf: (id: string, side: Side) => string;
  onType: (typed: Typed) => void;
}

/** A lowest and a highest value for each of several things; an empty field is none. */
export function LimitFields({ rows, texts, typed, valueOf, onType }: Props) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_6rem_6rem] items-center gap-2 text-sm">
      <span />
      {sides.map((side) => (
        <span key={side} className="text-xs text-soft" aria-hidden="true">
          {texts[side]}
        </span>
      ))}
      {rows.map(({ id, name, shown }) => (
        <Fragment key={id}>
          {shown}
          {sides.map((side) => (
            <NumberField
              key={side}
              label={texts[`${side}Of`](name)}
              hidden
              value={valueOf(id, side)}
              onChange={(value) => onType(withLimit(typed, id, side, value))}
            />
          ))}
        </Fragment>
      ))}
    </div>
  );
}
