/** What was typed over what is kept, by field; a field that is not here was not touched. */
export type Typed = Record<string, string>;

export const sides = ["min", "max"] as const;
export type Side = (typeof sides)[number];

/** The field of one side of what is limited. */
export function fieldOf(name: string, side: Side): string {
  return `${name} ${side}`;
}

export function withLimit(typed: Typed, name: string, side: Side, value: string): Typed {
  return { ...typed, [fieldOf(name, side)]: value };
}
